#include "test/e2e/crash/settlement.hpp"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "net/l1/chain_contract.hpp"
#include "runtime/base/hex.hpp"

namespace ashlar::test {

namespace {

void must_follow(const char* step, u64 number, u64 last) {
  if (number != last + 1)
    throw rig_error("L1 has a " + std::string(step) + " of batch " + std::to_string(number) +
                    " behind one of " + std::to_string(last));
}

void must_be_behind(const char* step, u64 number, const char* first, u64 last) {
  if (number > last)
    throw rig_error("L1 has a " + std::string(step) + " of batch " + std::to_string(number) +
                    " before its " + first);
}

void take_event(steps_on_l1& s, const l1::chain_event& event) {
  if (const auto* commit = std::get_if<l1::batch_committed>(&event)) {
    must_follow("commit", commit->number.value, s.committed);
    s.committed = commit->number.value;
  } else if (const auto* proof = std::get_if<l1::batches_proved>(&event)) {
    must_follow("proof", proof->first.value, s.proved);
    must_be_behind("proof", proof->last.value, "commit", s.committed);
    s.proved = proof->last.value;
  } else if (const auto* done = std::get_if<l1::batch_executed>(&event)) {
    must_follow("execution", done->number.value, s.executed);
    must_be_behind("execution", done->number.value, "proof", s.proved);
    s.executed = done->number.value;
  } else if (std::get_if<l1::batches_reverted>(&event)) {
    throw rig_error("L1 took batches back");
  }
}

}  // namespace

steps_on_l1 check_steps(const rig& r, l1::client& l1_client) {
  const auto head = must(l1_client.latest(), "L1");
  steps_on_l1 s;
  for (u64 from = r.chain().l1_start_block; from <= head.number.value; from += 1'000) {
    const u64 to = std::min(from + 999, head.number.value);
    const auto logs = must(l1_client.logs(l1::l1_block_number{from}, l1::l1_block_number{to},
                                          r.chain().contracts.chain, l1::chain_event_topics()),
                           "logs");
    for (const auto& log : logs)
      if (const auto event = l1::decode_chain_event(log.entry)) take_event(s, *event);
  }
  const auto progress = must(l1::read_progress(l1_client, r.chain().contracts.chain), "progress");
  if (progress.committed.value < s.committed || progress.proved.value < s.proved ||
      progress.executed.value < s.executed)
    throw rig_error("the contract counts fewer batches than its events");
  return s;
}

u64 check_commits(const rig& r, l1::client& l1_client) {
  return check_steps(r, l1_client).committed;
}

void check_operator_calls(const rig& r) {
  rpc_session rpc(r.l1_endpoint());
  const std::string who = to_hex(r.operator_account());
  std::set<std::string> calls;
  const u64 head = must(r.connect(r.l1_endpoint())->latest(), "L1").number.value;
  for (u64 n = r.chain().l1_start_block; n <= head; ++n) {
    const std::string number = to_quantity(u256{n});
    const auto block = rpc.call("eth_getBlockByNumber", {number, true});
    if (!block.ok()) throw rig_error("L1: " + block.error().text);
    for (const auto& v : block->as_object().at("transactions").as_array()) {
      const auto& t = v.as_object();
      if (t.at("from").as_string() != std::string_view(who) || !t.at("to").is_string()) continue;
      const std::string call =
          std::string(t.at("to").as_string()) + " " + std::string(t.at("input").as_string());
      if (!calls.insert(call).second)
        throw rig_error("the operator called twice in block " + number + ": " + call.substr(0, 60));
      const auto receipt = rpc.call("eth_getTransactionReceipt", {t.at("hash")});
      if (!receipt.ok()) throw rig_error("L1: " + receipt.error().text);
      if (number_in(receipt->as_object(), "status") != 1)
        throw rig_error("a call of the operator's failed in block " + number + ": " +
                        call.substr(0, 60));
    }
  }
}

u64 block_of_tag(const rig& r, const char* tag) {
  rpc_session rpc(r.l2_endpoint());
  const auto got = rpc.call("eth_getBlockByNumber", {tag, false});
  if (!got.ok() || !got->is_object()) return 0;
  return number_in(got->as_object(), "number");
}

void await_all_committed(const rig& r) {
  await("every block to be committed", 60,
        [&] { return block_of_tag(r, "safe") == block_of_tag(r, "latest"); });
}

void await_all_executed(const rig& r, l1::client& l1_client) {
  await(
      "every batch to be executed", 90,
      [&] {
        const steps_on_l1 s = check_steps(r, l1_client);
        return s.executed == s.committed;
      },
      50);
}

boost::json::object restore(const rig& r) {
  const std::string out = r.folder() + "/restored.json";
  const std::string command = "'" + r.program() + "' restore --chain '" + r.chain_folder() +
                              "' --l1 " + r.l1_endpoint() + " >'" + out + "' 2>'" + out + ".err'";
  const int code = std::system(command.c_str());
  std::ifstream file(out);
  std::stringstream text;
  text << file.rdbuf();
  if (code != 0) throw rig_error("ashlar restore ended with " + std::to_string(code));
  return boost::json::parse(text.str()).as_object();
}

store::sealed_batch last_batch(const rig& r) {
  store::database_config config;
  config.folder = r.data_folder() + "/batches";
  auto batches = store::batch_store::open(config);
  if (!batches.ok()) throw rig_error(to_text(batches.error()));
  auto last = (*batches)->get((*batches)->last());
  if (!last.ok()) throw rig_error(to_text(last.error()));
  return std::move(*last);
}

void check_restored(const rig& r, u64 batch, u64 block, const hash256& tree_root) {
  const auto restored = restore(r);
  CHECK(restored.at("batch").to_number<u64>() == batch);
  CHECK(restored.at("block").to_number<u64>() == block);
  CHECK(hash_in(restored, "tree_root") == tree_root);
}

void check_settled(const rig& r, l1::client& l1_client, u64 committed, u64 head) {
  const store::sealed_batch last = last_batch(r);
  CHECK(last.number.value == committed);
  CHECK(last.last_block.value == head);
  CHECK(must(l1_client.nonce(r.operator_account(), "latest"), "nonce") == committed);
  check_restored(r, committed, head, last.state.tree_root);
}

void check_executed(const rig& r, u64 executed, u64 head) {
  const store::sealed_batch last = last_batch(r);
  CHECK(last.number.value == executed);
  CHECK(last.last_block.value == head);
  check_operator_calls(r);
  check_restored(r, executed, head, last.state.tree_root);
}

}  // namespace ashlar::test

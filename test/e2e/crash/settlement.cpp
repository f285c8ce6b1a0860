#include "test/e2e/crash/settlement.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "net/l1/chain_contract.hpp"

namespace ashlar::test {

/// Commits on L1, from the events: 1, 2, 3, ... each once.
u64 check_commits(const rig& r, l1::client& l1_client) {
  const auto head = must(l1_client.latest(), "L1");
  u64 last = 0;
  for (u64 from = r.chain().l1_start_block; from <= head.number.value; from += 1'000) {
    const u64 to = std::min(from + 999, head.number.value);
    const auto logs = must(l1_client.logs(l1::l1_block_number{from}, l1::l1_block_number{to},
                                          r.chain().contracts.chain, l1::chain_event_topics()),
                           "logs");
    for (const auto& log : logs) {
      const auto event = l1::decode_chain_event(log.entry);
      const auto* commit = event ? std::get_if<l1::batch_committed>(&*event) : nullptr;
      if (event && std::get_if<l1::batches_reverted>(&*event))
        throw rig_error("L1 took batches back");
      if (!commit) continue;
      if (commit->number.value != last + 1)
        throw rig_error("L1 has a commit of batch " + std::to_string(commit->number.value) +
                        " behind one of " + std::to_string(last));
      last = commit->number.value;
    }
  }
  const auto progress = must(l1::read_progress(l1_client, r.chain().contracts.chain), "progress");
  if (progress.committed.value < last)
    throw rig_error("the contract counts " + std::to_string(progress.committed.value) +
                    " batches, its events " + std::to_string(last));
  return last;
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

void check_settled(const rig& r, l1::client& l1_client, u64 committed, u64 head) {
  const store::sealed_batch last = last_batch(r);
  CHECK(last.number.value == committed);
  CHECK(last.last_block.value == head);
  CHECK(must(l1_client.nonce(r.operator_account(), "latest"), "nonce") == committed);
  const auto restored = restore(r);
  CHECK(restored.at("batch").to_number<u64>() == committed);
  CHECK(restored.at("block").to_number<u64>() == head);
  CHECK(hash_in(restored, "tree_root") == last.state.tree_root);
}

}  // namespace ashlar::test

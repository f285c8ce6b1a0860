#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "net/l1/abi.hpp"
#include "net/l1/chain_contract.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/store/batch_store.hpp"
#include "test/e2e/crash/deposits.hpp"
#include "test/e2e/crash/ledger.hpp"
#include "test/e2e/crash/load.hpp"
#include "test/e2e/crash/moment.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

constexpr load::client_numbers clients{3, 1};
/// Batches close often, so that a kill falls into every step of their way.
constexpr const char* node_keys = R"(batch.age_ms_max = 250
batch.txns_max = 400
publisher.poll_ms = 40
publisher.confirmations = 2
publisher.resend_after_ms = 1000
l1_listener.poll_ms = 40
l1_listener.confirmations = 2
l1_listener.finality_depth = 8
rpc.batch_max = 1000
rpc.cost_per_second = 1000000
rpc.cost_burst = 10000000
)";

u64 from_environment(const char* name, u64 otherwise) {
  const char* given = std::getenv(name);
  return given ? std::strtoull(given, nullptr, 10) : otherwise;
}

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

}  // namespace

TEST_CASE("a node that is killed at any moment keeps every promise") {
  const u64 seed = from_environment("ASHLAR_CRASH_SEED", std::random_device{}());
  const u64 kills = from_environment("ASHLAR_CRASH_KILLS", 50);
  std::printf("seed %llu (ASHLAR_CRASH_SEED), %llu kills\n", static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(kills));
  std::mt19937_64 random{seed};

  // given: a node under load, with deposits on the way
  rig r({load::accounts(clients), 200, node_keys});
  const auto l1_client = r.connect(r.l1_endpoint());
  ledger told;
  chain_audit audit;
  r.start_node();
  r.await_node();
  load senders(r, told, clients);
  deposits sent(r);

  // when: it is killed again and again
  u64 committed = 0;
  const auto began = std::chrono::steady_clock::now();
  for (u64 n = 0; n < kills; ++n) {
    const moment m = choose_moment(static_cast<unsigned>(n), random);
    INFO("kill " << n << " " << to_text(m));
    if (n % 4 == 0) sent.request();
    const bool starting = m.kind == moment_kind::starting;
    if (starting) {
      r.kill_node();
      r.start_node();
    }
    bool came = false;
    {
      moment_watch watch(m, r, told);
      came = watch.wait(std::chrono::seconds(4));
    }
    r.kill_node();
    const std::size_t before = told.size();
    r.start_node();
    r.await_node();
    // then: nothing that was confirmed is lost, moved or doubled, on L2 and on L1
    audit.look(r, told, random);
    const u64 now = check_commits(r, *l1_client);
    REQUIRE(now >= committed);
    committed = now;
    senders.check();
    const std::chrono::duration<double> since = std::chrono::steady_clock::now() - began;
    std::printf("%6.1f s  kill %2llu %s%s: %zu confirmed, head %llu, %llu batches on L1\n",
                since.count(), static_cast<unsigned long long>(n), to_text(m).c_str(),
                came ? "" : " (did not come)", before,
                static_cast<unsigned long long>(audit.head()),
                static_cast<unsigned long long>(committed));
    std::fflush(stdout);
  }

  // then: it goes on
  REQUIRE(told.await_size(told.size() + 100, std::chrono::seconds(30)));
  senders.finish();
  sent.await_all();
  audit.look(r, told, random);
  audit.check_nonces(r, told, load::accounts(clients));
  sent.check(audit);
  await("every block to be committed", 60,
        [&] { return block_of_tag(r, "safe") == block_of_tag(r, "latest"); });
  committed = check_commits(r, *l1_client);
  const u64 head = block_of_tag(r, "latest");
  CHECK(r.end_node() == 0);

  // and L1 alone gives the very state, at the cost of one transaction a batch
  const store::sealed_batch last = last_batch(r);
  CHECK(last.number.value == committed);
  CHECK(last.last_block.value == head);
  CHECK(must(l1_client->nonce(r.operator_account(), "latest"), "nonce") == committed);
  const auto restored = restore(r);
  CHECK(restored.at("batch").to_number<u64>() == committed);
  CHECK(restored.at("block").to_number<u64>() == head);
  CHECK(hash_in(restored, "tree_root") == last.state.tree_root);
  std::printf(
      "%zu transactions confirmed, %zu in %llu blocks, %llu batches; %llu requests, %llu "
      "without an answer, %llu known when sent again\n",
      told.size(), audit.txns(), static_cast<unsigned long long>(head),
      static_cast<unsigned long long>(committed),
      static_cast<unsigned long long>(senders.totals().sent),
      static_cast<unsigned long long>(senders.totals().broken),
      static_cast<unsigned long long>(senders.totals().known));
}

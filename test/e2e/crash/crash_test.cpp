#include <chrono>
#include <cstdio>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "test/e2e/crash/deposits.hpp"
#include "test/e2e/crash/ledger.hpp"
#include "test/e2e/crash/load.hpp"
#include "test/e2e/crash/moment.hpp"
#include "test/e2e/crash/settlement.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

constexpr load::client_numbers clients{3, 1};
constexpr const char* node_keys = "batch.txns_max = 400\npublisher.resend_after_ms = 1000\n";

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
  await_all_committed(r);
  committed = check_commits(r, *l1_client);
  const u64 head = block_of_tag(r, "latest");
  CHECK(r.end_node() == 0);

  // and L1 alone gives the very state, at the cost of one transaction a batch
  check_settled(r, *l1_client, committed, head);
  std::printf(
      "%zu transactions confirmed, %zu in %llu blocks, %llu batches; %llu requests, %llu "
      "without an answer, %llu known when sent again\n",
      told.size(), audit.txns(), static_cast<unsigned long long>(head),
      static_cast<unsigned long long>(committed),
      static_cast<unsigned long long>(senders.totals().sent),
      static_cast<unsigned long long>(senders.totals().broken),
      static_cast<unsigned long long>(senders.totals().known));
}

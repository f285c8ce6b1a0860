#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <thread>

#include <catch2/catch.hpp>

#include "net/l1/chain_contract.hpp"
#include "test/e2e/crash/ledger.hpp"
#include "test/e2e/crash/load.hpp"
#include "test/e2e/crash/moment.hpp"
#include "test/e2e/crash/settlement.hpp"
#include "test/e2e/crash/settling_node.hpp"

using namespace ashlar;
using namespace ashlar::test;
namespace fs = std::filesystem;

namespace {

constexpr load::client_numbers clients{1, 0};
constexpr u32 l1_block_ms = 200;

/// Where a settlement is, seen from L1 and from the node's folder.
struct standing {
  l1::chain_progress l1;
  u64 proofs = 0;        ///< of batches, that the node holds
  bool begun = false;    ///< a run behind the last that L1 has
  bool in_pool = false;  ///< a transaction of the operator's

  bool is_proving() const { return l1.committed.value > proofs; }
  bool is_verifying() const { return begun && l1.committed > l1.proved; }
  bool is_proved() const { return l1.proved > l1.executed; }
};

standing look_at(const rig& r, l1::client& c) {
  standing s;
  s.l1 = must(l1::read_progress(c, r.chain().contracts.chain), "progress");
  s.in_pool = must(c.nonce(r.operator_account(), "pending"), "nonce") >
              must(c.nonce(r.operator_account(), "latest"), "nonce");
  std::error_code none;
  for (const auto& file : fs::directory_iterator(r.data_folder() + "/proofs/records", none))
    s.proofs += file.path().extension() != ".part";
  s.begun = fs::exists(r.data_folder() + "/l1_proofs/run-" + std::to_string(s.l1.proved.value + 1));
  return s;
}

/// When the node is killed.
struct point {
  const char* name;
  bool (*is_there)(const standing& s);
  bool is_behind_a_block = false;  ///< of L1's that the node, which sent something, has not seen
};
constexpr point points[] = {
    {"while a committed batch is proved", [](const standing& s) { return s.is_proving(); }},
    {"while a run is proved or verified", [](const standing& s) { return s.is_verifying(); }},
    {"behind the proof, before the execution is sent",
     [](const standing& s) { return s.is_proved() && !s.in_pool; }, true},
    {"while the execution waits to be mined",
     [](const standing& s) { return s.is_proved() && s.in_pool; }}};

/// Kills the node at `p`: it stands still while L1 is looked at.
void kill_at(const point& p, rig& r, l1::client& c) {
  const auto stands_there = [&] {
    if (p.is_behind_a_block ? !look_at(r, c).in_pool : !p.is_there(look_at(r, c))) return false;
    r.pause_node();
    standing s = look_at(r, c);
    // L1 mines what was sent. Not for long: clients wait for the node.
    for (u32 n = 0; n < 100 && p.is_behind_a_block && s.in_pool; ++n) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      s = look_at(r, c);
    }
    if (p.is_there(s)) return true;
    r.resume_node();
    return false;
  };
  await(p.name, 60, stands_there, 10);
  r.kill_node();
}

/// Kills it somewhere in L1's block behind the moment when `p` was seen.
void kill_near(const point& p, rig& r, l1::client& c, std::mt19937_64& random) {
  await(
      p.name, 60, [&] { return p.is_there(look_at(r, c)); }, 10);
  std::this_thread::sleep_for(std::chrono::milliseconds(random() % l1_block_ms));
  r.kill_node();
}

}  // namespace

TEST_CASE("a node that is killed between any steps of its settlement executes each batch once") {
  const u64 seed = from_environment("ASHLAR_CRASH_SEED", std::random_device{}());
  const u64 kills = from_environment("ASHLAR_CRASH_KILLS", 12);
  std::printf("seed %llu (ASHLAR_CRASH_SEED), %llu kills\n", static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(kills));
  // given: a node under load whose L1 verifies its proofs
  rig r({load::accounts(clients), l1_block_ms, "publisher.resend_after_ms = 1000\n", true});
  put_verifier_on(r);
  const auto l1_client = r.connect(r.l1_endpoint());
  ledger told;
  chain_audit audit;
  std::mt19937_64 random{seed};
  r.start_node();
  r.await_node();
  load senders(r, told, clients);
  await(
      "the first execution", 60, [&] { return look_at(r, *l1_client).l1.executed.value > 0; }, 50);

  // when: it is killed at each point, and then again and again near them
  steps_on_l1 before;
  for (u64 n = 0; n < kills; ++n) {
    const point& p = points[n % std::size(points)];
    INFO("kill " << n << " " << p.name);
    if (n < std::size(points))
      kill_at(p, r, *l1_client);
    else
      kill_near(p, r, *l1_client, random);
    r.start_node();
    r.await_node();
    // then: what L1 has is whole, and nothing that was there is lost
    audit.look(r, told, random);
    const steps_on_l1 now = check_steps(r, *l1_client);
    REQUIRE(now.executed >= before.executed);
    before = now;
    senders.check();
    std::printf(
        "kill %llu %s: %llu committed, %llu proved, %llu executed\n",
        static_cast<unsigned long long>(n), p.name, static_cast<unsigned long long>(now.committed),
        static_cast<unsigned long long>(now.proved), static_cast<unsigned long long>(now.executed));
    std::fflush(stdout);
  }
  // then: it goes on to the end, and L1 has each step of each batch once
  REQUIRE(told.await_size(told.size() + 20, std::chrono::seconds(30)));
  senders.finish();
  audit.look(r, told, random);
  audit.check_nonces(r, told, load::accounts(clients));
  await_all_committed(r);
  await_all_executed(r, *l1_client);
  const u64 head = block_of_tag(r, "latest");
  await("the last block to be final", 60, [&] { return block_of_tag(r, "finalized") == head; });
  CHECK(r.end_node() == 0);
  check_executed(r, check_steps(r, *l1_client).executed, head);
}

#pragma once

#include "actors/l1_listener/chain_follower.hpp"
#include "test/support/settlement_fixture.hpp"

namespace ashlar::test {

/// A listener's follower over a simulated L1, stores in memory and manual time.
struct follower_fixture {
  manual_clock time;
  simulated_l1 l1{contract_address()};
  memory_disk batch_disk, view_disk;
  std::unique_ptr<store::batch_store> batches;
  std::unique_ptr<l1_listener::l1_view> view;
  std::unique_ptr<l1::client> client;
  std::unique_ptr<l1_listener::chain_follower> follower;
  l1_listener::listener_config config;

  follower_fixture() {
    config.contract = contract_address();
    config.l1_chain_id = 31'337;
    config.start_block = l1::l1_block_number{1};
    config.confirmations = 2;
    config.finality_depth = 32;
    config.backoff.jitter_percent = 0;
    batches = std::move(store::batch_store::open(batch_disk.config())).value();
    l1.mine(3);
    start();
  }

  void start() { start(view_disk); }
  void start(const memory_disk& disk) {
    follower.reset();
    view.reset();
    client = std::make_unique<l1::client>(l1.connect());
    auto opened = l1_listener::l1_view::open(disk.config());
    REQUIRE(opened.ok());
    view = std::move(opened).value();
    follower =
        std::make_unique<l1_listener::chain_follower>(config, *client, time, *view, *batches);
  }

  void step() {
    auto wait = follower->step();
    REQUIRE(wait.ok());
    time.advance(*wait);
  }
  void steps(unsigned n) {
    for (unsigned i = 0; i < n; ++i) step();
  }

  void seal(u64 upto) {
    for (u64 n = batches->last().value + 1; n <= upto; ++n)
      REQUIRE(batches->append(batch_of(n)).ok());
  }
  void commit(u64 n) {
    const auto b = batch_of(n);
    l1.commit_by_another(b.input, b.pubdata);
  }

  store::batch_settlement settlement(u64 n) { return *batches->settlement(batch_number{n}); }
  u64 counter(const std::string& name) const {
    for (const auto& [key, value] : follower->status().counters)
      if (key == name) return value;
    FAIL("no counter " << name);
    return 0;
  }

  /// Ids and hashes of what a sequencer that is due `from` would get now.
  std::vector<hash256> operations(u64 from) {
    auto got = follower->operations(priority_id{from});
    REQUIRE(got.ok());
    std::vector<hash256> out;
    if (!*got) return out;
    for (const auto& op : (*got)->items) {
      CHECK(op.id.value == from + out.size());
      CHECK(op.body->is_priority());
      CHECK(op.body->priority.canonical_hash == op.canonical_hash);
      out.push_back(op.canonical_hash);
    }
    return out;
  }
};

inline std::string text_of(const std::vector<api::l1_batch_event>& events) {
  std::string out;
  for (const auto& e : events) {
    if (!out.empty()) out += ", ";
    out += std::to_string(e.number.value) + " " + to_text(e.stage);
    if (e.reorged) out += " reorged";
    if (e.final) out += " final";
  }
  return out;
}

}  // namespace ashlar::test

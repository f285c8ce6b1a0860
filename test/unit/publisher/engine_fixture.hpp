#pragma once

#include "actors/publisher/settlement_engine.hpp"
#include "test/support/proof_double.hpp"
#include "test/support/settlement_fixture.hpp"

namespace ashlar::test {

/// A publisher's engine over a simulated L1, stores in memory and manual time.
struct engine_fixture {
  manual_clock time;
  simulated_l1 l1{contract_address()};
  memory_disk batch_disk, journal_disk;
  std::unique_ptr<l1::signer> account = operator_signer();
  std::unique_ptr<store::batch_store> batches;
  std::unique_ptr<store::intent_journal> journal;
  std::unique_ptr<l1::client> client;
  std::unique_ptr<publisher::settlement_engine> engine;
  publisher::publisher_config config;
  proof_double proofs;
  publisher::proof_source* source = nullptr;  ///< none: as a node without a prover

  engine_fixture() {
    config.contract = contract_address();
    config.l1_chain_id = 31'337;
    config.backoff.jitter_percent = 0;
    l1.fund(account->account(), u256{10} * u256{1'000'000'000'000'000'000});
    batches = std::move(store::batch_store::open(batch_disk.config())).value();
    start();
  }

  /// As a process that begins: nothing but the stores is kept.
  void start() {
    engine.reset();
    journal.reset();
    client = std::make_unique<l1::client>(l1.connect());
    auto opened = store::intent_journal::open(journal_disk.config());
    REQUIRE(opened.ok());
    journal = std::move(opened).value();
    engine = std::make_unique<publisher::settlement_engine>(config, *client, *account, time,
                                                            *batches, *journal, source);
  }

  /// From now on L1 has a verifier and proofs are made.
  void with_proofs() {
    l1.set_verifier(true);
    source = &proofs;
    config.run.age_max_s = 0;
    start();
  }

  void seal(u64 upto) {
    for (u64 n = batches->last().value + 1; n <= upto; ++n)
      REQUIRE(batches->append(batch_of(n)).ok());
  }

  /// One step, then time moves by what the engine asked for.
  void step() {
    auto wait = engine->step();
    REQUIRE(wait.ok());
    time.advance(*wait);
  }
  void steps(unsigned n, bool mining = true) {
    for (unsigned i = 0; i < n; ++i) {
      step();
      if (mining) l1.mine();
    }
  }

  std::string waits_for(u64 n) { return engine->progress_of(batch_number{n})->waits_for; }
  batch_stage stage(u64 n) { return engine->progress_of(batch_number{n})->stage; }
  u64 counter(const std::string& name) const {
    for (const auto& [key, value] : engine->status().counters)
      if (key == name) return value;
    FAIL("no counter " << name);
    return 0;
  }
  std::vector<u64> expected(u64 upto) const {
    std::vector<u64> all;
    for (u64 n = 1; n <= upto; ++n) all.push_back(n);
    return all;
  }
};

/// The end of the process, in the middle of a step.
struct killed {};

/// Kills at the request to L1 that is number `kill_at` from 0, before or after L1 has seen it.
/// `count`: the requests so far; outlives the run.
inline void kill_at_request(engine_fixture& f, bool after, u64 kill_at, u64& count) {
  auto& hook = after ? f.l1.after : f.l1.before;
  hook = [kill_at, &count](std::string_view) {
    if (count++ == kill_at) throw killed{};
  };
}

/// Steps, and mines a block, so many times; a process that is killed is started again.
inline void run_through_kills(engine_fixture& f, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    try {
      const auto wait = f.engine->step();
      if (!wait.ok()) throw killed{};  // the store refused a write: the process ends
      f.time.advance(*wait);
    } catch (const killed&) {
      f.journal_disk.refuse_write(std::nullopt);
      f.start();
    }
    f.l1.mine();
  }
}

}  // namespace ashlar::test

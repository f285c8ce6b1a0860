#include <iostream>
#include <random>

#include "runtime/types/priority_limits.hpp"
#include "test/support/pubdata_adversary.hpp"
#include "test/unit/batch/layer_fixture.hpp"

// Every batch is one that L1 takes while operations of its queue are overdue (Settlement.sol).

using namespace ashlar;
using namespace ashlar::test;

namespace {

struct overdue_fixture : layer_fixture {
  std::vector<batch::queued_operation> queue;
  u64 laid_operations = 0;  ///< in blocks

  overdue_fixture() {
    queued = [this](u64 id) { return id < queue.size() ? std::optional(queue[id]) : std::nullopt; };
    open_layer();
  }
  void enqueue(u64 gas, unix_seconds deadline) { queue.push_back({deadline, gas}); }
  /// A block of the queue's next operations, and transfers.
  void add(u64 operations, u64 transfers = 0) {
    std::vector<txn> txns;
    for (u64 i = 0; i < operations; ++i, ++laid_operations)
      txns.push_back(forced_txn(laid_operations, 0, test_key(1).account, {},
                                queue[laid_operations].gas_limit));
    add_block(transfers, txns);
  }
  unix_seconds now() const { return time.wall(); }
  u64 taken(u64 batch) const {
    return must(batches->get(batch_number{batch})).input.priority_count;
  }
  bool is_overdue() const {
    return laid_operations < queue.size() && now() > queue[laid_operations].deadline;
  }

  /// The contract's rule, from the beginning.
  void check_by_the_rule() const {
    u64 next = 0;
    for (batch_number n{1}; n <= batches->last(); n = n.next()) {
      const auto b = must(batches->get(n));
      const u64 first = next;
      u64 gas = 0;
      for (; next < first + b.input.priority_count; ++next) gas += queue[next].gas_limit;
      INFO("batch " << n.value << " of " << b.input.priority_count << " operations, sealed by "
                    << b.seal_reason);
      if (next == queue.size() || b.input.last_timestamp <= queue[next].deadline) continue;
      CHECK(next > first);
      CHECK(gas + queue[next].gas_limit > priority_batch_gas);
    }
  }
};

}  // namespace

TEST_CASE("what was made in time is not laid together with what L1 demands") {
  overdue_fixture f;
  f.add(0, 3);
  for (int i = 0; i < 3; ++i) f.enqueue(200'000, unix_seconds{f.now().value + 10});
  f.time.advance(30);
  for (int i = 0; i < 3; ++i) f.add(1);
  f.lay_all();
  REQUIRE(f.batches->last().value >= 1);
  CHECK(f.taken(1) == 0);
  CHECK(f.must(f.batches->get(batch_number{1})).seal_reason ==
        std::string("overdue operations behind it"));
  CHECK(f.taken(2) == 2);
  f.check_by_the_rule();
  f.check_batches();
}

TEST_CASE("limits of this node do not close a batch that has less than L1 demands") {
  overdue_fixture f;
  f.config.sealing.txns_max = 2;
  f.open_layer();
  for (int i = 0; i < 7; ++i) f.enqueue(100'000, f.now());
  f.time.advance(1);
  for (int i = 0; i < 7; ++i) f.add(1);
  f.lay_all();
  REQUIRE(f.batches->last().value == 2);
  CHECK(f.taken(1) == 5);
  CHECK(f.taken(2) == 2);
  f.check_by_the_rule();
}

TEST_CASE("a batch waits for what L1 demands of it, whatever its age and whoever asks") {
  overdue_fixture f;
  for (int i = 0; i < 2; ++i) f.enqueue(100'000, f.now());
  f.time.advance(1);
  f.add(1);
  f.lay_all();
  f.time.advance(600);
  f.lay_all();
  CHECK(f.batches->last().value == 0);
  const auto refused = f.layer->seal(batch::seal_reason::asked);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == batch::layer_error_code::nothing_to_seal);
  f.add(1);
  f.lay_all();
  CHECK(f.batches->last().value == 1);
  f.check_by_the_rule();
}

TEST_CASE("of any queue and blocks, also after restarts, batches are laid that L1 takes") {
  const u64 seed = GENERATE(range<u64>(1, 7));
  std::cout << "seed " << seed << "\n";
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const auto below = [&](u64 n) { return random() % n; };
  overdue_fixture f;
  f.config.sealing.txns_max = 1 + below(12);
  f.config.sealing.blocks_max = 1 + below(8);
  f.config.sealing.age_ms_max = 1'000 * (1 + below(40));
  f.config.sealing.pubdata_bytes_max = 4'000 + below(10'000);
  f.open_layer();
  for (int step = 0; step < 120; ++step) {
    f.time.advance(below(10) == 0 ? 100 : below(6));
    for (u64 i = below(4) == 0 ? below(9) : 0; i > 0; --i)
      f.enqueue(21'000 + below(below(3) == 0 ? 700'000 : 120'000),
                std::max(f.queue.empty() ? unix_seconds{} : f.queue.back().deadline,
                         unix_seconds{f.now().value + 30}));
    const u64 waiting = f.queue.size() - f.laid_operations;
    // As the sequencer does: what is overdue has its blocks alone.
    if (f.is_overdue())
      f.add(1 + below(std::min<u64>(waiting, 4)));
    else if (below(3) != 0)
      f.add(std::min(waiting, below(3)), 1 + below(4));
    if (below(4) != 0) f.lay_all();
    if (below(15) == 0) f.open_layer();
  }
  while (f.laid_operations < f.queue.size()) f.add(1);
  f.lay_all();
  CHECK(f.batches->last().value > 3);
  f.check_by_the_rule();
  f.check_batches();
}

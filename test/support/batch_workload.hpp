#pragma once

#include <random>
#include <vector>

#include "test/support/memory_chain.hpp"

namespace ashlar::test {

/// Valid batches of every kind of transaction, the same ones for the same seed: transfers, storage,
/// creations, every precompile, delegations, messages to L1, operations from L1. For tests that
/// need a lot of it and do not look at what it means.
class batch_workload {
 public:
  explicit batch_workload(u64 seed);

  /// Seals the next batch of so many blocks with so many transactions each.
  memory_chain::sealed next(std::size_t blocks, std::size_t txns_per_block);

  memory_chain chain;

 private:
  static constexpr u64 senders = 12;

  u64 below(u64 bound) { return random_() % bound; }
  bytes any_bytes(std::size_t size_max);
  txn next_txn();
  txn next_priority_txn();
  /// One that the precompile takes, where it takes few.
  bytes precompile_input(u64 which);
  void choose_payload(txn& t);
  void choose_type(txn& t);

  std::mt19937_64 random_;
  std::vector<u64> nonces_;
  u64 time_ = 1'700'000'000;
  u64 priority_next_ = 0;
};

/// Of the thousand batches that the guest is held to, five each of the seeds 1000 to 1199: the next
/// of `seed`, whose workload this is. `index`: from 0, how many were before.
inline memory_chain::sealed next_of_thousand(batch_workload& work, u64 seed, u64 index) {
  return work.next(1 + seed % 2, 1 + (seed + 3 * index) % 5);
}

}  // namespace ashlar::test

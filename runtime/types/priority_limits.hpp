#pragma once

#include "runtime/types/memory_limits.hpp"
#include "runtime/types/pubdata_limits.hpp"

/// What L1 demands of a batch while operations of its queue are overdue, and why every batch can
/// meet it. Not a rule of the state transition: the chain's contract holds batches to it when they
/// are committed (net/contracts, Settlement.sol).
///
/// A batch may leave an overdue operation to the next one where it takes one itself and, together
/// with that operation, more gas than this. One operation always fits a batch of its own: its block
/// does, by pubdata and by memory; that it can be proved in the cycles that a batch may take is not
/// shown. Several fit where the sum of their gas limits is at most this:
///
/// - pubdata: a byte costs `pubdata_gas_per_byte`; what fails for it publishes some 300 bytes, and
///   an operation has 21,000 gas at least;
/// - memory: what costs least for what a proof holds is a key that is not paid for, or a code of
/// the
///   largest size: less than 50 bytes a unit of gas. Measured by unit_batch [priority].
namespace ashlar {

/// Constants.sol: PRIORITY_BATCH_GAS.
inline constexpr u64 priority_batch_gas = 500'000;
/// Mailbox.sol, priorityGasMin(): L1 queues none with less.
inline constexpr u64 priority_txn_gas_min = 21'000;
inline constexpr u64 priority_batch_txns_max = priority_batch_gas / priority_txn_gas_min;
/// What a chain has to charge for a byte of pubdata, for this to hold.
inline constexpr u64 priority_pubdata_gas_least = 6;

/// Whether a batch with these operations may leave the next one out, though it is overdue.
constexpr bool is_full_of_priority(u64 taken, u64 gas_taken, u64 gas_next) noexcept {
  return taken > 0 && gas_taken + gas_next > priority_batch_gas;
}

static_assert(batch_pubdata_bytes_max(priority_batch_gas / priority_pubdata_gas_least,
                                      priority_batch_txns_max) <= l1_pubdata_bytes_max);
/// 50 bytes a unit of gas, in as many blocks, beside what transactions use one after another.
static_assert(guest_bytes_max({2 * priority_batch_txns_max, 4 * priority_batch_txns_max,
                               50 * priority_batch_gas},
                              priority_batch_txns_max, u64{1} << 32) <= guest_bytes_limit);

}  // namespace ashlar

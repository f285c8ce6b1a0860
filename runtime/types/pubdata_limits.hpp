#pragma once

#include "runtime/base/bytes.hpp"

/// How much a batch can publish, from what its transactions were charged for. L1 takes a batch in
/// one transaction of at most 128 KiB, so a block whose pubdata could not fit would stop the chain
/// for good: no batch could ever hold it. Here is why there is no such block.
///
/// *Charged* are the bytes of evm/pubdata_charge.cpp, by transaction; *published* is what
/// encode_pubdata gives for the batch. Item by item, while the tree has less than 2^32 leaves:
///
///   item             charged                  published at most                        ratio
///   known slot       4 + m                    3 gap, 1 head, m                         1
///   new slot         36 + m, m >= 1           33 gap, 1 head, m, 6 of a run's head     41/37
///   known account    4 [+ n] [+ b] [+ c + 3]  3 gap, 1 head, n, 1 head, b, c + 5       5/4
///   new account      22 [+ n] [+ b] [+ c + 3] 20, 1 head, n, 1 head, b, c + 5          < 5/4
///   L2 -> L1 message 152 + text               27 + text                                < 1
///   priority result  36                       36                                       1
///
/// with m, b the magnitude of a slot's or balance's change, n a nonce's varint, c bytes of code. A
/// batch nets: a change from a to c through b publishes min(|c|, |c - a|) bytes, at most one more
/// than min(|b|, |b - a|) + min(|c|, |c - b|), and of the two keys charged only one. This is why
/// the charge never takes the short way round 2^256: two short ways can add up to a long one.
/// Uncharged are a block's timestamp and its slot of EIP-2935, the batch's header and counts, the
/// fee vault, and the gaps above 3 bytes: of those that sum up to 2^32, at most 2^11 take a fourth
/// byte and 2^4 a fifth.
namespace ashlar {

/// From this charge on a block takes no more transactions: a rule of the state transition, so that
/// no block that breaks it can be proved, whoever made it.
inline constexpr u64 pubdata_block_bytes_full = 16'384;

/// What L1 takes beside a commit's header and the transaction's own fields: 131,072 in all.
inline constexpr u64 l1_pubdata_bytes_max = 126'000;

/// A timestamp (varint, 10) and a history slot (3 + 1 + 32, known, or 1 + 2 + 1 + 32, new).
inline constexpr u64 pubdata_bytes_per_block = 48;

/// Last header 753, vault 66, counts and run heads 40, long gaps 2,064.
inline constexpr u64 pubdata_bytes_per_batch = 3'200;

/// Upper bound of what is published for so many bytes charged.
constexpr u64 published_bytes_max(u64 charged) noexcept {
  return charged + charged / 4;
}

/// Upper bound of the pubdata of a batch with so much charged in so many blocks.
constexpr u64 batch_pubdata_bytes_max(u64 charged, u64 blocks) noexcept {
  return published_bytes_max(charged) + blocks * pubdata_bytes_per_block + pubdata_bytes_per_batch;
}

/// The most that a block is charged in all: it was a byte short of full, then came one transaction
/// at the bound of its chain.
constexpr u64 block_charge_max(u64 txn_bytes_max) noexcept {
  return pubdata_block_bytes_full - 1 + txn_bytes_max;
}

/// The bound of one transaction by default: 105,646 bytes published at the very most.
inline constexpr u64 pubdata_txn_bytes_default = 64 * 1024;
/// A contract of 24 KiB (EIP-170) must fit, with its account and storage.
inline constexpr u64 pubdata_txn_bytes_lowest = 32 * 1024;
/// The largest with which a batch of any one block fits.
inline constexpr u64 pubdata_txn_bytes_highest = 81'000;

static_assert(batch_pubdata_bytes_max(block_charge_max(pubdata_txn_bytes_default), 1) == 105'646);
static_assert(batch_pubdata_bytes_max(block_charge_max(pubdata_txn_bytes_highest), 1) <=
              l1_pubdata_bytes_max);

}  // namespace ashlar

#pragma once

#include <array>
#include <span>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/types/receipt.hpp"
#include "runtime/types/txn.hpp"

namespace ashlar {

/// One L2 -> L1 log, as in the ZK Stack.
struct l2_log {
  u8 shard = 0;
  bool is_service = true;
  u16 txn_number = 0;  ///< index in the batch
  address sender;
  hash256 key;
  hash256 value;
  friend bool operator==(const l2_log&, const l2_log&) = default;
};

inline constexpr std::size_t l2_log_bytes = 88;
inline constexpr u32 l2_log_tree_depth = 14;
inline constexpr u32 l2_log_leaves_max = 1u << l2_log_tree_depth;

/// 0x...8008, which emits L1MessageSent, and 0x...8001, in whose name 0x7f results are logged.
inline constexpr address l1_messenger_address{
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x08}};
inline constexpr address bootloader_address{
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x01}};

fixed_bytes<l2_log_bytes> encode_l2_log(const l2_log& log) noexcept;
/// keccak256 of the 88 bytes.
hash256 l2_log_leaf(const l2_log& log) noexcept;

/// Root of the keccak tree of 16,384 leaves; leaves behind the last are keccak256(88 zeros).
/// Precondition: at most l2_log_leaves_max logs. Costs about 2 hashes a log.
hash256 l2_log_root(std::span<const l2_log> logs);

struct l2_log_proof {
  u32 index = 0;
  std::array<hash256, l2_log_tree_depth> siblings;  ///< from the leaf's up
  hash256 root;
};
/// Precondition: index < logs.size().
l2_log_proof prove_l2_log(std::span<const l2_log> logs, u32 index);
/// Whether `leaf` at proof.index hashes up to proof.root.
bool check_l2_log(const hash256& leaf, const l2_log_proof& proof) noexcept;

/// Appends a transaction's logs: one for each L1MessageSent event of 0x8008 in a successful
/// receipt, then the result of a 0x7f transaction.
void append_l2_logs(std::vector<l2_log>& to, const txn& t, const receipt& r, u16 txn_number);
/// The messages behind the logs of one receipt, in the same order.
std::vector<bytes> l2_messages(const receipt& r);

}  // namespace ashlar

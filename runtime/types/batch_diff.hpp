#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "runtime/types/pubdata.hpp"

namespace ashlar {

/// keccak256 of no bytes.
inline constexpr hash256 no_code_hash{{0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c,
                                       0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0,
                                       0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b,
                                       0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70}};

/// What an account's leaf holds. The default is the account that is not there.
struct account_fields {
  u64 nonce = 0;
  u256 balance;
  hash256 code_hash = no_code_hash;
  u32 code_size = 0;
  friend bool operator==(const account_fields&, const account_fields&) = default;
};

struct account_diff {
  address who;
  std::optional<u64> leaf_index;  ///< before the batch; none: it has no leaf, `before` is empty
  account_fields before, after;
  friend bool operator==(const account_diff&, const account_diff&) = default;
};

struct slot_diff {
  address who;
  u256 slot;
  std::optional<u64> leaf_index;  ///< before the batch; none: it has no leaf, `before` is zero
  u256 before, after;
  friend bool operator==(const slot_diff&, const slot_diff&) = default;
};

/// What a batch did to the state, netted: first value and last. Entries that came back to their
/// first value may be there, they are not published.
struct batch_diff {
  std::vector<account_diff> accounts;  ///< ascending by address
  std::vector<slot_diff> slots;        ///< ascending by address, then slot
  /// Leaf of each account that owns a slot without a leaf, has a leaf itself and is not in
  /// `accounts`. Ascending by address. More of them do no harm.
  std::vector<std::pair<address, u64>> owners;
  /// Each code that an account has after and had not before. Ascending by hash.
  std::vector<std::pair<hash256, bytes>> codes;
  std::vector<l2_log> logs;
  std::vector<bytes> messages;
  std::vector<unix_seconds> timestamps;
  std::optional<block_header> last_header;
  friend bool operator==(const batch_diff&, const batch_diff&) = default;
};

/// The one pubdata of a diff. Precondition: sorted as said, `codes` complete. Codes that no
/// account needs are left out.
pubdata make_pubdata(const batch_diff& diff);

/// A leaf of the state before the batch, with what its key hides.
struct leaf_content {
  address who;
  std::variant<account_fields, std::pair<u256, u256>> content;  ///< account, or slot and value
};

/// The state before the batch, as a rebuilding node has it.
class leaf_source {
 public:
  virtual ~leaf_source() = default;
  /// None for the sentinels and beyond the last leaf.
  virtual std::optional<leaf_content> at(u64 leaf_index) = 0;
  virtual std::optional<u64> account_leaf(const address& who) = 0;
  virtual std::optional<u64> slot_leaf(const address& who, const u256& slot) = 0;
};

/// The diff that pubdata stands for, over the state before. Refuses pubdata that `make_pubdata`
/// would not have made of that diff, so one diff has one encoding.
result<batch_diff, pubdata_error> resolve(const pubdata& p, leaf_source& before);

}  // namespace ashlar

#pragma once

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/base/result.hpp"
#include "runtime/base/strong.hpp"
#include "runtime/types/block.hpp"
#include "runtime/types/l2_log.hpp"
#include "runtime/types/pubdata_error.hpp"
#include "runtime/types/value_change.hpp"

/// Pubdata, version 1: what a batch publishes so that L1 alone rebuilds the state. These types
/// mirror the bytes, which README.md lays out; batch_diff.hpp has the diff that they stand for.
namespace ashlar {

inline constexpr u8 pubdata_version = 1;

/// Field-wise change of an account. At least one field changes.
struct account_change {
  u64 nonce_added = 0;  ///< modulo 2^64
  std::optional<value_change> balance;
  /// 0: the account has no code any more; k + 1: code k of the batch. None: as before.
  std::optional<u64> code;
  bool is_nothing() const noexcept { return nonce_added == 0 && !balance && !code; }
  friend bool operator==(const account_change&, const account_change&) = default;
};

/// A leaf that the tree had before the batch.
struct known_leaf_change {
  u64 leaf_index = 0;
  std::variant<value_change, account_change> change;  ///< of a slot or an account
  friend bool operator==(const known_leaf_change&, const known_leaf_change&) = default;
};

/// An account without a leaf before the batch: changes are from nonce, balance and code of none.
struct new_account {
  address who;
  account_change change;
  friend bool operator==(const new_account&, const new_account&) = default;
};

/// A slot without a leaf before the batch: a change from zero.
struct new_slot {
  u256 slot;
  value_change change;
  friend bool operator==(const new_slot&, const new_slot&) = default;
};

/// The account that a run of new slots belongs to, by its shortest name. In canonical order.
struct slot_owner {
  enum class naming : u8 {
    leaf = 0,     ///< `index` is its account's leaf
    created = 1,  ///< `index` is its place among the batch's new accounts
    spelled = 2,  ///< it has no account leaf: `who` in full
  };
  naming by = naming::spelled;
  u64 index = 0;
  address who;  ///< zero unless spelled
  friend auto operator<=>(const slot_owner&, const slot_owner&) = default;
};

struct new_slots {
  slot_owner owner;
  std::vector<new_slot> slots;  ///< ascending
  friend bool operator==(const new_slots&, const new_slots&) = default;
};

struct pubdata {
  std::vector<unix_seconds> timestamps;  ///< one a block, not descending; at least one
  /// Of the last block, whose timestamp is the last one above. With it the rebuilt chain can go
  /// on: it has the hash, base fee and number that the next block needs.
  std::optional<block_header> last_header;
  std::vector<std::pair<hash256, bytes>> codes;  ///< ascending by hash, each used
  std::vector<known_leaf_change> known;          ///< ascending by index
  std::vector<new_account> accounts;             ///< ascending by address
  std::vector<new_slots> slots;                  ///< ascending by owner
  /// Messages of 0x8008 and results of 0x8001, in order; `messages` are those of the former.
  std::vector<l2_log> logs;
  std::vector<bytes> messages;
  friend bool operator==(const pubdata&, const pubdata&) = default;
};

/// Precondition: in canonical order, as batch_diff.hpp makes it.
bytes encode_pubdata(const pubdata& p);
/// Total: takes any bytes, in memory linear in their number. What it accepts encodes to the same
/// bytes again. That a change is the shortest one for a leaf's value, only `resolve` can see.
result<pubdata, pubdata_error> decode_pubdata(bytes_view raw);

}  // namespace ashlar

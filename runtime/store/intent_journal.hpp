#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/base/strong.hpp"
#include "runtime/base/u256.hpp"
#include "runtime/store/database.hpp"

namespace ashlar::store {

/// `verify` is one stage of a proof's verification, before `prove`. `escape` is commit, prove and
/// execute in one, without the operator.
enum class intent_kind : u8 { commit = 0, prove, execute, revert, verify, escape };
const char* to_text(intent_kind kind) noexcept;

/// planned -> sent -> mined -> settled; a reorg puts mined back to sent; given_up ends one that
/// must not be sent again (what it wanted happened otherwise, or can never happen).
enum class intent_state : u8 { planned = 0, sent, mined, settled, given_up };
const char* to_text(intent_state state) noexcept;

/// One signed L1 transaction that was, or may have been, sent for an intent.
struct intent_attempt {
  hash256 txn_hash;
  u256 max_fee_per_gas;
  u256 max_priority_fee_per_gas;
  unix_seconds sent_at;
  bytes raw;          ///< the signed bytes, so that the very same can be sent again
  u64 gas_limit = 0;  ///< 0: signed before the journal kept it
  u256 cost_max() const { return max_fee_per_gas * u256{gas_limit}; }  ///< wei
  friend bool operator==(const intent_attempt&, const intent_attempt&) = default;
};

/// What the publisher wants of L1. Written before anything is sent.
struct intent {
  u64 id = 0;  ///< given by `add`, from 1
  intent_kind kind = intent_kind::commit;
  batch_number first, last;  ///< the batches that it concerns
  u32 stage = 0;             ///< of a verification, from 0
  u64 nonce = 0;             ///< of the operator's L1 account
  address sender;            ///< the operator's L1 account
  intent_state state = intent_state::planned;
  std::vector<intent_attempt> attempts;  ///< newest last; all share the nonce
  u64 l1_block = 0;                      ///< where it was mined
  u64 l1_gas_used = 0;
  hash256 content;   ///< what it would do: keccak256 of the calldata, behind any target but the
                     ///< chain's contract
  std::string note;  ///< why it was given up, or what it waits for
  friend bool operator==(const intent&, const intent&) = default;
};

bytes encode_intent(const intent& i);
result<intent, error> decode_intent(bytes_view raw);

/// The publisher's memory. Every write is synchronous: what is not here was not sent.
/// Thread-safe.
class intent_journal {
 public:
  static result<std::unique_ptr<intent_journal>, error> open(const database_config& config);

  /// Errors: write_failed (fatal).
  result<u64, error> add(intent next);
  /// Replaces the intent with the same id. Errors: not_found, write_failed (fatal).
  status<error> update(const intent& changed);
  /// Errors: not_found, damaged.
  result<intent, error> get(u64 id) const;
  /// Those not settled and not given up, oldest first.
  result<std::vector<intent>, error> open_intents() const;
  /// At most `limit`, ids from `first` on.
  result<std::vector<intent>, error> list(u64 first, u32 limit) const;
  u64 last_id() const;

 private:
  explicit intent_journal(std::unique_ptr<database> db) : db_(std::move(db)) {}
  std::unique_ptr<database> db_;
  mutable std::mutex mutex_;
  u64 last_id_ = 0;
};

}  // namespace ashlar::store

#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "actors/api/messages.hpp"
#include "actors/sequencer/resting_senders.hpp"
#include "runtime/evm/account.hpp"
#include "runtime/types/chain_config.hpp"
#include "runtime/types/txn.hpp"

namespace ashlar::sequencer {

struct mempool_config {
  u64 txns_max = 200'000;
  u64 bytes_max = 256u << 20;
  u32 sender_txns_max = 4'096;    ///< of one sender
  u32 nonce_gap_max = 1'024;      ///< behind the sender's last executable nonce
  u32 replace_percent = 10;       ///< both fees must rise by this to replace
  u32 drops_max = 65'536;         ///< reasons kept for queries
  u32 resting_max = 65'536;       ///< senders that rest, see resting_senders
  u64 expiry_seconds = 3 * 3600;  ///< a transaction that waits longer is dropped
  u32 txn_bytes_max = 128 * 1024;
  u32 waiting_percent = 10;  ///< of txns_max and bytes_max, for what cannot be executed yet
};

/// What is wrong with it; empty when nothing is.
std::string check(const mempool_config& config);

/// Transactions that wait for a block. Each sender's are in nonce order; among senders the
/// executable one with the highest effective tip at the present base fee is next; among
/// equals nobody's second one of a chunk before another's first, then the older. Whoever was
/// accepted leaves in a block, or with a reason that can be queried for as long as the ring of
/// reasons holds it. Senders of whom nothing can be executed (a nonce is missing, or the fee cap is
/// under the base fee) pay for nothing: they share a part of the pool, whoever has most there gives
/// way, and all of them do to what can be executed.
///
/// Thread-safe. One thread takes and settles.
class mempool {
 public:
  /// Reads an account at the state that blocks are built upon. Called from any thread.
  using account_source = std::function<std::optional<evm::account>(const address&)>;

  mempool(const mempool_config& config, const chain_config& chain, account_source accounts);

  /// None: accepted. The reason otherwise.
  std::optional<api::drop_reason> add(const api::submission& s, unix_seconds now);

  /// At most `n` transactions in the order in which they should be executed. They stay in the
  /// pool, marked, until they are settled; a sender's are consecutive nonces.
  std::vector<api::submission> take(u32 n);

  enum class fate : u8 {
    included,  ///< in the block
    dropped,   ///< can never be included: `reason`
    deferred,  ///< back into the pool
  };
  struct settlement {
    hash256 hash;
    fate what = fate::deferred;
    api::drop_reason reason;
  };
  /// Says what became of everything that was taken. Included ones advance their sender's nonce.
  /// The sender of one that was dropped for its proving cycles rests: what waits of it is dropped,
  /// or whoever raises its nonce would have that executed, and nothing is taken for a time.
  void settle(const std::vector<settlement>& all, unix_seconds now);
  /// A staged block left this account with this nonce. To be called for every account of the
  /// block's diff, after it can be read through the account source.
  void account_changed(const address& who, u64 nonce);
  /// Everything settled as included so far is in staged blocks.
  void all_staged();

  /// The base fee of the next block. Reorders when it differs.
  void set_base_fee(const u256& base_fee);
  /// Drops what has waited for longer than the configuration allows.
  void expire(unix_seconds now);
  /// Refuses these senders' transactions, and drops those that wait.
  void set_censored(std::vector<address> senders);

  bool has_ready() const;
  u64 pending_nonce(const address& who) const;
  api::pool_lookup lookup(const hash256& hash) const;
  api::pool_totals totals() const;

  struct dropped {
    hash256 hash;
    api::drop_reason reason;
  };
  /// Those dropped since the last call, so that who waits for them can be told.
  std::vector<dropped> collect_drops();

 private:
  struct entry {
    api::submission body;
    u64 order = 0;  // of arrival
    bool taken = false;
  };
  struct ready_key {
    u256 tip;
    u64 taken = 0;  // of the sender's in this chunk: nobody's second one is before another's first
    u64 order = 0;
    address who;
    friend bool operator<(const ready_key& a, const ready_key& b) {
      if (a.tip != b.tip) return b.tip < a.tip;
      return std::tie(a.taken, a.order, a.who) < std::tie(b.taken, b.order, b.who);
    }
  };
  struct queue {
    u64 next = 0;        // the account's nonce
    u64 taken = 0;       // how many from `next` on are being executed
    bool ahead = false;  // `next` is not in the account source yet: the block is not staged
    std::map<u64, entry> txns;
    u64 bytes = 0;
    std::optional<ready_key> ready;              // its place among the ready
    std::optional<std::pair<u64, u64>> waiting;  // its place among those that wait: bytes, count
  };
  using position = std::map<u64, entry>::iterator;

  std::optional<api::drop_reason> check_alone(const txn& t, const api::submission& s) const;
  std::optional<api::drop_reason> check_account(const txn& t, const queue& q,
                                                const std::optional<evm::account>& a) const;
  std::optional<api::drop_reason> insert(const api::submission& s, unix_seconds now,
                                         const std::optional<evm::account>& account);
  std::optional<api::drop_reason> replace(queue& q, entry& old, const api::submission& s,
                                          unix_seconds now);
  std::optional<api::drop_reason> make_room(const api::submission& s, const queue& q, u64 more,
                                            u64 more_bytes);
  std::optional<api::drop_reason> make_room_among_waiting(const api::submission& s, const queue& q,
                                                          u64 more, u64 more_bytes);
  bool is_executable(const queue& q, const txn& t) const;
  bool evict_waiting(const address& but);
  void evict_last(const address& who);
  u256 tip_of(const txn& t) const;
  static u64 run_of(const queue& q);
  void refresh_ready(const address& who, queue& q);
  void refresh_waiting(const address& who, queue& q);
  void erase(queue& q, position it);
  void drop(queue& q, position it, const api::drop_reason& why);
  void note_drop(const hash256& hash, const api::drop_reason& why);
  void drop_stale(queue& q);
  void forget_if_empty(const address& who);
  bool is_censored(const address& who) const;
  std::optional<api::drop_reason> check_rest(const api::submission& s, unix_seconds now) const;
  void rest(const address& who, queue& q, unix_seconds now);

  const mempool_config config_;
  const chain_config& chain_;
  const account_source accounts_;

  mutable std::mutex mutex_;
  std::unordered_map<address, queue> senders_;
  std::unordered_map<hash256, std::pair<address, u64>> by_hash_;
  std::unordered_set<hash256> unstaged_;  // included, and their block is not staged
  std::set<ready_key> ready_;
  std::set<std::pair<u64, address>> waiting_;  // by bytes; of whom nothing is ready or taken
  u64 waiting_txns_ = 0, waiting_bytes_ = 0;
  std::deque<std::pair<unix_seconds, hash256>> by_age_;
  u256 base_fee_;
  u64 bytes_ = 0;
  u64 next_order_ = 0;
  std::vector<address> censored_;  // sorted
  resting_senders resting_;
  std::deque<hash256> drop_ring_;
  std::unordered_map<hash256, api::drop_reason> drops_;
  std::vector<dropped> fresh_drops_;
};

}  // namespace ashlar::sequencer

#pragma once

#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/evm/cycle_meter.hpp"
#include "runtime/evm/entry_table.hpp"
#include "runtime/evm/state_diff.hpp"
#include "runtime/evm/state_reader.hpp"
#include "runtime/evm/workspace.hpp"
#include "runtime/types/memory_limits.hpp"
#include "runtime/types/receipt.hpp"

namespace ashlar::evm {

/// An account as the overlay holds it. Written only by `state`.
struct account_entry {
  address who;
  u32 index = 0;
  bool loaded = false;   ///< `before` is what the reader said
  bool existed = false;  ///< in the reader
  bool exists = false;
  u32 warm_txn = 0;        ///< the transaction that warmed it last (EIP-2929)
  u32 created_txn = 0;     ///< ... created it as a contract
  u32 destructed_txn = 0;  ///< ... destroyed it
  u32 charged = 0;         ///< the count of pubdata that took it in last
  u32 charged_fields = 0;
  u32 held_txn = 0;  ///< the transaction that was metered for it last
  u32 held_code_txn = 0;
  u32 program_generation = 0;
  const code* program = nullptr;  ///< prepared code of `now.code_hash`
  account before, now;
};

/// A storage slot as the overlay holds it. Written only by `state`.
struct slot_entry {
  u32 owner = 0;  ///< index of the account entry
  u32 index = 0;
  u32 warm_txn = 0;
  u32 charged = 0;       ///< the count of pubdata that took it in last
  u32 original_txn = 0;  ///< the transaction at whose start the value was `original`
  u32 held_txn = 0;      ///< the transaction that was metered for it last
  bool loaded = false;
  u256 slot;
  u256 before;    ///< in the reader
  u256 original;  ///< EIP-2200
  u256 now;
};

/// A journaled overlay over one reader. Lives for a block (sequencer) or a batch (stf). Within a
/// transaction, `revert` undoes everything since a snapshot: values, warmth, logs, refunds.
/// Everything ever read from the reader is remembered for the witness.
class state {
 public:
  /// `shared`: the executing thread's workspace; without one the state makes its own.
  explicit state(state_reader& under, workspace* shared = nullptr);
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  /// Forgets everything and stands on another reader; keeps the memory.
  void reset(state_reader& under);

  workspace& space() noexcept { return *space_; }

  // Whole-life view -----------------------------------------------------------------------
  /// None where the account does not exist.
  std::optional<account> get_account(const address& who);
  u256 get_storage(const address& who, const u256& slot);
  bytes_view get_code(const address& who);

  state_diff diff() const;

  /// Every account read from the reader: on_account(address, std::optional<account> before).
  /// Every slot: on_slot(address, slot, before). Every code: on_code(hash, bytes_view).
  template <class OnAccount, class OnSlot, class OnCode>
  void for_each_touched(OnAccount&& on_account, OnSlot&& on_slot, OnCode&& on_code) const {
    for (u32 i = 0; i < accounts_.size(); ++i)
      if (const account_entry& a = accounts_[i]; a.loaded)
        on_account(a.who, a.existed ? std::optional<account>(a.before) : std::nullopt);
    for (u32 i = 0; i < slots_.size(); ++i)
      if (const slot_entry& s = slots_[i]; s.loaded)
        on_slot(accounts_[s.owner].who, s.slot, s.before);
    for (const auto& [hash, view] : read_codes_) on_code(hash, view);
  }

  // Outside transactions (system writes, genesis) -------------------------------------------
  /// Takes effect at once; not part of any transaction.
  void write_account(const address& who, const account& value);
  void write_storage(const address& who, const u256& slot, const u256& value);
  /// Stores the code and points the account at it.
  void write_code(const address& who, bytes_view what);

  // Transactions ----------------------------------------------------------------------------
  struct snapshot {
    std::size_t journal = 0;
    std::size_t logs = 0;
    i64 refund = 0;
  };
  /// Starts a transaction: everything cold, no logs, no refund, transient storage empty.
  void begin_txn(const txn_memory_max& bounds = {});
  /// Ends it: removes what was destroyed (EIP-6780) and touched accounts that are empty (EIP-161).
  void end_txn();
  snapshot mark() const noexcept { return {journal_.size(), logs_.size(), refund_}; }
  void revert(const snapshot& to);

  /// The entry where there is one, whoever made it.
  account_entry* find(const address& who) noexcept {
    return accounts_.find(hash_.of(who), [&](const account_entry& e) { return e.who == who; });
  }
  /// The entry, not yet read from the reader.
  account_entry& entry(const address& who) {
    account_entry& found = accounts_.find_or_add(
        hash_.of(who), [&](const account_entry& e) { return e.who == who; },
        [&](account_entry& e, u32 index) {
          e.who = who;
          e.index = index;
        });
    use(found);
    return found;
  }
  /// The entry with its values.
  account_entry& load(const address& who) { return load(entry(who)); }
  account_entry& load(account_entry& e) {
    if (!e.loaded) read_account(e);
    return e;
  }
  slot_entry* find(const account_entry& owner, const u256& key) noexcept {
    return slots_.find(hash_.of(owner.index, key), [&](const slot_entry& e) {
      return e.owner == owner.index && e.slot == key;
    });
  }
  slot_entry& slot(account_entry& owner, const u256& key) {
    slot_entry& found = slots_.find_or_add(
        hash_.of(owner.index, key),
        [&](const slot_entry& e) { return e.owner == owner.index && e.slot == key; },
        [&](slot_entry& e, u32 index) {
          e.owner = owner.index;
          e.index = index;
          e.slot = key;
        });
    use(found);
    return found;
  }
  /// The slot's value now; reads it from the reader the first time.
  const u256& read(slot_entry& s) {
    if (!s.loaded) read_slot(s);
    if (s.original_txn != txn_) {
      s.original_txn = txn_;
      s.original = s.now;
    }
    return s.now;
  }

  bool is_warm(const account_entry& e) const noexcept { return e.warm_txn == txn_; }
  bool is_warm(const slot_entry& s) const noexcept { return s.warm_txn == txn_; }
  /// Makes it warm; whether it was before.
  bool warm(account_entry& e) {
    if (e.warm_txn == txn_) return true;
    push(change::warm_account, e.index, e.warm_txn);
    e.warm_txn = txn_;
    return false;
  }
  bool warm(slot_entry& s) {
    if (s.warm_txn == txn_) return true;
    push(change::warm_slot, s.index, s.warm_txn);
    s.warm_txn = txn_;
    return false;
  }

  // All take loaded entries; the account comes to exist.
  void set_balance(account_entry& e, const u256& value);
  void set_nonce(account_entry& e, u64 value);
  /// Empty code removes it (EIP-7702).
  void set_code(account_entry& e, bytes_view what);
  /// EIP-161's touch: an empty account is removed at the end of the transaction.
  void touch(account_entry& e);
  void set_storage(slot_entry& s, const u256& value) {
    if constexpr (cycle_meter::counts)
      if (s.now == s.original) meter_.add(cycle_weight::slot_written);
    push(change::storage, s.index, 0, s.now);
    s.now = value;
  }
  /// Marks it as created in this transaction (EIP-6780).
  void set_created(account_entry& e);
  bool created_in_txn(const account_entry& e) const noexcept { return e.created_txn == txn_; }
  /// Its removal at the end of the transaction. Precondition: created in it.
  void set_destructed(account_entry& e);
  /// EIP-7610, with EIP-684: whether a creation at this (loaded) address collides.
  bool is_occupied(account_entry& e);

  u256 get_transient(const account_entry& owner, const u256& key) noexcept;
  void set_transient(account_entry& owner, const u256& key, const u256& value);

  bytes_view get_code(account_entry& e);
  /// The account's code, prepared. Precondition: loaded.
  const code& program(account_entry& e) {
    if (e.program != nullptr && e.program_generation == space_->codes.generation())
      return *e.program;
    return prepare(e);
  }

  // Memory of the proof; see types/memory_limits.hpp -----------------------------------------
  // Counted are transactions, whatever of them is undone, and not what is read between them: a
  // block comes to the same use on any overlay, whether it began with it or with a batch.
  /// From here on transactions count to another block.
  void begin_block() noexcept;
  /// What transactions of this block use, each key and each account's code once.
  const memory_use& block_memory() const noexcept { return block_use_; }
  /// What has been used since the overlay was empty, each key and each code once.
  memory_use whole_memory() const noexcept {
    return {u64{accounts_.size()} + slots_.size(), whole_leaves_, whole_bytes_};
  }
  // Each is to be asked before the operation that takes what it names; where it says no, the
  // operation must not be made and its frame fails as memory_limit. What is there already is
  // never refused.
  /// Room for a change that could be undone.
  bool has_room() noexcept { return passing_bytes() < share_.passing_bytes || refuse_memory(); }
  /// Room to make this account or slot warm; null: there is no entry of it yet.
  template <class Entry>
  bool has_room_for(const Entry* e) noexcept {
    const bool is_new = e == nullptr || e->held_txn != txn_;
    return has_room() && (!is_new || txn_use_.keys < share_.keys || refuse_memory());
  }
  /// Counts to the transaction what it may touch.
  template <class Entry>
  void use(Entry& e) noexcept {
    if (e.held_txn != txn_) hold_key(e.held_txn);
  }
  /// Room for stacks and memories of so many bytes together, or for what a call returned.
  bool has_frame_room(u64 bytes) noexcept {
    return bytes <= bounds_.frames_bytes || refuse_memory();
  }
  bool has_output_room(u64 bytes) noexcept {
    return bytes <= bounds_.output_bytes || refuse_memory();
  }
  /// Whether anything has been refused in this transaction, in whatever frame.
  bool was_refused_memory() const noexcept { return memory_refused_; }

  /// What the running frame and its callees may have used in the end, all that others used before
  /// included.
  struct memory_share {
    u64 keys = txn_memory_max::none, bytes = txn_memory_max::none;
    u64 passing_bytes = txn_memory_max::none;
  };
  /// While it lives, a callee runs, whose caller keeps its reserve. The top frame has no caller.
  class callee_share {
   public:
    callee_share(state& over, u32 depth) noexcept : over_(over), of_caller_(over.share_) {
      if (depth != 0) over.share_ = over.share_of_callee();
    }
    ~callee_share() { over_.share_ = of_caller_; }
    callee_share(const callee_share&) = delete;
    callee_share& operator=(const callee_share&) = delete;

   private:
    state& over_;
    const memory_share of_caller_;
  };

  /// Uses so many bytes for the rest of the run, whatever the bound.
  void hold(u64 bytes) noexcept {
    txn_use_.bytes += bytes;
    block_use_.bytes += bytes;
    whole_bytes_ += bytes;
  }
  /// The same, but false where that is more than the frame's share: then it must not.
  bool try_hold(u64 bytes) noexcept;
  /// Uses the (loaded) account's code. False as above.
  bool hold_code(account_entry& e) noexcept;

  /// What proving all that was executed here takes, without blocks, pubdata and the state tree; see
  /// cycle_meter.hpp. Not undone by `revert`; begins anew with `reset`.
  cycle_meter& meter() noexcept { return meter_; }
  const cycle_meter& meter() const noexcept { return meter_; }

  void add_refund(i64 gas) noexcept { refund_ += gas; }
  i64 refund() const noexcept { return refund_; }
  void add_log(log_entry&& entry) { logs_.push_back(std::move(entry)); }
  const std::vector<log_entry>& logs() const noexcept { return logs_; }
  std::vector<log_entry> take_logs() { return std::exchange(logs_, {}); }

  /// What will still be paid when the charge is known: up to `most` to a loaded account.
  struct later_payment {
    account_entry* to = nullptr;
    u256 most;
  };
  /// Bytes that the transaction's net changes are charged for; see pubdata_charge.cpp. Enough for
  /// whatever part of the later payment is made.
  u64 pubdata_bytes(const later_payment& later);

 private:
  enum class change : u32 {  // a word, so that entries are copied by words
    warm_account,
    warm_slot,
    balance,
    nonce,
    code,
    touch,
    storage,
    transient,
    created,
    destructed
  };
  /// In `extra` of balance, nonce and code: the account existed before.
  static constexpr u32 existed_bit = 1u << 31;
  struct journal_entry {
    u32 index;
    u32 extra;
    change kind;
    u256 value;
  };
  struct transient_entry {
    u32 owner = 0;
    u32 txn = 0;  ///< that used it last: to others it is empty
    u32 index = 0;
    u256 slot, now;
  };

  void push(change kind, u32 index, u32 extra, const u256& value = {}) {
    journal_.push_back({index, extra, kind, value});
  }
  void hold_key(u32& held_txn) noexcept;
  /// To be returned where memory is refused: false.
  bool refuse_memory() noexcept {
    memory_refused_ = true;
    return false;
  }
  u64 passing_bytes() const noexcept {
    return journal_.size() * memory_weight::journal_entry +
           txn_transient_ * memory_weight::transient_slot;
  }
  memory_share share_of_callee() const noexcept;
  void read_account(account_entry& e);
  void read_slot(slot_entry& s);
  void undo(const journal_entry& e);
  const code& prepare(account_entry& e);
  transient_entry& transient_slot(account_entry& owner, const u256& key);
  void remove(account_entry& e);

  state_reader* under_;
  std::unique_ptr<workspace> own_space_;
  workspace* space_;
  seeded_hash hash_;
  u32 txn_ = 1;
  u32 charge_ = 0;
  i64 refund_ = 0;
  bool in_txn_ = false;
  u32 block_first_txn_ = 1;
  bool memory_refused_ = false;
  txn_memory_max bounds_;
  memory_share share_;
  memory_use txn_use_, block_use_;
  u64 whole_leaves_ = 0, whole_bytes_ = 0;
  [[no_unique_address]] cycle_meter meter_;
  u64 txn_transient_ = 0;  ///< slots that the transaction has used
  entry_table<account_entry> accounts_;
  entry_table<slot_entry> slots_;
  entry_table<transient_entry> transient_;
  std::vector<journal_entry> journal_;
  std::vector<log_entry> logs_;
  std::unordered_map<hash256, bytes, seeded_hash> new_codes_;
  std::unordered_map<hash256, bytes_view, seeded_hash> read_codes_;
};

}  // namespace ashlar::evm

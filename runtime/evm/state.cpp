#include "runtime/evm/state.hpp"

#include <algorithm>

#include "runtime/crypto/keccak.hpp"

namespace ashlar::evm {

namespace {

/// A designator is no more than its account is counted with.
u64 code_bytes(const account_entry& e) noexcept {
  constexpr u32 small = 64;
  return e.now.code_size <= small
             ? 0
             : memory_weight::code + memory_weight::code_byte * u64{e.now.code_size};
}

}  // namespace

state::state(state_reader& under, workspace* shared)
    : under_(&under),
      own_space_(shared ? nullptr : std::make_unique<workspace>()),
      space_(shared ? shared : own_space_.get()),
      hash_(space_->hash()),
      new_codes_(0, hash_),
      read_codes_(0, hash_) {
  journal_.reserve(space_->config().journal_entries_reserved);
}

void state::reset(state_reader& under) {
  under_ = &under;
  txn_ = 1;
  refund_ = 0;
  in_txn_ = false;
  whole_leaves_ = whole_bytes_ = 0;
  meter_ = {};
  begin_block();
  accounts_.clear();
  slots_.clear();
  transient_.clear();
  journal_.clear();
  logs_.clear();
  new_codes_.clear();
  read_codes_.clear();
}

void state::read_account(account_entry& e) {
  e.loaded = true;
  if constexpr (cycle_meter::counts) meter_.add(cycle_weight::account_read);
  whole_leaves_ += 2;
  if (auto found = under_->get_account(e.who)) {
    --whole_leaves_;
    e.existed = e.exists = true;
    e.before = e.now = *found;
  }
}

void state::read_slot(slot_entry& s) {
  s.loaded = true;
  if constexpr (cycle_meter::counts) meter_.add(cycle_weight::slot_read);
  account_entry& owner = accounts_[s.owner];
  verify(owner.loaded);
  if (owner.existed) s.before = s.now = under_->get_storage(owner.who, s.slot);
  whole_leaves_ += s.before.is_zero() ? 2 : 1;
}

std::optional<account> state::get_account(const address& who) {
  const account_entry& e = load(who);
  return e.exists ? std::optional<account>(e.now) : std::nullopt;
}

u256 state::get_storage(const address& who, const u256& key) {
  return read(slot(load(who), key));
}

bytes_view state::get_code(const address& who) {
  return get_code(load(who));
}

bytes_view state::get_code(account_entry& e) {
  if (!e.now.has_code()) return {};
  if (auto it = new_codes_.find(e.now.code_hash); it != new_codes_.end()) return it->second;
  auto [it, fresh] = read_codes_.try_emplace(e.now.code_hash);
  if (fresh) {
    it->second = under_->get_code(e.now.code_hash);
    if constexpr (cycle_meter::counts)
      meter_.add(cycle_weight::code + cycle_weight::code_byte * it->second.size());
    whole_bytes_ += code_bytes(e);
  }
  return it->second;
}

const code& state::prepare(account_entry& e) {
  e.program = &space_->codes.get(e.now.code_hash, get_code(e));
  e.program_generation = space_->codes.generation();
  return *e.program;
}

state_diff state::diff() const {
  state_diff d;
  for (u32 i = 0; i < accounts_.size(); ++i) {
    const account_entry& e = accounts_[i];
    if (!e.loaded) continue;
    account_change c{e.who, std::nullopt, std::nullopt};
    if (e.existed) c.before = e.before;
    if (e.exists) c.after = e.now;
    if (c.before == c.after) continue;
    const bool new_code =
        c.after && c.after->has_code() && (!c.before || c.before->code_hash != c.after->code_hash);
    if (new_code)
      if (auto it = new_codes_.find(e.now.code_hash); it != new_codes_.end())
        d.codes.emplace_back(it->first, it->second);
    d.accounts.push_back(std::move(c));
  }
  for (u32 i = 0; i < slots_.size(); ++i) {
    const slot_entry& s = slots_[i];
    if (s.loaded && s.before != s.now)
      d.slots.push_back({accounts_[s.owner].who, s.slot, s.before, s.now});
  }
  std::sort(d.accounts.begin(), d.accounts.end(),
            [](const auto& a, const auto& b) { return a.who < b.who; });
  std::sort(d.slots.begin(), d.slots.end(), [](const auto& a, const auto& b) {
    if (const int order = std::memcmp(a.who.data(), b.who.data(), address::size()); order != 0)
      return order < 0;
    for (int i = 3; i > 0; --i)
      if (a.slot.limb[i] != b.slot.limb[i]) return a.slot.limb[i] < b.slot.limb[i];
    return a.slot.limb[0] < b.slot.limb[0];
  });
  std::sort(d.codes.begin(), d.codes.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  d.codes.erase(std::unique(d.codes.begin(), d.codes.end(),
                            [](const auto& a, const auto& b) { return a.first == b.first; }),
                d.codes.end());
  return d;
}

void state::write_account(const address& who, const account& value) {
  account_entry& e = load(who);
  e.exists = true;
  e.now = value;
  e.program = nullptr;
}

void state::write_storage(const address& who, const u256& key, const u256& value) {
  slot_entry& s = slot(load(who), key);
  read(s);
  s.now = value;
}

void state::write_code(const address& who, bytes_view what) {
  account_entry& e = load(who);
  begin_txn();
  set_code(e, what);
  journal_.clear();
  in_txn_ = false;
}

void state::begin_block() noexcept {
  block_first_txn_ = txn_ + 1;
  block_use_ = {};
}

void state::hold_key(u32& held_txn) noexcept {
  if (!in_txn_) return;
  ++txn_use_.keys;
  if (held_txn < block_first_txn_) {
    ++block_use_.keys;
    block_use_.leaves += 2;
  }
  held_txn = txn_;
}

bool state::try_hold(u64 bytes) noexcept {
  if (txn_use_.bytes + bytes > share_.bytes) return refuse_memory();
  hold(bytes);
  return true;
}

bool state::hold_code(account_entry& e) noexcept {
  if (e.held_code_txn == txn_) return true;
  const u64 bytes = code_bytes(e);
  if (txn_use_.bytes + bytes > share_.bytes) return refuse_memory();
  txn_use_.bytes += bytes;
  if (e.held_code_txn < block_first_txn_) block_use_.bytes += bytes;
  e.held_code_txn = txn_;
  return true;
}

state::memory_share state::share_of_callee() const noexcept {
  const auto part = [](u64 most, u64 used, u64 reserve) {
    const u64 left = most > used ? most - used : 0;
    return most - std::min(reserve, left / 2);
  };
  return {part(share_.keys, txn_use_.keys, frame_reserve::keys),
          part(share_.bytes, txn_use_.bytes, frame_reserve::bytes),
          part(share_.passing_bytes, passing_bytes(), frame_reserve::passing_bytes)};
}

void state::begin_txn(const txn_memory_max& bounds) {
  // What transactions have used here does not add up.
  if (transient_.size() > transient_slots_kept_max) transient_.clear();
  in_txn_ = true;
  bounds_ = bounds;
  share_ = {bounds.keys, bounds.bytes, bounds.passing_bytes};
  memory_refused_ = false;
  txn_use_ = {};
  txn_transient_ = 0;
  ++txn_;
  refund_ = 0;
  journal_.clear();
  logs_.clear();
}

void state::remove(account_entry& e) {
  e.exists = false;
  e.now = account{};
  e.program = nullptr;
}

void state::end_txn() {
  for (const journal_entry& j : journal_) {
    switch (j.kind) {
      case change::balance:
      case change::nonce:
      case change::code:
      case change::touch:
      case change::destructed: {
        account_entry& e = accounts_[j.index];
        if (e.exists && (e.destructed_txn == txn_ || e.now.is_empty())) remove(e);
        break;
      }
      case change::storage: {
        // What is destroyed was created in this transaction (EIP-6780) where no storage was
        // (EIP-7610): its slots hold nothing but what the journal has.
        slot_entry& s = slots_[j.index];
        if (accounts_[s.owner].destructed_txn == txn_) s.now = u256{};
        break;
      }
      default:
        break;
    }
  }
  journal_.clear();
  in_txn_ = false;
  ++txn_;
}

void state::revert(const snapshot& to) {
  while (journal_.size() > to.journal) {
    undo(journal_.back());
    journal_.pop_back();
  }
  logs_.resize(to.logs);
  refund_ = to.refund;
}

void state::undo(const journal_entry& j) {
  switch (j.kind) {
    case change::warm_account:
      accounts_[j.index].warm_txn = j.extra;
      return;
    case change::warm_slot:
      slots_[j.index].warm_txn = j.extra;
      return;
    case change::storage:
      slots_[j.index].now = j.value;
      return;
    case change::transient:
      transient_[j.index].now = j.value;
      return;
    case change::created:
      accounts_[j.index].created_txn = j.extra;
      return;
    case change::destructed:
      accounts_[j.index].destructed_txn = j.extra;
      return;
    case change::touch:
      return;
    case change::balance:
      accounts_[j.index].now.balance = j.value;
      break;
    case change::nonce:
      accounts_[j.index].now.nonce = j.value.low();
      break;
    case change::code:
      accounts_[j.index].now.code_hash = j.value.to_be();
      accounts_[j.index].now.code_size = j.extra & ~existed_bit;
      accounts_[j.index].program = nullptr;
      break;
  }
  accounts_[j.index].exists = (j.extra & existed_bit) != 0;
}

void state::set_balance(account_entry& e, const u256& value) {
  push(change::balance, e.index, e.exists ? existed_bit : 0, e.now.balance);
  e.exists = true;
  e.now.balance = value;
}

void state::set_nonce(account_entry& e, u64 value) {
  push(change::nonce, e.index, e.exists ? existed_bit : 0, e.now.nonce);
  e.exists = true;
  e.now.nonce = value;
}

void state::set_code(account_entry& e, bytes_view what) {
  if constexpr (cycle_meter::counts)
    meter_.add(cycle_weight::code + cycle_weight::new_code_byte * what.size());
  push(change::code, e.index, e.now.code_size | (e.exists ? existed_bit : 0),
       u256::from_be(e.now.code_hash));
  e.exists = true;
  e.program = nullptr;
  e.now.code_size = static_cast<u32>(what.size());
  e.now.code_hash = what.empty() ? empty_code_hash : crypto::keccak256(what);
  if (!what.empty()) {
    auto [it, fresh] = new_codes_.try_emplace(e.now.code_hash);
    if (fresh) it->second = to_bytes(what);
  }
}

void state::touch(account_entry& e) {
  // What comes to be empty later is changed, and so in the journal.
  if (e.exists && e.now.is_empty()) push(change::touch, e.index, 0);
}

void state::set_created(account_entry& e) {
  push(change::created, e.index, e.created_txn);
  e.created_txn = txn_;
}

void state::set_destructed(account_entry& e) {
  if (e.destructed_txn == txn_) return;
  push(change::destructed, e.index, e.destructed_txn);
  e.destructed_txn = txn_;
}

bool state::is_occupied(account_entry& e) {
  if (e.now.nonce != 0 || e.now.has_code()) return true;
  return e.existed && under_->has_storage(e.who);
}

state::transient_entry& state::transient_slot(account_entry& owner, const u256& key) {
  transient_entry& t = transient_.find_or_add(
      hash_.of(owner.index, key),
      [&](const transient_entry& x) { return x.owner == owner.index && x.slot == key; },
      [&](transient_entry& x, u32 index) {
        x.owner = owner.index;
        x.slot = key;
        x.index = index;
      });
  if (t.txn != txn_) {
    t.txn = txn_;
    t.now = u256{};
    ++txn_transient_;
  }
  return t;
}

u256 state::get_transient(const account_entry& owner, const u256& key) noexcept {
  const transient_entry* t = transient_.find(
      hash_.of(owner.index, key),
      [&](const transient_entry& x) { return x.owner == owner.index && x.slot == key; });
  return t != nullptr && t->txn == txn_ ? t->now : u256{};
}

void state::set_transient(account_entry& owner, const u256& key, const u256& value) {
  transient_entry& t = transient_slot(owner, key);
  push(change::transient, t.index, 0, t.now);
  t.now = value;
}

}  // namespace ashlar::evm

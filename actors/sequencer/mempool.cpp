#include "actors/sequencer/mempool.hpp"

#include <algorithm>

#include "runtime/base/ensure.hpp"
#include "runtime/evm/transition.hpp"

namespace ashlar::sequencer {

using api::drop_code;
using api::drop_reason;

namespace {

constexpr u64 initcode_bytes_max = 2 * 24'576;  // EIP-3860
constexpr u32 delegation_bytes = 23;            // EIP-7702: 0xef0100 and an address

drop_reason reason(drop_code code, const u256& have = {}, const u256& want = {}) {
  return {code, have, want};
}

/// value + gas limit * fee cap; none where it does not fit, which is more than any balance.
std::optional<u256> cost_of(const txn& t) {
  const auto gas = checked_mul(u256{t.gas_limit}, t.max_fee_per_gas);
  return gas ? checked_add(*gas, t.value) : std::nullopt;
}

/// The least fee that replaces `old`.
u256 raised(const u256& old, u32 percent) {
  const u256 rise = old / u256{100} * u256{percent} + old % u256{100} * u256{percent} / u256{100};
  return old + (rise.is_zero() ? u256{1} : rise);
}

}  // namespace

std::string check(const mempool_config& c) {
  if (c.txns_max == 0 || c.bytes_max == 0) return "mempool: limits must be positive";
  if (c.sender_txns_max == 0) return "mempool: sender_txns_max must be positive";
  if (c.drops_max == 0) return "mempool: drops_max must be positive";
  if (c.resting_max == 0) return "mempool: resting_max must be positive";
  if (c.waiting_percent == 0 || c.waiting_percent > 100)
    return "mempool: waiting_percent is 1 to 100";
  if (c.replace_percent > 1000) return "mempool: replace_percent is at most 1000";
  return {};
}

mempool::mempool(const mempool_config& config, const chain_config& chain, account_source accounts)
    : config_(config), chain_(chain), accounts_(std::move(accounts)), resting_(config.resting_max) {
  ensure(check(config).empty());
}

std::optional<drop_reason> mempool::check_alone(const txn& t, const api::submission& s) const {
  if (t.type == txn_type::blob || t.type == txn_type::priority)
    return reason(drop_code::type_unsupported, u256{static_cast<u64>(t.type)});
  if (s.encoded_bytes > config_.txn_bytes_max)
    return reason(drop_code::too_large, u256{s.encoded_bytes}, u256{config_.txn_bytes_max});
  if (t.nonce == ~0ull) return reason(drop_code::nonce_max);
  if (t.max_fee_per_gas < t.max_priority_fee_per_gas)
    return reason(drop_code::tip_above_cap, t.max_fee_per_gas, t.max_priority_fee_per_gas);
  if (t.max_fee_per_gas < u256{chain_.base_fee_min})
    return reason(drop_code::fee_cap_below_base, t.max_fee_per_gas, u256{chain_.base_fee_min});
  const u64 gas_cap = std::min(chain_.txn_gas_limit_max, chain_.block_gas_limit);
  if (t.gas_limit > gas_cap)
    return reason(drop_code::gas_limit_above_cap, u256{t.gas_limit}, u256{gas_cap});
  if (!t.to && t.data.size() > initcode_bytes_max)
    return reason(drop_code::initcode_too_large, u256{t.data.size()}, u256{initcode_bytes_max});
  const auto cost = evm::intrinsic_gas(t, latest_revision);
  const u64 least = std::max(cost.gas, cost.floor);
  if (t.gas_limit < least) return reason(drop_code::intrinsic_gas, u256{t.gas_limit}, u256{least});
  return std::nullopt;
}

std::optional<drop_reason> mempool::check_account(const txn& t, const queue& q,
                                                  const std::optional<evm::account>& a) const {
  if (t.nonce < q.next + q.taken)
    return reason(drop_code::nonce_too_low, u256{q.next + q.taken}, u256{t.nonce});
  // The gap counts from the sender's last transaction that is here, so that a long row of
  // consecutive ones is no gap.
  const u64 last = q.txns.empty() ? q.next : std::max(q.next, q.txns.rbegin()->first);
  if (t.nonce > last && t.nonce - last > config_.nonce_gap_max)
    return reason(drop_code::nonce_gap_too_large, u256{q.next}, u256{t.nonce});
  const u256 balance = a ? a->balance : u256{};
  if (const auto cost = cost_of(t); !cost || balance < *cost)
    return reason(drop_code::insufficient_funds, balance, cost.value_or(u256::max()));
  if (a && a->has_code() && a->code_size != delegation_bytes)
    return reason(drop_code::sender_not_eoa);
  return std::nullopt;
}

std::optional<drop_reason> mempool::add(const api::submission& s, unix_seconds now) {
  if (auto bad = check_alone(*s.body, s)) return bad;
  // Read once before the lock, so that a disk read does not hold it, and once behind it: a block
  // that is staged in between tells only queues that exist (see account_changed).
  (void)accounts_(s.sender);
  std::lock_guard lock{mutex_};
  if (is_censored(s.sender)) return reason(drop_code::censored);
  if (by_hash_.contains(s.hash) || unstaged_.contains(s.hash))
    return reason(drop_code::already_known);
  if (auto rests = check_rest(s, now)) return rests;
  const auto account = accounts_(s.sender);
  const auto [place, added] = senders_.try_emplace(s.sender);
  if (added) place->second.next = account ? account->nonce : 0;
  auto refused = insert(s, now, account);
  forget_if_empty(s.sender);
  return refused;
}

std::optional<drop_reason> mempool::insert(const api::submission& s, unix_seconds now,
                                           const std::optional<evm::account>& account) {
  queue& q = senders_.at(s.sender);
  const txn& t = *s.body;
  if (auto bad = check_account(t, q, account)) return bad;
  if (const auto same = q.txns.find(t.nonce); same != q.txns.end())
    return replace(q, same->second, s, now);
  if (q.txns.size() >= config_.sender_txns_max)
    return reason(drop_code::sender_limit, u256{q.txns.size()}, u256{config_.sender_txns_max});
  if (auto bad = make_room(s, q, 1, s.encoded_bytes)) return bad;
  q.txns.emplace(t.nonce, entry{s, next_order_++, false});
  q.bytes += s.encoded_bytes;
  by_hash_.emplace(s.hash, std::pair{s.sender, t.nonce});
  by_age_.emplace_back(now, s.hash);
  bytes_ += s.encoded_bytes;
  refresh_ready(s.sender, q);
  return std::nullopt;
}

std::optional<drop_reason> mempool::replace(queue& q, entry& old, const api::submission& s,
                                            unix_seconds now) {
  const txn& was = *old.body.body;
  const u256 fee = raised(was.max_fee_per_gas, config_.replace_percent);
  const u256 tip = raised(was.max_priority_fee_per_gas, config_.replace_percent);
  if (s.body->max_fee_per_gas < fee)
    return reason(drop_code::replacement_underpriced, s.body->max_fee_per_gas, fee);
  if (s.body->max_priority_fee_per_gas < tip)
    return reason(drop_code::replacement_underpriced, s.body->max_priority_fee_per_gas, tip);
  if (s.encoded_bytes > old.body.encoded_bytes)
    if (auto bad = make_room(s, q, 0, s.encoded_bytes - old.body.encoded_bytes)) return bad;
  note_drop(old.body.hash, reason(drop_code::replaced));
  by_hash_.erase(old.body.hash);
  bytes_ = bytes_ - old.body.encoded_bytes + s.encoded_bytes;
  q.bytes = q.bytes - old.body.encoded_bytes + s.encoded_bytes;
  old = entry{s, next_order_++, false};
  by_hash_.emplace(s.hash, std::pair{s.sender, s.body->nonce});
  by_age_.emplace_back(now, s.hash);
  refresh_ready(s.sender, q);
  return std::nullopt;
}

/// Where the pool is full, what waits goes first, then the last transaction of the worst paying
/// other sender, if the new one pays more.
std::optional<drop_reason> mempool::make_room(const api::submission& s, const queue& q, u64 more,
                                              u64 more_bytes) {
  const auto full = [&] {
    return by_hash_.size() + more > config_.txns_max || bytes_ + more_bytes > config_.bytes_max;
  };
  if (!is_executable(q, *s.body)) {
    if (auto bad = make_room_among_waiting(s, q, more, more_bytes)) return bad;
    if (full()) return reason(drop_code::pool_full);
  }
  while (full()) {
    if (evict_waiting(s.sender)) continue;
    if (ready_.empty()) return reason(drop_code::pool_full);
    const ready_key worst = *ready_.rbegin();
    const u256 tip = tip_of(*s.body);
    if (worst.who == s.sender || tip <= worst.tip)
      return reason(drop_code::underpriced, tip, worst.tip + u256{1});
    evict_last(worst.who);
  }
  return std::nullopt;
}

/// Where the share of those that wait is full, the last transaction of the one with most goes,
/// while that is more than the new one's sender would have.
std::optional<drop_reason> mempool::make_room_among_waiting(const api::submission& s,
                                                            const queue& q, u64 more,
                                                            u64 more_bytes) {
  const auto share = [&](u64 all) { return std::max<u64>(1, all * config_.waiting_percent / 100); };
  while (waiting_txns_ + more > share(config_.txns_max) ||
         waiting_bytes_ + more_bytes > share(config_.bytes_max)) {
    if (waiting_.empty() || waiting_.rbegin()->first <= q.bytes + more_bytes)
      return reason(drop_code::pool_full);
    if (!evict_waiting(s.sender)) return reason(drop_code::pool_full);
  }
  return std::nullopt;
}

/// Whether it could be in the next block, behind its sender's others.
bool mempool::is_executable(const queue& q, const txn& t) const {
  if (t.max_fee_per_gas < base_fee_) return false;
  return t.nonce == q.next + q.taken || (q.ready && t.nonce <= q.next + run_of(q));
}

/// The last transaction of whoever waits with most, but for one sender. False where nobody does.
bool mempool::evict_waiting(const address& but) {
  auto most = waiting_.rbegin();
  if (most != waiting_.rend() && most->second == but) ++most;
  if (most == waiting_.rend()) return false;
  evict_last(address(most->second));
  return true;
}

void mempool::evict_last(const address& who) {
  queue& q = senders_.at(who);
  drop(q, std::prev(q.txns.end()), reason(drop_code::pool_full));
  refresh_ready(who, q);
  forget_if_empty(who);
}

u256 mempool::tip_of(const txn& t) const {
  const u256 room = t.max_fee_per_gas < base_fee_ ? u256{} : t.max_fee_per_gas - base_fee_;
  return room < t.max_priority_fee_per_gas ? room : t.max_priority_fee_per_gas;
}

/// Puts the sender's next transaction, if it can be executed now, in its place among the ready;
/// else the sender among those that wait.
void mempool::refresh_ready(const address& who, queue& q) {
  if (q.ready) {
    ready_.erase(*q.ready);
    q.ready.reset();
  }
  const auto next = q.txns.find(q.next + q.taken);
  if (next != q.txns.end() && next->second.body.body->max_fee_per_gas >= base_fee_) {
    q.ready = ready_key{tip_of(*next->second.body.body), q.taken, next->second.order, who};
    ready_.insert(*q.ready);
  }
  refresh_waiting(who, q);
}

void mempool::refresh_waiting(const address& who, queue& q) {
  if (q.waiting) {
    waiting_.erase({q.waiting->first, who});
    waiting_bytes_ -= q.waiting->first;
    waiting_txns_ -= q.waiting->second;
    q.waiting.reset();
  }
  if (q.ready || q.taken != 0 || q.txns.empty()) return;
  q.waiting = std::pair{q.bytes, u64{q.txns.size()}};
  waiting_.insert({q.bytes, who});
  waiting_bytes_ += q.bytes;
  waiting_txns_ += q.txns.size();
}

std::vector<api::submission> mempool::take(u32 n) {
  std::lock_guard lock{mutex_};
  std::vector<api::submission> out;
  while (out.size() < n && !ready_.empty()) {
    const address who = ready_.begin()->who;
    queue& q = senders_.at(who);
    entry& e = q.txns.at(q.next + q.taken);
    e.taken = true;
    ++q.taken;
    out.push_back(e.body);
    refresh_ready(who, q);
  }
  return out;
}

void mempool::settle(const std::vector<settlement>& all, unix_seconds now) {
  std::lock_guard lock{mutex_};
  std::set<address> touched, spent;
  for (const settlement& s : all) {
    const auto known = by_hash_.find(s.hash);
    ensure(known != by_hash_.end());  // what is taken stays until here
    const auto [who, nonce] = known->second;
    queue& q = senders_.at(who);
    const auto it = q.txns.find(nonce);
    touched.insert(who);
    switch (s.what) {
      case fate::included:
        q.next = std::max(q.next, nonce + 1);
        q.ahead = true;
        unstaged_.insert(s.hash);
        erase(q, it);
        break;
      case fate::dropped:
        drop(q, it, s.reason);
        if (s.reason.code == drop_code::proving_cycles) spent.insert(who);
        break;
      case fate::deferred:
        it->second.taken = false;
        break;
    }
  }
  for (const address& who : touched) {
    queue& q = senders_.at(who);
    q.taken = 0;
    drop_stale(q);
    if (spent.contains(who)) rest(who, q, now);
    refresh_ready(who, q);
    forget_if_empty(who);
  }
}

/// Precondition: none of the sender's is taken.
void mempool::rest(const address& who, queue& q, unix_seconds now) {
  resting_.note(who, now);
  const unix_seconds until = *resting_.rests_until(who, now);
  while (!q.txns.empty())
    drop(q, q.txns.begin(),
         reason(drop_code::sender_rests, u256{until.value - now.value}, u256{until.value}));
}

/// What was dropped for its proving cycles is refused under its own reason for as long as that is
/// kept: its sender can sign another.
std::optional<drop_reason> mempool::check_rest(const api::submission& s, unix_seconds now) const {
  const auto was = drops_.find(s.hash);
  if (was != drops_.end() && was->second.code == drop_code::proving_cycles) return was->second;
  const auto until = resting_.rests_until(s.sender, now);
  if (!until) return std::nullopt;
  return reason(drop_code::sender_rests, u256{until->value - now.value}, u256{until->value});
}

void mempool::account_changed(const address& who, u64 nonce) {
  std::lock_guard lock{mutex_};
  const auto it = senders_.find(who);
  if (it == senders_.end()) return;
  queue& q = it->second;
  q.ahead = false;
  if (q.next != nonce) {
    ensure(q.taken == 0);
    q.next = nonce;
    drop_stale(q);
    refresh_ready(who, q);
  }
  forget_if_empty(who);
}

void mempool::all_staged() {
  std::lock_guard lock{mutex_};
  unstaged_.clear();
}

void mempool::drop_stale(queue& q) {
  while (!q.txns.empty() && q.txns.begin()->first < q.next)
    drop(q, q.txns.begin(),
         reason(drop_code::nonce_too_low, u256{q.next}, u256{q.txns.begin()->first}));
}

void mempool::set_base_fee(const u256& base_fee) {
  std::lock_guard lock{mutex_};
  if (base_fee == base_fee_) return;
  base_fee_ = base_fee;
  for (auto& [who, q] : senders_) refresh_ready(who, q);
}

/// How many of the sender's transactions are consecutive from its account nonce on. Constant time
/// where all are.
u64 mempool::run_of(const queue& q) {
  if (q.txns.empty() || q.txns.begin()->first != q.next) return 0;
  if (q.txns.rbegin()->first - q.next + 1 == q.txns.size()) return q.txns.size();
  u64 run = 0;
  for (const auto& [nonce, e] : q.txns) {
    if (nonce != q.next + run) break;
    ++run;
  }
  return run;
}

void mempool::expire(unix_seconds now) {
  std::lock_guard lock{mutex_};
  while (!by_age_.empty() && by_age_.front().first.value + config_.expiry_seconds < now.value) {
    const auto known = by_hash_.find(by_age_.front().second);
    if (known != by_hash_.end()) {
      const auto [who, nonce] = known->second;
      queue& q = senders_.at(who);
      const auto it = q.txns.find(nonce);
      if (it->second.taken) break;  // it is being executed: ask again later
      drop(q, it, reason(drop_code::expired));
      refresh_ready(who, q);
      forget_if_empty(who);
    }
    by_age_.pop_front();
  }
  // Places of transactions that have left are swept when they come to the front, or here.
  if (by_age_.size() > 2 * config_.txns_max)
    std::erase_if(by_age_, [&](const auto& e) { return !by_hash_.contains(e.second); });
}

void mempool::set_censored(std::vector<address> senders) {
  std::sort(senders.begin(), senders.end());
  std::lock_guard lock{mutex_};
  censored_ = std::move(senders);
  for (const address& who : censored_) {
    const auto found = senders_.find(who);
    if (found == senders_.end()) continue;
    queue& q = found->second;
    for (auto it = q.txns.begin(); it != q.txns.end();) {
      const auto here = it++;
      if (!here->second.taken) drop(q, here, reason(drop_code::censored));
    }
    refresh_ready(who, q);
    forget_if_empty(who);
  }
}

bool mempool::is_censored(const address& who) const {
  return std::binary_search(censored_.begin(), censored_.end(), who);
}

void mempool::erase(queue& q, position it) {
  by_hash_.erase(it->second.body.hash);
  bytes_ -= it->second.body.encoded_bytes;
  q.bytes -= it->second.body.encoded_bytes;
  q.txns.erase(it);
}

void mempool::drop(queue& q, position it, const drop_reason& why) {
  note_drop(it->second.body.hash, why);
  erase(q, it);
}

void mempool::note_drop(const hash256& hash, const drop_reason& why) {
  if (drops_.insert_or_assign(hash, why).second) {
    drop_ring_.push_back(hash);
    if (drop_ring_.size() > config_.drops_max) {
      drops_.erase(drop_ring_.front());
      drop_ring_.pop_front();
    }
  }
  fresh_drops_.push_back({hash, why});
}

void mempool::forget_if_empty(const address& who) {
  const auto it = senders_.find(who);
  if (it != senders_.end() && it->second.txns.empty() && !it->second.ahead) senders_.erase(it);
}

bool mempool::has_ready() const {
  std::lock_guard lock{mutex_};
  return !ready_.empty();
}

u64 mempool::pending_nonce(const address& who) const {
  const auto account = accounts_(who);
  std::lock_guard lock{mutex_};
  const auto it = senders_.find(who);
  if (it == senders_.end()) return account ? account->nonce : 0;
  return it->second.next + run_of(it->second);
}

api::pool_lookup mempool::lookup(const hash256& hash) const {
  std::lock_guard lock{mutex_};
  api::pool_lookup out;
  if (const auto it = by_hash_.find(hash); it != by_hash_.end()) {
    const queue& q = senders_.at(it->second.first);
    const entry& e = q.txns.at(it->second.second);
    out.body = e.body.body;
    out.sender = e.body.sender;
    out.where = it->second.second < q.next + run_of(q) ? api::pool_lookup::place::pending
                                                       : api::pool_lookup::place::queued;
  } else if (const auto d = drops_.find(hash); d != drops_.end()) {
    out.where = api::pool_lookup::place::dropped;
    out.reason = d->second;
  }
  return out;
}

api::pool_totals mempool::totals() const {
  std::lock_guard lock{mutex_};
  api::pool_totals out;
  out.bytes = bytes_;
  for (const auto& [who, q] : senders_) {
    const u64 run = run_of(q);
    out.pending_txns += run;
    out.queued_txns += q.txns.size() - run;
  }
  return out;
}

std::vector<mempool::dropped> mempool::collect_drops() {
  std::lock_guard lock{mutex_};
  return std::exchange(fresh_drops_, {});
}

}  // namespace ashlar::sequencer

#include "actors/sequencer/engine.hpp"

#include <algorithm>
#include <set>

#include "runtime/base/ensure.hpp"
#include "runtime/types/priority_limits.hpp"

namespace ashlar::sequencer {

namespace {

/// Adds the time that its scope takes.
class stopwatch {
 public:
  stopwatch(const clock& time, std::atomic<u64>& to) : time_(time), to_(to), from_(time.steady()) {}
  ~stopwatch() { to_ += static_cast<u64>((time_.steady() - from_).count()); }
  stopwatch(const stopwatch&) = delete;

 private:
  const clock& time_;
  std::atomic<u64>& to_;
  clock::duration from_;
};

}  // namespace

std::string check(const engine_config& c) {
  if (auto wrong = check(c.pool); !wrong.empty()) return wrong;
  if (c.chunk_txns == 0 || c.block_txns_max == 0) return "sequencer: block limits must be positive";
  if (c.waits_max == 0) return "sequencer: waits_max must be positive";
  if (c.tick_ms == 0) return "sequencer: tick_ms must be positive";
  return {};
}

engine::engine(const engine_config& config, engine_parts parts)
    : config_(config),
      parts_(std::move(parts)),
      made_at_(parts_.time.wall()),
      made_steady_(parts_.time.steady()),
      pool_(config.pool, parts_.chain,
            [&s = parts_.store](const address& who) {
              return s.state_at_staged()->get_account(who);
            }),
      board_(config.waits_max),
      builder_(parts_.chain, parts_.store, config.execution, config.proving_cycles_max) {
  ensure(check(config).empty());
  priority_next_ = parts_.store.head().priority_next;
}

engine::~engine() {
  stop();
}

std::string engine::recover() {
  auto& log = parts_.store.log();
  for (block_number n = parts_.store.head().number.next(); n <= log.height(); n = n.next()) {
    const auto record = log.read(n);
    if (!record.ok()) return to_text(record.error());
    const auto block = builder_.replay(*record);
    if (!block)
      return "block " + std::to_string(n.value) +
             " of the log gives another block when it is executed again: this binary's rules "
             "differ "
             "from those that made it, or the state database is damaged (remove the folder 'state' "
             "to build it again from the log)";
    for (const auto& done : {parts_.store.stage(block), parts_.store.publish(n)})
      if (!done.ok()) return to_text(done.error());
    ++replayed_blocks_;
    replayed_txns_ += block->block.txns.size();
  }
  priority_next_ = parts_.store.head().priority_next;
  return {};
}

void engine::start() {
  ensure(config_.threads && !executor_.joinable());
  executor_ = std::thread([this] { guard("execution", [this] { run_executor(); }); });
  committer_ = std::thread([this] { guard("commit", [this] { run_committer(); }); });
}

/// What an exception left half done is in no block that anybody was told of: the node ends, and
/// the next one starts from the log.
void engine::guard(const char* what, const std::function<void()>& body) {
  try {
    body();
  } catch (const std::exception& e) {
    fatal(std::string("the sequencer's ") + what + " failed: " + e.what());
  } catch (...) {
    fatal(std::string("the sequencer's ") + what + " failed: unknown exception");
  }
}

void engine::stop() {
  {
    std::lock_guard lock{mutex_};  // or who is about to wait would miss it
    stopping_ = true;
  }
  work_.notify_all();
  sealed_.notify_all();
  if (executor_.joinable()) executor_.join();
  sealed_.notify_all();
  if (committer_.joinable()) committer_.join();
  // A block that was handed over after the committer had looked for the last time.
  if (handed_ && !failed_) commit(std::exchange(handed_, nullptr));
  board_.close({api::drop_code::shutting_down, {}, {}});
}

bool engine::drain() {
  draining_ = true;
  std::lock_guard lock{mutex_};
  return !pool_.has_ready() && !handed_ && !committing_ && !block_open_;
}

void engine::wake() {
  {
    std::lock_guard lock{mutex_};
    has_work_ = true;
  }
  work_.notify_one();
}

// -- what comes in
// ---------------------------------------------------------------------------------

bool engine::submit(const api::submission_list_ptr& list, answer_function done) {
  const unix_seconds now = pool_time();
  submitted_ += list->items.size();
  const auto offer = [&](const api::submission& s) -> std::optional<api::drop_reason> {
    if (draining_ || stopping_ || failed_)
      return api::drop_reason{api::drop_code::shutting_down, {}, {}};
    return pool_.add(s, now);
  };
  if (list->wait == api::submit_wait::accepted || list->items.empty()) {
    auto answers = std::make_shared<api::submit_answer_list>();
    answers->items.reserve(list->items.size());
    for (const api::submission& s : list->items) {
      if (auto why = offer(s)) {
        ++refused_;
        answers->items.push_back(*why);
      } else {
        answers->items.push_back(api::txn_accepted{});
      }
    }
    wake();
    done(std::move(answers));
    return true;
  }
  // The wait is noted first: the block may be there before `add` has returned.
  const auto deadline = parts_.time.steady() + std::chrono::milliseconds(list->wait_ms);
  const auto group = board_.open(list, deadline, std::move(done));
  if (!group) return false;
  bool added = false;
  for (u32 i = 0; i < list->items.size(); ++i) {
    const api::submission& s = list->items[i];
    const auto why = offer(s);
    added = added || !why;
    if (!why || why->code == api::drop_code::already_known) continue;
    // Sent again: it has its place, or is about to. Staged first: what is not staged any more is
    // published.
    if (parts_.store.is_staged(s.hash)) continue;
    if (auto known = confirm(s.hash)) {
      board_.answer(group, i, *known);
      continue;
    }
    ++refused_;
    board_.answer(group, i, *why);
  }
  if (added) wake();
  return true;
}

result<priority_id, engine::gap> engine::add_priority(const api::priority_list& ops) {
  std::lock_guard lock{priority_mutex_};
  for (const api::priority_op& op : ops.items) {
    if (op.id.value < priority_next_) continue;
    if (op.id.value > priority_next_) return fail(gap{priority_id{priority_next_}});
    if (priority_.size() >= config_.priority_waiting_max) break;
    priority_.push_back(op);
    ++priority_next_;
  }
  if (!priority_.empty()) wake();
  return priority_id{priority_next_};
}

priority_id engine::next_priority() const {
  std::lock_guard lock{priority_mutex_};
  return priority_id{priority_next_};
}

/// The wall's time, as far as L1 allows it.
unix_seconds engine::now() const {
  const unix_seconds wall = parts_.time.wall();
  return parts_.date_max ? std::min(wall, parts_.date_max()) : wall;
}

/// What the pool's ages and rests are counted by: it goes on as the steady clock, whatever the
/// wall's or L1's time is set to.
unix_seconds engine::pool_time() const {
  const auto since = parts_.time.steady() - made_steady_;
  return unix_seconds{
      made_at_.value +
      static_cast<u64>(std::chrono::duration_cast<std::chrono::seconds>(since).count())};
}

std::string engine::clock_alarm() const {
  constexpr u64 behind_s_max = 600;
  const u64 wall = parts_.time.wall().value, most = now().value;
  if (wall > most)
    return "this machine's clock is " + std::to_string(wall - most) +
           " s ahead of what L1's time and the time since allow: blocks are dated by those until "
           "it is right";
  const u64 last = parts_.store.head().timestamp.value;
  if (wall + behind_s_max < last)
    return "this machine's clock is " + std::to_string(last - wall) +
           " s behind the last block: all blocks have its time until then";
  return {};
}

std::string engine::why_unconfirmed() const {
  if (auto why = held_by(); !why.empty()) return why;
  switch (waits_for_.load()) {
    case wait::queue:
      return "L1: it was not read for so long, or has operations overdue, that a block of anything "
             "else might never be committed";
    case wait::commits:
      return "L1: it lacks batches for so long that it might refuse them, and all that is "
             "confirmed behind them with them; the publisher's status says why it lacks them";
    case wait::nothing:
      break;
  }
  return {};
}

// -- execution
// -------------------------------------------------------------------------------------

bool engine::log_is_free() const {
  std::lock_guard lock{mutex_};
  return !handed_ && !committing_;
}

/// Executes one block of what waits. False where nothing came into it.
bool engine::build() {
  // The block's own time.
  const unix_seconds now = std::max(this->now(), builder_.parent().timestamp);
  pool_.set_base_fee(builder_.next_base_fee(now));
  const bool has_some = has_candidates() && held_by().empty();
  waits_for_ = has_some ? must_wait(now) : wait::nothing;
  if (!has_some) return false;
  if (waits_for_l1() && !has_priority()) return false;
  block_open_ = true;
  builder_.begin(now);
  add_priority_ops();
  while (!waits_for_l1() && builder_.txn_count() < config_.block_txns_max && !stopping_) {
    const u32 before = builder_.txn_count();
    if (!add_chunk()) break;
    const bool idle = builder_.txn_count() == before;
    if (!config_.threads) {
      if (idle) break;
      continue;
    }
    if (builder_.txn_count() > 0 && log_is_free()) break;
    if (idle && builder_.txn_count() == 0) break;
    if (idle) {
      // The log is busy and nothing waits: whatever happens first goes on.
      std::unique_lock lock{mutex_};
      work_.wait_for(lock, std::chrono::milliseconds(config_.tick_ms),
                     [&] { return has_work_ || stopping_ || (!handed_ && !committing_); });
      has_work_ = false;
    }
  }
  if (builder_.txn_count() == 0) {
    builder_.abandon();
    block_open_ = false;
    return false;
  }
  return true;
}

bool engine::has_candidates() const {
  return pool_.has_ready() || has_priority();
}

bool engine::has_priority() const {
  std::lock_guard lock{priority_mutex_};
  return !priority_.empty();
}

engine::wait engine::must_wait(unix_seconds now) {
  u64 next = 0;
  {
    std::lock_guard lock{priority_mutex_};
    next = priority_next_ - priority_.size();
  }
  if (is_past_horizon(now, priority_id{next})) return wait::queue;
  return is_uncommitted_too_long() ? wait::commits : wait::nothing;
}

bool engine::is_past_horizon(unix_seconds at, priority_id next) const {
  return parts_.priority_horizon && at > parts_.priority_horizon(next);
}

/// L1 takes a batch up to some age, and one that leaves an operation out up to some time behind
/// that one's deadline. What is confirmed behind a batch that it refuses is lost with it.
bool engine::is_uncommitted_too_long() {
  if (!parts_.l1) return false;
  const l1_standing l1 = parts_.l1();
  const block_number oldest = l1.committed.next();
  if (oldest > parts_.store.head().number) return false;
  if (uncommitted_.number != oldest) {
    const auto before = parts_.store.info_at(l1.committed), first = parts_.store.info_at(oldest);
    if (!before || !first) return true;  // the disk's error has ended the node
    uncommitted_ = {oldest, first->timestamp, priority_id{before->priority_next}};
  }
  const u64 age_s = l1.now.value - std::min(l1.now, uncommitted_.since).value;
  return age_s > config_.uncommitted_s_max || is_past_horizon(l1.now, uncommitted_.next);
}

/// Past the horizon a block ends where one batch may: a batch consists of whole blocks, and must
/// not have to hold more than L1 demands of it because of what else is in the block.
void engine::add_priority_ops() {
  u64 gas = 0;
  for (u64 taken = 0; taken < parts_.chain.priority_txns_per_block_max; ++taken) {
    api::priority_op op;
    {
      std::lock_guard lock{priority_mutex_};
      if (priority_.empty()) return;
      op = priority_.front();
    }
    if (waits_for_l1() && is_full_of_priority(taken, gas, op.body->gas_limit)) return;
    const auto done = builder_.add(*op.body, op.body->priority.sender, op.canonical_hash);
    if (done.what != block_builder::verdict::included) {
      if (builder_.txn_count() == 0)
        fatal("priority operation " + std::to_string(op.id.value) +
              " cannot be executed even in an empty block: " + api::to_text(done.why.code));
      return;  // the next block has room
    }
    ++priority_txns_;
    gas += op.body->gas_limit;
    std::lock_guard lock{priority_mutex_};
    priority_.pop_front();
  }
}

/// Executes the next chunk of the pool. False where the block is full.
bool engine::add_chunk() {
  const u32 room = config_.block_txns_max - builder_.txn_count();
  const auto chunk = pool_.take(std::min(config_.chunk_txns, room));
  if (chunk.empty()) return true;
  stopwatch watch{parts_.time, execute_ns_};
  std::vector<mempool::settlement> fates;
  fates.reserve(chunk.size());
  std::set<address> broken;  // senders with a transaction that did not go in: the rest cannot
  bool full = false;
  for (const api::submission& s : chunk) {
    if (full || (!broken.empty() && broken.contains(s.sender))) {
      fates.push_back({s.hash, mempool::fate::deferred, {}});
      continue;
    }
    const auto done = builder_.add(*s.body, s.sender, s.hash);
    full = full || done.block_full;
    switch (done.what) {
      case block_builder::verdict::included:
        fates.push_back({s.hash, mempool::fate::included, {}});
        continue;
      case block_builder::verdict::dropped:
        fates.push_back({s.hash, mempool::fate::dropped, done.why});
        break;
      case block_builder::verdict::deferred:
        ++deferred_;
        fates.push_back({s.hash, mempool::fate::deferred, {}});
        break;
    }
    broken.insert(s.sender);
  }
  pool_.settle(fates, pool_time());
  tell_drops();
  return !full;
}

/// Finishes the open block, stages it and gives it to the committer. False: the engine failed.
bool engine::hand_over() {
  store::executed_block_ptr block;
  {
    stopwatch watch{parts_.time, finish_ns_};
    block = builder_.finish();
  }
  if (auto staged = parts_.store.stage(block); !staged.ok()) {
    fatal(to_text(staged.error()));
    return false;
  }
  for (const auto& a : block->diff.accounts)
    pool_.account_changed(a.who, a.after ? a.after->nonce : 0);
  pool_.all_staged();
  if (!config_.threads) {
    block_open_ = false;
    return commit(block);
  }
  std::unique_lock lock{mutex_};
  work_.wait(lock, [&] { return !handed_ || failed_; });
  if (failed_) return false;
  if (!committing_ && block->block.txns.size() <= config_.lone_txns_max && !pool_.has_ready()) {
    committing_ = true;
    block_open_ = false;
    lock.unlock();
    return commit_alone(block);
  }
  handed_ = std::move(block);
  block_open_ = false;
  lock.unlock();
  sealed_.notify_one();
  return true;
}

bool engine::step() {
  tick();
  if (failed_ || !build()) return false;
  return hand_over();
}

void engine::run_executor() {
  auto next_tick = parts_.time.steady();
  while (!failed_) {
    {
      std::unique_lock lock{mutex_};
      work_.wait_for(lock, std::chrono::milliseconds(config_.tick_ms),
                     [&] { return has_work_ || stopping_; });
      has_work_ = false;
      if (stopping_) return;
    }
    if (parts_.time.steady() >= next_tick) {
      tick();
      next_tick = parts_.time.steady() + std::chrono::milliseconds(config_.tick_ms);
    }
    while (!stopping_ && !failed_ && build())
      if (!hand_over()) return;
  }
}

// -- durability
// ------------------------------------------------------------------------------------

bool engine::commit(const store::executed_block_ptr& block) {
  const block_number n = block->block.header.number;
  {
    stopwatch watch{parts_.time, append_ns_};
    const bytes record = store::encode_log_record(block->block, block->senders);
    if (auto done = parts_.store.log().append(n, record, parts_.writer); !done.ok()) {
      fatal("block " + std::to_string(n.value) + " was not confirmed: " + to_text(done.error()));
      return false;
    }
  }
  stopwatch watch{parts_.time, publish_ns_};
  if (auto done = parts_.store.publish(n); !done.ok()) {
    fatal(to_text(done.error()));
    return false;
  }
  ++blocks_;
  txns_ += block->block.txns.size();
  gas_ += block->block.header.gas_used;
  answer_block(*block);
  if (parts_.on_head) parts_.on_head(head());
  return true;
}

/// On the executor's thread: `committing_` is set, so the committer has nothing and gets nothing.
bool engine::commit_alone(const store::executed_block_ptr& block) {
  bool done = false;
  guard("commit", [&] { done = commit(block); });
  std::lock_guard lock{mutex_};
  committing_ = false;
  return done;
}

void engine::run_committer() {
  for (;;) {
    store::executed_block_ptr block;
    {
      std::unique_lock lock{mutex_};
      sealed_.wait(lock, [&] { return handed_ || stopping_ || failed_; });
      if (failed_ || !handed_) return;
      block = std::exchange(handed_, nullptr);
      committing_ = true;
    }
    work_.notify_all();
    const bool done = commit(block);
    {
      std::lock_guard lock{mutex_};
      committing_ = false;
    }
    work_.notify_all();
    if (!done) return;
  }
}

api::soft_confirmation engine::confirmation(const store::stored_block& b, u32 index,
                                            bool sign) const {
  api::soft_confirmation c;
  c.chain_id = parts_.chain.chain_id;
  c.number = b.block.header.number;
  c.index = index;
  c.txn_hash = b.txn_hashes[index];
  c.block_hash = b.hash;
  if (sign) c.signature = parts_.signer.sign(confirmation_digest(c));
  return c;
}

void engine::answer_block(const store::executed_block& block) {
  if (board_.empty()) return;
  for (u32 i = 0; i < block.txn_hashes.size(); ++i)
    board_.answer_all(block.txn_hashes[i], [&](bool sign) { return confirmation(block, i, sign); });
}

std::optional<api::soft_confirmation> engine::confirm(const hash256& txn_hash) const {
  const auto at = parts_.store.locate(txn_hash);
  if (!at) return std::nullopt;
  return confirmation(*parts_.store.block_at(at->number), at->index, true);
}

void engine::tell_drops() {
  for (const mempool::dropped& d : pool_.collect_drops()) {
    ++dropped_;
    board_.answer_all(d.hash, [&](bool) { return d.reason; });
  }
}

void engine::tick() {
  pool_.expire(pool_time());
  tell_drops();
  board_.expire(parts_.time.steady());
}

void engine::fatal(const std::string& why) {
  {
    std::lock_guard lock{mutex_};
    if (failed_.exchange(true)) return;
  }
  work_.notify_all();
  sealed_.notify_all();
  if (parts_.on_fatal) parts_.on_fatal(why);
}

api::head_event engine::head() const {
  const auto h = parts_.store.head();
  return {h.number, h.hash, h.timestamp, h.txns_total};
}

engine::counters engine::totals() const {
  counters c;
  c.blocks = blocks_;
  c.txns = txns_;
  c.priority_txns = priority_txns_;
  c.gas = gas_;
  c.submitted = submitted_;
  c.refused = refused_;
  c.dropped = dropped_;
  c.deferred = deferred_;
  c.execute_ns = execute_ns_;
  c.finish_ns = finish_ns_;
  c.append_ns = append_ns_;
  c.publish_ns = publish_ns_;
  c.replayed_blocks = replayed_blocks_;
  c.replayed_txns = replayed_txns_;
  std::lock_guard lock{priority_mutex_};
  c.priority_waiting = priority_.size();
  return c;
}

}  // namespace ashlar::sequencer

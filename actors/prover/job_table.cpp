#include "actors/prover/job_table.hpp"

#include <algorithm>

#include "runtime/base/printable.hpp"

namespace ashlar::prover {
namespace {

constexpr std::size_t reason_bytes_max = 256;  // of what a worker says

clock::duration ms(u64 n) {
  return std::chrono::milliseconds(n);
}

}  // namespace

const char* to_text(job_state s) noexcept {
  switch (s) {
    case job_state::queued:
      return "queued";
    case job_state::leased:
      return "leased";
    case job_state::checking:
      return "checking";
  }
  return "unknown";
}

const char* to_text(table_error e) noexcept {
  switch (e) {
    case table_error::unknown_worker:
      return "the worker has not registered";
    case table_error::name_taken:
      return "a worker of this name is connected";
    case table_error::too_many:
      return "as many workers as are allowed are connected";
    case table_error::suspended:
      return "the worker is suspended: too many of its proofs were refused";
    case table_error::no_job:
      return "no job waits";
    case table_error::stale_epoch:
      return "the lease is not, or no longer, this worker's";
  }
  return "unknown";
}

bool is_worker_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > 32) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

job_table::job_table(const prover_config& config, u32 generation)
    : config_(config), last_epoch_(u64{generation} << 32), jitter_(config.jitter_seed) {}

result<worker_number, table_error> job_table::join(const std::string& name) {
  ensure(is_worker_name(name));
  const auto known = workers_.find(name);
  if (known != workers_.end() && known->second.connected) return fail(table_error::name_taken);
  if (name != local_worker_name && connected_outside() >= config_.workers_max)
    return fail(table_error::too_many);
  if (known == workers_.end() && workers_.size() >= config_.workers_remembered_max)
    forget_some_worker();
  last_worker_ = last_worker_.next();
  worker_entry& w = workers_[name];
  w.name = name;
  w.connected = last_worker_;
  connected_.emplace(last_worker_, name);
  return last_worker_;
}

/// Room for a new name: whoever is not connected, best one without a suspension to outlive.
void job_table::forget_some_worker() {
  auto choice = workers_.end();
  for (auto w = workers_.begin(); w != workers_.end(); ++w) {
    if (w->second.connected) continue;
    if (choice == workers_.end() || !w->second.suspended_until) choice = w;
    if (!w->second.suspended_until) break;
  }
  ensure(choice != workers_.end());  // workers_max < workers_remembered_max
  workers_.erase(choice);
}

void job_table::leave(worker_number who, clock::duration now) {
  const auto at = connected_.find(who);
  if (at == connected_.end()) return;
  worker_entry& w = workers_.at(at->second);
  for (auto& [number, j] : jobs_)
    if (j.worker == who && j.state == job_state::leased) {
      ++w.lost;
      ++totals_.workers_lost;
      fail_attempt(j, w.name + " ended while it proved", now);
    }
  w.connected.reset();
  connected_.erase(at);
}

void job_table::add(batch_number batch) {
  if (jobs_.contains(batch)) return;
  ensure(!is_full());
  jobs_[batch].batch = batch;
}

void job_table::remove(batch_number batch) {
  jobs_.erase(batch);
}

result<job_lease, table_error> job_table::lease(worker_number who, clock::duration now) {
  worker_entry* w = entry_of(who);
  if (w == nullptr) return fail(table_error::unknown_worker);
  for (auto& [number, j] : jobs_)
    if (j.worker == who && j.state == job_state::leased) {
      ++w->lost;
      fail_attempt(j, w->name + " asked for another job", now);
    }
  if (w->suspended_until) {
    if (now < *w->suspended_until) return fail(table_error::suspended);
    w->suspended_until.reset();
  }
  if (now < w->rests_until || in_flight() >= config_.in_flight_max)
    return fail(table_error::no_job);
  for (auto& [number, j] : jobs_) {
    if (j.state != job_state::queued || now < j.not_before) continue;
    const auto tried = j.failed_by.find(w->name);
    if (tried != j.failed_by.end() && now < tried->second.not_before) continue;
    last_epoch_ = last_epoch_.next();
    j.state = job_state::leased;
    j.lease_epoch = last_epoch_;
    j.worker = who;
    j.worker_name = w->name;
    j.progress = {};
    j.furthest = {};
    j.leased_at = j.heard_at = j.moved_at = now;
    ++totals_.leases;
    return job_lease{number, last_epoch_};
  }
  return fail(table_error::no_job);
}

/// The job that the worker holds under the epoch; null where it does not.
job* job_table::held(worker_number who, batch_number batch, epoch e) {
  const auto at = jobs_.find(batch);
  if (at != jobs_.end() && at->second.state == job_state::leased && at->second.worker == who &&
      at->second.lease_epoch == e)
    return &at->second;
  ++totals_.stale;
  return nullptr;
}

status<table_error> job_table::renew(worker_number who, batch_number batch, epoch e,
                                     const job_progress& p, clock::duration now) {
  job* j = held(who, batch, e);
  if (j == nullptr) return fail(table_error::stale_epoch);
  j->heard_at = now;
  if (const std::pair reached(p.pass, p.segments_done); reached > j->furthest) {
    j->furthest = reached;
    j->moved_at = now;
  }
  j->progress = p;
  return nothing{};
}

status<table_error> job_table::deliver(worker_number who, batch_number batch, epoch e,
                                       clock::duration now) {
  job* j = held(who, batch, e);
  if (j == nullptr) return fail(table_error::stale_epoch);
  j->state = job_state::checking;
  j->heard_at = now;
  return nothing{};
}

status<table_error> job_table::give_up(worker_number who, batch_number batch, epoch e,
                                       std::string why, clock::duration now) {
  job* j = held(who, batch, e);
  if (j == nullptr) return fail(table_error::stale_epoch);
  ++totals_.given_up;
  fail_attempt(*j, std::move(why), now);
  return nothing{};
}

void job_table::put_back(batch_number batch, std::string why, clock::duration now) {
  const auto at = jobs_.find(batch);
  if (at == jobs_.end() || at->second.state == job_state::queued) return;
  job& j = at->second;
  ++j.failures;
  requeue(j, std::move(why), now, wait_after(++j.failures_here));
}

void job_table::accept(batch_number batch, epoch e) {
  const auto at = jobs_.find(batch);
  if (at == jobs_.end() || at->second.state != job_state::checking || at->second.lease_epoch != e)
    return;
  ++totals_.accepted;
  // By name: it may have gone, or come again, since it delivered.
  if (const auto w = workers_.find(at->second.worker_name); w != workers_.end()) {
    ++w->second.proofs;
    w->second.lies_row = w->second.failures_row = 0;
  }
  jobs_.erase(at);
}

bool job_table::refuse(batch_number batch, epoch e, std::string why, clock::duration now) {
  const auto at = jobs_.find(batch);
  if (at == jobs_.end() || at->second.state != job_state::checking || at->second.lease_epoch != e)
    return false;
  job& j = at->second;
  ++totals_.refused;
  const auto liar = workers_.find(j.worker_name);
  requeue(j, std::move(why), now, {});
  if (liar == workers_.end()) return false;
  worker_entry& w = liar->second;
  ++w.lies;
  if (++w.lies_row < config_.lies_max) return false;
  w.lies_row = 0;
  w.suspended_until = now + ms(config_.suspension_ms);
  ++totals_.suspensions;
  return true;
}

u32 job_table::expire(clock::duration now) {
  u32 taken = 0;
  for (auto& [number, j] : jobs_) {
    if (j.state != job_state::leased) continue;
    const bool silent = now - j.heard_at >= ms(config_.lease_ms);
    const bool stalled = now - j.moved_at >= ms(config_.stall_ms_max) ||
                         now - j.leased_at >= ms(config_.prove_ms_max);
    if (!silent && !stalled) continue;
    worker_entry* w = entry_of(j.worker);
    if (w) ++w->lost;
    ++totals_.expired;
    ++taken;
    fail_attempt(j, (w ? w->name : "a worker") + (silent ? " fell silent" : " got no further"),
                 now);
  }
  return taken;
}

void job_table::forgive(clock::duration deaf, clock::duration now) {
  for (auto& [number, j] : jobs_)
    if (j.state == job_state::leased)
      for (clock::duration* since : {&j.leased_at, &j.heard_at, &j.moved_at})
        *since = std::min(*since + deaf, now);
}

void job_table::requeue(job& j, std::string why, clock::duration now, clock::duration wait) {
  j.state = job_state::queued;
  j.worker = {};
  j.progress = {};
  j.reason = printable(why, reason_bytes_max);
  j.not_before = now + wait;
}

/// A worker's failure. Job or worker may be the cause: this worker is not given this job again for
/// a time, nor any other at once; whoever else asks may have it now.
void job_table::fail_attempt(job& j, std::string why, clock::duration now) {
  ++j.failures;
  if (j.failed_by.size() >= config_.workers_remembered_max && !j.failed_by.contains(j.worker_name))
    j.failed_by.erase(j.failed_by.begin());
  failed_attempts& mine = j.failed_by[j.worker_name];
  mine.not_before = now + wait_after(++mine.count);
  if (const auto w = workers_.find(j.worker_name); w != workers_.end())
    w->second.rests_until =
        now + supervision::backoff_delay(config_.backoff, w->second.failures_row++, jitter_);
  requeue(j, std::move(why), now, wait_after_names(static_cast<u32>(j.failed_by.size())));
}

/// Workers that come under ever new names are each given a job that ends them. So many names in, it
/// is rather the job: it waits for everybody, and jobs behind it have their turn.
clock::duration job_table::wait_after_names(u32 names) {
  if (names < config_.attempts_max) return {};
  if (names >= 2 * config_.attempts_max) return ms(config_.stuck_retry_ms);
  return supervision::backoff_delay(config_.backoff, names - config_.attempts_max, jitter_);
}

/// Until a job is tried again after its n-th failure of a kind.
clock::duration job_table::wait_after(u32 failures) {
  if (failures >= config_.attempts_max) return ms(config_.stuck_retry_ms);
  return supervision::backoff_delay(config_.backoff, failures - 1, jitter_);
}

bool job_table::is_stuck(const job& j) const {
  if (j.failures_here >= config_.attempts_max || j.failed_by.size() >= 2 * config_.attempts_max)
    return true;
  if (j.failures < config_.attempts_max) return false;
  return std::all_of(connected_.begin(), connected_.end(), [&](const auto& worker) {
    const auto tried = j.failed_by.find(worker.second);
    return tried != j.failed_by.end() && tried->second.count >= config_.attempts_max;
  });
}

bool job_table::retry(batch_number batch) {
  const auto at = jobs_.find(batch);
  if (at == jobs_.end()) return false;
  job& j = at->second;
  j.failed_by.clear();
  j.failures = j.failures_here = 0;
  j.not_before = {};
  for (auto& [name, w] : workers_) {
    w.suspended_until.reset();
    w.rests_until = {};
    w.lies_row = w.failures_row = 0;
  }
  return true;
}

u32 job_table::connected_outside() const noexcept {
  return static_cast<u32>(std::count_if(connected_.begin(), connected_.end(), [](const auto& w) {
    return w.second != local_worker_name;
  }));
}

u32 job_table::in_flight() const noexcept {
  return static_cast<u32>(std::count_if(jobs_.begin(), jobs_.end(), [](const auto& entry) {
    return entry.second.state != job_state::queued;
  }));
}

worker_entry* job_table::entry_of(worker_number who) {
  const auto at = connected_.find(who);
  return at == connected_.end() ? nullptr : &workers_.at(at->second);
}

const worker_entry* job_table::worker(worker_number who) const {
  return const_cast<job_table*>(this)->entry_of(who);
}

}  // namespace ashlar::prover

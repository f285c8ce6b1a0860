#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/prover/prover_config.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"
#include "runtime/base/strong.hpp"

namespace ashlar::prover {

/// One connection of a worker, until it ends. Never used again.
using worker_number = strong_u64<struct worker_number_tag>;

enum class job_state : u8 {
  queued,    ///< waits for a worker, or for its time
  leased,    ///< a worker proves it
  checking,  ///< a worker has delivered: the result is checked and kept, by us
};
const char* to_text(job_state s) noexcept;

/// Why the table says no.
enum class table_error : u8 {
  unknown_worker,  ///< it has not said who it is, or was forgotten
  name_taken,      ///< a worker of this name is connected
  too_many,        ///< as many workers as are allowed are connected
  suspended,       ///< it lied too often
  no_job,          ///< nothing is to be done now
  stale_epoch,     ///< the job is not, or no longer, this worker's under this epoch
};
const char* to_text(table_error e) noexcept;

/// What a worker says of its job.
struct job_progress {
  u32 pass = 0;  ///< 0: not begun; 1: commits to segments; 2: proves them
  u32 segments_done = 0, segments = 0;
  u64 cycles = 0;
  friend bool operator==(const job_progress&, const job_progress&) = default;
};

/// What one worker, by its name, made of a job.
struct failed_attempts {
  u32 count = 0;
  clock::duration not_before{};  ///< it is not given the job again before
};

struct job {
  batch_number batch;
  job_state state = job_state::queued;
  epoch lease_epoch;     ///< of the last lease
  worker_number worker;  ///< while leased or checking
  std::string worker_name;
  job_progress progress;
  std::pair<u32, u32> furthest;  ///< pass and segments of this lease, whatever was said since
  clock::duration leased_at{};
  clock::duration heard_at{};    ///< its worker's last word
  clock::duration moved_at{};    ///< when it last got further
  clock::duration not_before{};  ///< while queued, for everybody
  u32 failures = 0;              ///< all; refused results do not count: they are the worker's
  u32 failures_here = 0;         ///< of these, such as no worker had a part in
  std::map<std::string, failed_attempts> failed_by;
  std::string reason;  ///< of the last failure or refusal; empty when there was none
};

struct worker_entry {
  std::string name;
  std::optional<worker_number> connected;
  u64 proofs = 0;    ///< accepted
  u64 lies = 0;      ///< refused by the verifier, since the table was made
  u32 lies_row = 0;  ///< of these since the last accepted proof or suspension
  u64 lost = 0;      ///< leases that ran out or ended with its connection
  std::optional<clock::duration> suspended_until;
  u32 failures_row = 0;           ///< jobs that it gave up or lost since its last accepted proof
  clock::duration rests_until{};  ///< and what that costs it: no job before
};

struct job_lease {
  batch_number batch;
  epoch lease_epoch;
};

/// Who proves which batch. Pure: time is an argument, effects are the caller's. One job a batch;
/// the lowest batch is given first. Each lease has an epoch above every earlier one of this table,
/// and of tables with an earlier `generation`; what a worker says counts only while its connection
/// holds the lease of that epoch.
class job_table {
 public:
  /// `generation` rises with each table over the same batches: epochs do not repeat after a
  /// restart, so a worker that lived through it cannot speak for a lease of today.
  job_table(const prover_config& config, u32 generation);

  // Workers. A name is 1 to 32 of a-z, 0-9, '.', '_', '-' (see is_worker_name).
  result<worker_number, table_error> join(const std::string& name);
  /// Its connection ended: what it held is another's at once.
  void leave(worker_number who, clock::duration now);

  // Jobs. `add` is idempotent. Precondition: is_full() is false, or the job is known.
  void add(batch_number batch);
  void remove(batch_number batch);
  bool is_full() const noexcept { return jobs_.size() >= config_.open_max; }

  /// The lowest batch whose time has come for this worker. A worker holds one lease: to ask again
  /// gives up the one before.
  result<job_lease, table_error> lease(worker_number who, clock::duration now);
  status<table_error> renew(worker_number who, batch_number batch, epoch e, const job_progress& p,
                            clock::duration now);
  /// The worker delivers. From here on the lease does not run out.
  status<table_error> deliver(worker_number who, batch_number batch, epoch e, clock::duration now);
  status<table_error> give_up(worker_number who, batch_number batch, epoch e, std::string why,
                              clock::duration now);
  /// No worker's fault or word: a job that is leased or being checked cannot go on.
  void put_back(batch_number batch, std::string why, clock::duration now);

  // The verdict on what was delivered; nothing where the job is no longer checked under `e`.
  void accept(batch_number batch, epoch e);
  /// True where the worker is suspended from now on.
  bool refuse(batch_number batch, epoch e, std::string why, clock::duration now);

  /// Takes leases that ran out. How many.
  u32 expire(clock::duration now);
  /// Nobody could be heard for so long, since whoever keeps the table stood still: that time counts
  /// against no lease.
  void forgive(clock::duration deaf, clock::duration now);

  /// Whether it failed attempts_max times, at the hands of each worker that is connected or at
  /// ours, or in the hands of twice as many workers: it is tried again, but seldom.
  bool is_stuck(const job& j) const;
  /// An operator's word that a cause is mended: the job's failures are forgotten, and workers that
  /// rest or are suspended are given jobs again. False where there is no such job.
  bool retry(batch_number batch);

  const std::map<batch_number, job>& jobs() const noexcept { return jobs_; }
  const std::map<std::string, worker_entry>& workers() const noexcept { return workers_; }
  /// Of a connected worker; null otherwise.
  const worker_entry* worker(worker_number who) const;
  u32 in_flight() const noexcept;

  struct totals {
    u64 leases = 0, accepted = 0, refused = 0, given_up = 0, expired = 0, workers_lost = 0;
    u64 suspensions = 0, stale = 0;
  };
  const totals& counts() const noexcept { return totals_; }

 private:
  job* held(worker_number who, batch_number batch, epoch e);
  void requeue(job& j, std::string why, clock::duration now, clock::duration wait);
  void fail_attempt(job& j, std::string why, clock::duration now);
  clock::duration wait_after(u32 failures);
  clock::duration wait_after_names(u32 names);
  void forget_some_worker();
  u32 connected_outside() const noexcept;
  worker_entry* entry_of(worker_number who);

  prover_config config_;
  epoch last_epoch_;
  supervision::jitter_source jitter_;
  std::map<batch_number, job> jobs_;
  std::map<std::string, worker_entry> workers_;
  std::map<worker_number, std::string> connected_;
  worker_number last_worker_;
  totals totals_;
};

/// Of the worker in the node's own process; it has a place beside workers_max. Who may call itself
/// so is the gate's to say.
inline constexpr std::string_view local_worker_name = "local";

/// Whether a worker may be called so: names stand in logs, metrics and terminals.
bool is_worker_name(std::string_view name) noexcept;

}  // namespace ashlar::prover

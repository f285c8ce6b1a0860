#include "actors/prover/fleet.hpp"

namespace ashlar::prover {
namespace {

/// Jobs that a report names; the others are in its counters.
constexpr std::size_t jobs_shown_max = 64;

u64 seconds_of(clock::duration d) {
  return static_cast<u64>(std::max<i64>(0, d / std::chrono::seconds(1)));
}

std::string progress_of(const job_progress& p) {
  if (p.pass == 0) return "begins";
  // In the first pass the end is not known; in the second the one that is worked on counts.
  if (p.pass == 1 || p.segments == 0)
    return "commits to segment " + std::to_string(p.segments_done + 1);
  return "segment " + std::to_string(std::min(p.segments_done + 1, p.segments)) + " of " +
         std::to_string(p.segments);
}

const job* held_by(const job_table& table, worker_number who) {
  for (const auto& [n, j] : table.jobs())
    if (j.state != job_state::queued && j.worker == who) return &j;
  return nullptr;
}

api::fleet_report::worker report_of(const fleet_view& v, const worker_entry& w) {
  api::fleet_report::worker out;
  out.name = w.name;
  out.proofs = w.proofs;
  out.lies = w.lies;
  out.lost = w.lost;
  const bool suspended = w.suspended_until && v.now < *w.suspended_until;
  out.state = suspended               ? "suspended"
              : !w.connected          ? "gone"
              : v.now < w.rests_until ? "resting"
                                      : "idle";
  if (!w.connected) return out;
  if (const auto t = v.threads.find(*w.connected); t != v.threads.end()) out.threads = t->second;
  const job* j = held_by(v.table, *w.connected);
  if (j == nullptr) return out;
  out.state = j->state == job_state::leased ? "proving" : "checking";
  out.batch = j->batch;
  out.pass = j->progress.pass;
  out.segments_done = j->progress.segments_done;
  out.segments = j->progress.segments;
  out.cycles = j->progress.cycles;
  out.seconds = seconds_of(v.now - j->leased_at);
  return out;
}

struct counts {
  u64 queued = 0, leased = 0, checking = 0, stuck = 0, connected = 0, suspended = 0;
  u64 useless = 0;  ///< connected and suspended
  const job* first_stuck = nullptr;
  const job* first_busy = nullptr;
};

counts count(const fleet_view& v) {
  counts c;
  for (const auto& [n, j] : v.table.jobs()) {
    if (j.state == job_state::queued) ++c.queued;
    if (j.state == job_state::leased) ++c.leased;
    if (j.state == job_state::checking) ++c.checking;
    const bool stuck = v.table.is_stuck(j);
    if (stuck) ++c.stuck;
    if (stuck && !c.first_stuck) c.first_stuck = &j;
    if (j.state != job_state::queued && !c.first_busy) c.first_busy = &j;
  }
  for (const auto& [name, w] : v.table.workers()) {
    if (w.connected) ++c.connected;
    const bool suspended = w.suspended_until && v.now < *w.suspended_until;
    if (suspended) ++c.suspended;
    if (suspended && w.connected) ++c.useless;
  }
  return c;
}

u64 proved_of(const fleet_view& v) {
  const u64 open = v.table.jobs().size();
  return v.taken_up > open ? v.taken_up - open : 0;
}

}  // namespace

std::string text_of(const job_table& table, const job& j) {
  switch (j.state) {
    case job_state::leased:
      return "proved by " + j.worker_name + ": " + progress_of(j.progress);
    case job_state::checking:
      return "its proof is checked";
    case job_state::queued:
      break;
  }
  if (table.is_stuck(j)) return "stuck: " + j.reason;
  return j.reason.empty() ? "waits for a worker" : "waits for a worker; before: " + j.reason;
}

api::fleet_report_ptr report_of(const fleet_view& v) {
  auto out = std::make_shared<api::fleet_report>();
  out->program_commitment = v.checker.program_commitment();
  out->params = v.checker.params_name();
  out->proved = proved_of(v);
  out->trouble = v.trouble;
  for (const auto& [name, w] : v.table.workers()) out->workers.push_back(report_of(v, w));
  for (const auto& [n, j] : v.table.jobs()) {
    if (out->jobs.size() == jobs_shown_max) break;
    const bool queued = j.state == job_state::queued;
    out->jobs.push_back({n, queued && v.table.is_stuck(j) ? "stuck" : to_text(j.state),
                         queued ? "" : j.worker_name, j.failures, j.reason});
  }
  for (const proof_record& r : v.proved)
    out->proofs.push_back(
        {r.batch, r.proof_hash, r.proof_bytes, r.cycles, r.segments, r.seconds, r.worker});
  return out;
}

api::role_status status_of(const fleet_view& v) {
  const counts c = count(v);
  api::role_status s;
  s.role = "prover";
  s.doing = c.first_busy ? "batch " + std::to_string(c.first_busy->batch.value) + " " +
                               text_of(v.table, *c.first_busy)
                         : "nothing to prove";
  if (!c.first_busy && !v.table.jobs().empty())
    s.doing = "waits with batch " + std::to_string(v.table.jobs().begin()->first.value);
  s.doing += "; " + std::to_string(proved_of(v)) + " of " + std::to_string(v.sealed.value) +
             " sealed batches proved here";
  if (!v.trouble.empty())
    s.waits_for = v.trouble;
  else if (c.first_stuck)
    s.waits_for = "batch " + std::to_string(c.first_stuck->batch.value) +
                  " is stuck: " + c.first_stuck->reason;
  else if (!v.table.jobs().empty() && c.connected == 0)
    s.waits_for = "a worker: none is registered";
  else if (!v.table.jobs().empty() && c.connected == c.useless)
    s.waits_for = "a worker: all that are registered are suspended, their proofs were refused";
  s.healthy = s.waits_for.empty();
  const auto& t = v.table.counts();
  s.counters = {{"batches_proved", proved_of(v)},
                {"jobs_queued", c.queued},
                {"jobs_leased", c.leased},
                {"jobs_checking", c.checking},
                {"jobs_stuck", c.stuck},
                {"workers", c.connected},
                {"workers_suspended", c.suspended},
                {"leases_total", t.leases},
                {"accepted_total", t.accepted},
                {"refused_total", t.refused},
                {"given_up_total", t.given_up},
                {"expired_total", t.expired},
                {"workers_lost_total", t.workers_lost},
                {"suspensions_total", t.suspensions},
                {"stale_total", t.stale},
                {"damaged_total", v.damaged}};
  return s;
}

std::string preparing_text(const std::string& trouble) {
  return trouble.empty() ? "preparing: the key of the program is made" : "cannot prove: " + trouble;
}

api::fleet_report_ptr preparing_report(const std::string& trouble) {
  auto out = std::make_shared<api::fleet_report>();
  out->trouble = preparing_text(trouble);
  return out;
}

api::role_status preparing_status(const std::string& trouble) {
  api::role_status s;
  s.role = "prover";
  s.healthy = trouble.empty();
  (s.healthy ? s.doing : s.waits_for) = preparing_text(trouble);
  return s;
}

}  // namespace ashlar::prover

#include "actors/prover/prover.hpp"

#include <deque>

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/api/errors.hpp"
#include "actors/prover/checker.hpp"
#include "actors/prover/fleet.hpp"
#include "actors/prover/job_table.hpp"
#include "actors/supervision/fault_point.hpp"
#include "actors/supervision/supervisor.hpp"

namespace ashlar::prover {

using namespace api;  // the messages and atoms of the interface

namespace {

using prover_impl = prover_actor::extend<caf::reacts_to<tick_atom>>;
using ack_promise = caf::typed_response_promise<api::ack>;

caf::error error_of(table_error e) {
  switch (e) {
    case table_error::unknown_worker:
      return make_error(errc::invalid_argument, to_text(e));
    case table_error::name_taken:
    case table_error::too_many:
      return make_error(errc::busy, to_text(e));
    case table_error::suspended:
    case table_error::no_job:
      return make_error(errc::no_job, to_text(e));
    case table_error::stale_epoch:
      return make_error(errc::stale_epoch, to_text(e));
  }
  return make_error(errc::failed);
}

/// A delivered proof until it is kept or refused.
struct delivery {
  epoch lease_epoch;
  check_order order;
  std::optional<ack_promise> waits;  ///< its worker, until it is verified
  bool asked = false;                ///< the checker has it
  u32 write_failures = 0;
  clock::duration not_before{};
};

struct prover_state {
  prover_impl::pointer self = nullptr;
  prover_config config;
  std::optional<prover_parts> parts;
  supervision::spawn_policy policy;
  std::shared_ptr<supervision::role_directory> directory;
  std::optional<job_table> table;
  std::shared_ptr<const proof_checker> held_to;  // null while it is still made
  caf::actor checker;                            // verifies by it
  std::map<caf::actor_addr, worker_number> workers;
  std::map<worker_number, u32> threads;
  std::map<batch_number, delivery> deliveries;
  std::optional<supervision::jitter_source> jitter;
  caf::actor_addr followed;         // the batch role that tells of sealed batches
  batch_number scanned;             // every batch up to it was looked at
  u64 taken_up = 0;                 // of these, how many L1 has not proved
  std::deque<batch_number> audits;  // found proved when the role started; their files unread yet
  bool auditing = false;
  clock::duration audit_not_before{};
  batch_number dropped;      // proofs of all batches up to it
  std::string scan_trouble;  // why batches are not looked at; empty when they are
  u64 damaged = 0;
  std::deque<proof_record> proved;  // the last ones, newest first
  std::string trouble;              // why proofs cannot be kept; empty when they can
  std::optional<clock::duration> worked_at;

  static constexpr const char* name = "prover";

  ~prover_state() {
    // Who waits for a verdict shall not wait for its time-out.
    for (auto& [n, d] : deliveries)
      if (d.waits) d.waits->deliver(make_error(errc::shutting_down, "the prover role ended"));
  }

  clock::duration now() const { return parts->time.steady(); }

  bool begin() {
    const auto generation = parts->archive.next_generation();
    if (!generation) {
      self->quit(make_error(errc::storage_failed, store::to_text(generation.error())));
      return false;
    }
    table.emplace(config, *generation);
    jitter.emplace(config.jitter_seed);
    return true;
  }

  /// False while there is nothing to hold proofs to.
  bool prepare() {
    if (held_to) return true;
    held_to = parts->checker->get();
    if (!held_to) return false;
    checker = spawn_checker(self->system(), policy, held_to, parts->archive);
    self->link_to(checker);  // neither is of use without the other
    return true;
  }

  // What is to be proved.

  /// The record of a proof of this very batch by this program under these parameters. Error: it is
  /// not to be told now.
  result<std::optional<proof_record>, store::error> proof_of(
      const store::sealed_batch& batch) const {
    ASHLAR_TRY(auto r, parts->archive.look_up(batch.number));
    if (r && r->public_input_hash == public_input_hash(batch.input) &&
        r->program_commitment == held_to->program_commitment() &&
        r->params == held_to->params_name())
      return r;
    return std::optional<proof_record>();
  }

  void remember(proof_record r) {
    proved.push_front(std::move(r));
    if (proved.size() > config.proved_shown_max) proved.pop_back();
  }

  /// False where the role ends, or there is no room.
  bool take_up(batch_number n) {
    if (table->is_full()) return false;
    const auto batch = parts->batches.get(n);
    const auto settled = parts->batches.settlement(n);
    if (!batch || !settled) {
      self->quit(make_error(errc::storage_failed,
                            store::to_text(batch ? settled.error() : batch.error())));
      return false;
    }
    if (settled->stage >= batch_stage::proved) {
      scanned = n;
      return true;
    }
    auto done = proof_of(*batch);
    if (!done) {
      scan_trouble = "records of proofs cannot be read: " + store::to_text(done.error());
      return false;
    }
    scan_trouble.clear();
    scanned = n;
    ++taken_up;
    if (*done) {
      remember(std::move(**done));
      audits.push_back(n);
    } else {
      table->add(n);
    }
    return true;
  }

  void scan() {
    if (!held_to) return;
    const batch_number last = parts->batches.last();
    for (u32 i = 0; i < config.scan_max && scanned < last && audits.size() < config.open_max; ++i)
      if (!take_up(scanned.next())) return;
  }

  /// A batch that was laid again has another public input, and its old proof is none.
  void look_again(batch_number n) {
    if (scanned < n || table->jobs().contains(n) || table->is_full()) return;
    const auto batch = parts->batches.get(n);
    if (!batch.ok()) return;
    const auto done = proof_of(*batch);
    if (done.ok() && !*done) table->add(n);
  }

  /// Proofs of batches that L1 has executed, but for the last ones.
  void drop_old_proofs() {
    const u64 last = parts->batches.last().value;
    for (u32 i = 0; i < config.scan_max; ++i) {
      const batch_number n = dropped.next();
      if (n.value + config.proofs_kept_max > last || n > scanned) return;
      const auto settled = parts->batches.settlement(n);
      if (!settled || settled->stage < batch_stage::executed) return;
      caf::anon_send(checker, drop_atom::value, n.value);
      dropped = n;
    }
  }

  void audit_next() {
    if (auditing || audits.empty() || now() < audit_not_before) return;
    auditing = true;
    const batch_number n = audits.front();
    audits.pop_front();
    self->request(checker, std::chrono::milliseconds(config.check_timeout_ms), audit_atom::value,
                  n.value)
        .then(
            [this, n](bool whole) {
              auditing = false;
              if (whole) return audit_next();
              ++damaged;
              std::erase_if(proved, [n](const proof_record& r) { return r.batch == n; });
              config.log.warning("proof is damaged on disk, the batch is proved again",
                                 {{"batch", n.value}});
              if (table->is_full() && !table->jobs().contains(n))
                return audits.push_back(n);  // found missing, once there is room
              table->add(n);
            },
            [this, n](caf::error& why) {
              auditing = false;
              audits.push_back(n);
              audit_not_before = now() + std::chrono::milliseconds(config.stuck_retry_ms);
              config.log.warning("proof cannot be looked at, later again",
                                 {{"batch", n.value}, {"why", api::to_text(why)}});
            });
  }

  // Workers.

  std::optional<worker_number> sender() const {
    const auto at = workers.find(caf::actor_cast<caf::actor_addr>(self->current_sender()));
    return at == workers.end() ? std::nullopt : std::optional(at->second);
  }
  /// Of one that has not registered: a number that no worker has.
  worker_number sender_or_nobody() const { return sender().value_or(worker_number{}); }

  caf::result<api::ack> hello(const worker_hello& h) {
    const auto who = caf::actor_cast<caf::actor_addr>(self->current_sender());
    if (!who) return make_error(errc::invalid_argument, "a worker needs an address");
    if (!held_to) return make_error(errc::not_ready, preparing_text(parts->checker->trouble()));
    if (!is_worker_name(h.name))
      return make_error(errc::invalid_argument,
                        "a worker's name is 1 to 32 of a-z, 0-9, '.', '_', '-'");
    if (h.program_commitment != held_to->program_commitment() || h.params != held_to->params_name())
      return make_error(errc::invalid_argument,
                        "this node proves another program, or with other parameters (" +
                            held_to->params_name() + ")");
    if (workers.contains(who)) return api::ack{};
    const auto number = table->join(h.name);
    if (!number) return error_of(number.error());
    workers.emplace(who, *number);
    threads.emplace(*number, h.threads);
    self->monitor(self->current_sender());
    config.log.info("worker registered", {{"worker", h.name}});
    return api::ack{};
  }

  void down(const caf::actor_addr& who) {
    if (who == followed) followed = {};
    const auto at = workers.find(who);
    if (at == workers.end()) return;
    table->leave(at->second, now());
    threads.erase(at->second);
    workers.erase(at);
  }

  caf::result<proof_lease> lease() {
    const auto who = sender();
    if (!who) return error_of(table_error::unknown_worker);
    for (u32 tries = 0; tries < config.scan_max; ++tries) {
      const auto given = table->lease(*who, now());
      if (!given) return error_of(given.error());
      supervision::fault_point("prover.leased");
      const auto batch = parts->batches.get(given->batch);
      if (batch.ok() && parts->witnesses.has(batch->witness_hash))
        return proof_lease{given->batch, given->lease_epoch, batch->witness_hash, config.lease_ms};
      table->put_back(given->batch, "its witness is not in the store", now());
    }
    return error_of(table_error::no_job);
  }

  caf::result<u32> renew(const proof_progress& p) {
    const auto done = table->renew(sender_or_nobody(), p.batch, p.lease_epoch,
                                   {p.pass, p.segments_done, p.segments, p.cycles}, now());
    if (!done) return error_of(done.error());
    return config.lease_ms;
  }

  caf::result<api::ack> give_up(batch_number n, epoch e, const std::string& why) {
    const auto done = table->give_up(sender_or_nobody(), n, e, why, now());
    if (!done) return error_of(done.error());
    config.log.warning("worker gave a proof up",
                       {{"batch", n.value}, {"why", table->jobs().at(n).reason}});
    return api::ack{};
  }

  caf::result<api::ack> retry(batch_number n) {
    if (!table->retry(n))
      return make_error(errc::not_found, "batch " + std::to_string(n.value) +
                                             " is not among those that are to be proved");
    config.log.info("batch is tried again as asked", {{"batch", n.value}});
    return api::ack{};
  }

  // What workers deliver.

  caf::result<api::ack> finish(const proof_offer_ptr& offer) {
    const auto done = table->deliver(sender_or_nobody(), offer->batch, offer->lease_epoch, now());
    if (!done) return error_of(done.error());
    const auto batch = parts->batches.get(offer->batch);
    if (!batch) {
      table->put_back(offer->batch, store::to_text(batch.error()), now());
      return make_error(errc::busy, store::to_text(batch.error()));
    }
    const job& j = table->jobs().at(offer->batch);
    delivery d;
    d.lease_epoch = offer->lease_epoch;
    d.order.offer = offer;
    proof_record& r = d.order.record;
    r.batch = offer->batch;
    r.public_input_hash = public_input_hash(batch->input);
    r.program_commitment = held_to->program_commitment();
    r.params = held_to->params_name();
    r.cycles = offer->cycles;
    r.segments = offer->segments;
    r.seconds = static_cast<u64>((now() - j.leased_at) / std::chrono::seconds(1));
    r.worker = j.worker_name;
    ack_promise promise = self->make_response_promise<api::ack>();
    d.waits = promise;
    deliveries.insert_or_assign(offer->batch, std::move(d));
    check(offer->batch);
    return promise;
  }

  void check(batch_number n) {
    delivery& d = deliveries.at(n);
    d.asked = true;
    const epoch e = d.lease_epoch;
    self->request(checker, std::chrono::milliseconds(config.check_timeout_ms), check_atom::value,
                  check_order_ptr(std::make_shared<check_order>(d.order)))
        .then([this, n, e](const check_verdict_ptr& v) { on_verdict(n, e, *v); },
              [this, n, e](caf::error& why) { on_no_verdict(n, e, api::to_text(why)); });
  }

  /// The delivery that a verdict is about; null where it is another one by now.
  delivery* awaited(batch_number n, epoch e) {
    const auto at = deliveries.find(n);
    return at != deliveries.end() && at->second.lease_epoch == e ? &at->second : nullptr;
  }

  void on_verdict(batch_number n, epoch e, const check_verdict& v) {
    delivery* d = awaited(n, e);
    if (d == nullptr) return;
    if (v.what == check_verdict::kind::refused) return refused(n, *d, v.why);
    supervision::fault_point("prover.kept");
    if (d->waits) d->waits->deliver(api::ack{});
    d->waits.reset();
    if (v.what == check_verdict::kind::not_kept) {
      // It holds, so it is not thrown away: its bytes wait here for the disk.
      d->order.verified = true;
      d->asked = false;
      d->not_before =
          now() + supervision::backoff_delay(config.backoff, d->write_failures++, *jitter);
      trouble = "the proof of batch " + std::to_string(n.value) + " cannot be written: " + v.why;
      config.log.error("proof cannot be written", {{"batch", n.value}, {"why", v.why}});
      return;
    }
    trouble.clear();
    table->accept(n, e);
    deliveries.erase(n);
    remember(v.record);
    look_again(n);  // it may have been laid again meanwhile
    config.log.info("batch proved", {{"batch", n.value},
                                     {"worker", v.record.worker},
                                     {"segments", u64{v.record.segments}},
                                     {"cycles", v.record.cycles},
                                     {"proof_bytes", v.record.proof_bytes},
                                     {"seconds", v.record.seconds}});
  }

  void refused(batch_number n, delivery& d, const std::string& why) {
    const std::string worker = d.order.record.worker;
    if (d.waits) d.waits->deliver(make_error(errc::failed, "the proof is refused: " + why));
    const epoch e = d.lease_epoch;
    deliveries.erase(n);
    const bool suspended =
        table->refuse(n, e, "a proof by " + worker + " was refused: " + why, now());
    config.log.warning("proof refused", {{"batch", n.value}, {"worker", worker}, {"why", why}});
    if (suspended) config.log.warning("worker suspended", {{"worker", worker}});
  }

  void on_no_verdict(batch_number n, epoch e, const std::string& why) {
    delivery* d = awaited(n, e);
    if (d == nullptr) return;
    if (d->order.verified) {
      d->asked = false;
      return;
    }
    if (d->waits) d->waits->deliver(make_error(errc::busy, "the proof could not be checked"));
    deliveries.erase(n);
    table->put_back(n, "the proof could not be checked: " + why, now());
  }

  // The round.

  void follow_batches() {
    if (!directory) return;
    const auto batch = directory->find_as<batch_actor>("batch");
    if (!batch || batch.address() == followed) return;
    followed = batch.address();
    self->monitor(batch);
    self->request(batch, std::chrono::milliseconds(config.lease_ms), follow_atom::value,
                  caf::actor_cast<batch_follower_actor>(self), parts->batches.last().next())
        .then([](api::ack) {}, [this](caf::error&) { followed = {}; });
  }

  /// A round that comes late was preceded by a time in which no worker could be heard: this process
  /// was stopped, or a store held it up.
  void forgive_deafness() {
    const clock::duration tick = std::chrono::milliseconds(config.tick_ms), at = now();
    if (worked_at && at - *worked_at > 2 * tick) table->forgive(at - *worked_at - tick, at);
    worked_at = at;
  }

  void log_expired(u32 count) {
    if (count > 0) config.log.warning("leases ran out", {{"leases", u64{count}}});
  }

  void work() {
    follow_batches();
    if (!prepare()) return;
    forgive_deafness();
    log_expired(table->expire(now()));
    scan();
    audit_next();
    drop_old_proofs();
    std::vector<batch_number> due;
    for (const auto& [n, d] : deliveries)
      if (!d.asked && d.not_before <= now()) due.push_back(n);
    for (const batch_number n : due) check(n);
  }

  /// Others may prove where the worker of this process cannot: that is told where there is none.
  std::string worst_trouble() const {
    if (!trouble.empty()) return trouble;
    if (!scan_trouble.empty()) return scan_trouble;
    const std::string why = parts->checker->trouble();
    if (why.empty() || !workers.empty()) return {};
    return "the worker in this process cannot prove: " + why;
  }

  fleet_view view() const {
    return {*table, threads,  *held_to, scanned,         parts->batches.last(),
            proved, taken_up, damaged,  worst_trouble(), now()};
  }

  caf::result<batch_proof_status> status_of(batch_number n) const {
    const auto batch = parts->batches.get(n);
    if (!batch) return make_error(errc::not_found, "no batch " + std::to_string(n.value));
    batch_proof_status s;
    if (!held_to) {
      s.doing = preparing_text(parts->checker->trouble());
      return s;
    }
    const auto at = table->jobs().find(n);
    if (at != table->jobs().end()) {
      s.doing = text_of(*table, at->second);
      return s;
    }
    const auto settled = parts->batches.settlement(n);
    if (const auto done = proof_of(*batch); !done) {
      s.doing = store::to_text(done.error());
    } else if (*done) {
      s.proved = true;
      s.proof_hash = (*done)->proof_hash;
    } else if (settled && settled->stage >= batch_stage::proved) {
      s.doing = "proved on L1";
    } else {
      s.doing = "waits for its turn";
    }
    return s;
  }
};

prover_impl::behavior_type coordinate(
    prover_impl::stateful_pointer<prover_state> self, supervision::spawn_policy policy,
    const prover_config& config, const prover_parts& parts,
    const std::shared_ptr<supervision::role_directory>& directory) {
  prover_state& state = self->state;
  state.self = self;
  state.config = config;
  state.parts.emplace(parts);
  state.policy = policy;
  state.directory = directory;
  supervision::name_exceptions(self);
  if (!state.begin()) return prover_impl::behavior_type::make_empty_behavior();
  state.prepare();
  self->set_down_handler([&state](caf::down_msg& down) { state.down(down.source); });
  self->send(self, tick_atom::value);
  return {
      [&state](batch_atom, const batch_sealed& sealed) {
        state.look_again(sealed.number);
        state.scan();
        return api::ack{};
      },
      [&state](hello_atom, const worker_hello& h) { return state.hello(h); },
      [&state](lease_atom) { return state.lease(); },
      [&state](renew_atom, const proof_progress& p) { return state.renew(p); },
      [&state](finish_atom, const proof_offer_ptr& offer) { return state.finish(offer); },
      [&state](giveup_atom, batch_number n, epoch e, const std::string& why) {
        return state.give_up(n, e, why);
      },
      [&state](restart_atom, batch_number n) { return state.retry(n); },
      [&state](status_atom, batch_number n) { return state.status_of(n); },
      [&state](fleet_atom) {
        return state.held_to ? report_of(state.view())
                             : preparing_report(state.parts->checker->trouble());
      },
      [&state](status_atom) {
        return state.held_to ? status_of(state.view())
                             : preparing_status(state.parts->checker->trouble());
      },
      [&state](tick_atom) {
        state.work();
        state.self->delayed_send(state.self, std::chrono::milliseconds(state.config.tick_ms),
                                 tick_atom::value);
      },
  };
}

}  // namespace

api::prover_actor spawn_prover(caf::actor_system& system, supervision::spawn_policy policy,
                               const prover_config& config, const prover_parts& parts,
                               std::shared_ptr<supervision::role_directory> directory) {
  ensure(config.validate().empty());
  return caf::actor_cast<prover_actor>(supervision::spawn_blocking(
      system, policy, coordinate, policy, config, parts, std::move(directory)));
}

supervision::child_spec supervised_prover(supervision::spawn_policy policy,
                                          const prover_config& config, const prover_parts& parts,
                                          std::shared_ptr<supervision::role_directory> directory) {
  supervision::supervisor_config tree;
  tree.name = "proving";
  // The restarts wait 1, 2, 4, 8 and 16 s, so each time that this gives up took 25 s at the least.
  tree.intensity = {5, std::chrono::seconds(120)};
  tree.backoff = {std::chrono::seconds(1), std::chrono::seconds(60), 20, std::chrono::seconds(120)};
  tree.directory = directory;
  tree.log = config.log;
  return supervision::supervisor_child(
      std::move(tree), {{"prover", supervision::restart_type::permanent,
                         [policy, config, parts, directory](caf::actor_system& system) {
                           return caf::actor_cast<caf::actor>(
                               spawn_prover(system, policy, config, parts, directory));
                         }}});
}

}  // namespace ashlar::prover

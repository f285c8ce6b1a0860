#include "actors/sequencer/sequencer.hpp"

#include <map>
#include <mutex>

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/api/errors.hpp"
#include "actors/supervision/fault_point.hpp"
#include "actors/supervision/spawn.hpp"

namespace ashlar::sequencer {

using namespace api;  // the messages and atoms of the interface

namespace {

// What the engine's threads tell the actor. Private: not part of the role's interface.
using answered_atom = caf::atom_constant<caf::atom("answered")>;
using moved_atom = caf::atom_constant<caf::atom("moved")>;
using expire_atom = caf::atom_constant<caf::atom("expire")>;
using sequencer_impl =
    sequencer_actor::extend<caf::reacts_to<answered_atom, u64, submit_answer_list_ptr>,
                            caf::reacts_to<moved_atom>, caf::reacts_to<tick_atom>,
                            caf::reacts_to<expire_atom>>;

}  // namespace

class head_relay {
 public:
  /// The actor that is told from now on; what it takes by.
  u64 connect(sequencer_impl to) {
    std::lock_guard lock{mutex_};
    to_ = caf::actor_cast<caf::weak_actor_ptr>(to);
    newest_.reset();  // it begins with the head that there is
    is_told_ = false;
    return ++turn_;
  }
  void tell(const head_event& e) {
    caf::strong_actor_ptr who;
    {
      std::lock_guard lock{mutex_};
      newest_ = e;
      if (is_told_) return;
      who = to_.lock();
      is_told_ = who != nullptr;
    }
    if (who) caf::anon_send(caf::actor_cast<sequencer_impl>(who), moved_atom::value);
  }
  /// The newest head, once; none: the next one is told. None for an actor that another one has
  /// replaced, which may still work off its mailbox.
  std::optional<head_event> take(u64 turn) {
    std::lock_guard lock{mutex_};
    if (turn != turn_) return std::nullopt;
    is_told_ = newest_.has_value();
    return std::exchange(newest_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  caf::weak_actor_ptr to_;
  u64 turn_ = 0;
  std::optional<head_event> newest_;  // that the actor has not taken
  bool is_told_ = false;              // it has been told of one, and will take until there is none
};

std::shared_ptr<head_relay> make_head_relay() {
  return std::make_shared<head_relay>();
}

std::function<void(const head_event&)> relay_head(std::shared_ptr<head_relay> relay) {
  return [relay = std::move(relay)](const head_event& e) { relay->tell(e); };
}

namespace {

struct follower {
  head_follower_actor who;
  bool asked = false;  // one event is in flight
  std::optional<head_event> next;
};

struct sequencer_state {
  sequencer_impl::pointer self = nullptr;
  actor_config config;
  bool threads = true;
  std::shared_ptr<engine> core;
  std::shared_ptr<head_relay> heads;
  u64 turn = 0;  // at the heads
  u64 next_request = 1;
  std::map<u64, caf::typed_response_promise<submit_answer_list_ptr>> waiting;
  std::map<caf::actor_addr, follower> followers;
  std::vector<caf::typed_response_promise<api::ack>> draining;

  static constexpr const char* name = "sequencer";

  ~sequencer_state() {
    // CAF forgets promises that are not kept: who waits would wait for its timeout.
    for (auto& [key, promise] : waiting) promise.deliver(make_error(errc::not_ready));
    for (auto& promise : draining) promise.deliver(make_error(errc::not_ready));
  }

  caf::result<submit_answer_list_ptr> submit(const submission_list_ptr& list) {
    if (!list) return make_error(errc::invalid_argument, "no submissions");
    if (waiting.size() >= config.requests_max) return make_error(errc::busy);
    const u64 key = next_request++;
    auto promise = self->make_response_promise<submit_answer_list_ptr>();
    waiting.emplace(key, promise);
    const auto me = caf::actor_cast<caf::weak_actor_ptr>(self);
    const bool taken = core->submit(list, [me, key](submit_answer_list_ptr answers) {
      if (auto who = me.lock())
        caf::anon_send(caf::actor_cast<sequencer_impl>(who), answered_atom::value, key,
                       std::move(answers));
    });
    if (!taken) {
      waiting.erase(key);
      promise.deliver(make_error(errc::busy));
    }
    supervision::fault_point("sequencer.taken");
    return promise;
  }

  void answered(u64 key, const submit_answer_list_ptr& answers) {
    const auto it = waiting.find(key);
    if (it == waiting.end()) return;
    it->second.deliver(answers);
    waiting.erase(it);
  }

  void offer(follower& f, const head_event& e) {
    if (f.asked) {
      f.next = e;  // what came before it is in it
      return;
    }
    f.asked = true;
    const auto address = f.who.address();
    const auto credit = [this, address](bool answered) {
      const auto it = followers.find(address);
      if (it == followers.end()) return;
      it->second.asked = false;
      // A follower that did not answer gets the newest head when there is one.
      if (!answered && !it->second.next) return;
      if (const auto next = std::exchange(it->second.next, std::nullopt)) offer(it->second, *next);
    };
    self->request(f.who, std::chrono::milliseconds(config.follower_timeout_ms), head_atom::value, e)
        .then([credit](api::ack) { credit(true); }, [credit](caf::error&) { credit(false); });
  }

  void moved() {
    const auto e = heads->take(turn);
    if (!e) return;
    for (auto& [address, f] : followers) offer(f, *e);
    self->delayed_send(self, std::chrono::milliseconds(config.head_rest_ms), moved_atom::value);
  }

  caf::result<head_event> follow(const head_follower_actor& who) {
    if (followers.size() >= config.followers_max) return make_error(errc::busy);
    const head_event now = core->head();
    const auto [it, added] = followers.try_emplace(who.address(), follower{who, false, {}});
    if (added) self->monitor(who);
    offer(it->second, now);
    return now;
  }

  caf::result<api::ack> drain() {
    if (core->drain()) return api::ack{};
    auto promise = self->make_response_promise<api::ack>();
    draining.push_back(promise);
    self->delayed_send(self, std::chrono::milliseconds(config.step_ms), tick_atom::value);
    return promise;
  }

  void tick() {
    if (!threads) {
      while (core->step()) {
      }
    }
    if (!draining.empty() && core->drain()) {
      for (auto& p : draining) p.deliver(api::ack{});
      draining.clear();
    }
    if (!threads || !draining.empty())
      self->delayed_send(self, std::chrono::milliseconds(config.step_ms), tick_atom::value);
  }

  void expire() {
    core->expire_waits();
    self->delayed_send(self, std::chrono::milliseconds(config.expire_ms), expire_atom::value);
  }

  role_status status() const {
    const auto c = core->totals();
    const auto p = core->pool().totals();
    role_status s;
    s.role = "sequencer";
    s.doing = "head " + std::to_string(core->head().number.value);
    s.waits_for = core->why_unconfirmed();
    if (s.waits_for.empty()) s.waits_for = core->clock_alarm();
    s.healthy = s.waits_for.empty();
    s.counters = {{"blocks", c.blocks},
                  {"txns", c.txns},
                  {"priority_txns", c.priority_txns},
                  {"gas", c.gas},
                  {"submitted", c.submitted},
                  {"refused", c.refused},
                  {"dropped", c.dropped},
                  {"pending", p.pending_txns},
                  {"queued", p.queued_txns},
                  {"pool_bytes", p.bytes},
                  {"priority_waiting", c.priority_waiting},
                  {"execute_ns", c.execute_ns},
                  {"finish_ns", c.finish_ns},
                  {"append_ns", c.append_ns},
                  {"publish_ns", c.publish_ns},
                  {"replayed_blocks", c.replayed_blocks},
                  {"replayed_txns", c.replayed_txns}};
    return s;
  }
};

sequencer_impl::behavior_type sequence(sequencer_impl::stateful_pointer<sequencer_state> self,
                                       const actor_config& config, bool threads,
                                       const std::shared_ptr<engine>& core,
                                       const std::shared_ptr<head_relay>& heads) {
  sequencer_state& state = self->state;
  state.self = self;
  state.config = config;
  state.threads = threads;
  state.core = core;
  state.heads = heads;
  supervision::name_exceptions(self);
  state.turn = heads->connect(sequencer_impl{self});
  self->set_down_handler([&state](caf::down_msg& down) { state.followers.erase(down.source); });
  if (!threads)
    self->delayed_send(self, std::chrono::milliseconds(config.step_ms), tick_atom::value);
  else
    state.expire();
  return {
      [&state](submit_atom, const submission_list_ptr& list) { return state.submit(list); },
      [&state](priority_atom, const priority_list_ptr& ops) -> caf::result<priority_id> {
        if (!ops) return make_error(errc::invalid_argument, "no operations");
        const auto next = state.core->add_priority(*ops);
        if (next.ok()) return *next;
        return make_error(errc::priority_gap,
                          "operation " + std::to_string(next.error().due.value) + " is due");
      },
      [&state](priority_atom) { return state.core->next_priority(); },
      [&state](lookup_atom, const hash256& hash) {
        return std::make_shared<const pool_lookup>(state.core->pool().lookup(hash));
      },
      [&state](confirm_atom, const hash256& hash) -> caf::result<soft_confirmation_ptr> {
        const auto c = state.core->confirm(hash);
        if (!c) return make_error(errc::not_found, "no block has this transaction");
        return std::make_shared<const soft_confirmation>(*c);
      },
      [&state](nonce_atom, const address& who) { return state.core->pool().pending_nonce(who); },
      [&state](censor_atom, const censor_list& list) {
        state.core->pool().set_censored(list.senders);
        return api::ack{};
      },
      [&state](totals_atom) {
        pool_totals t = state.core->pool().totals();
        t.priority_txns = state.core->totals().priority_waiting;
        return t;
      },
      [&state](follow_atom, const head_follower_actor& who) { return state.follow(who); },
      [&state](drain_atom) { return state.drain(); },
      [&state](status_atom) { return state.status(); },
      [&state](answered_atom, u64 key, const submit_answer_list_ptr& answers) {
        state.answered(key, answers);
      },
      [&state](moved_atom) {
        state.moved();
        supervision::fault_point("sequencer.moved");
      },
      [&state](tick_atom) { state.tick(); },
      [&state](expire_atom) { state.expire(); },
  };
}

}  // namespace

sequencer_actor spawn_sequencer(caf::actor_system& system, const actor_config& config, bool threads,
                                std::shared_ptr<engine> core, std::shared_ptr<head_relay> heads) {
  // Reads of cold accounts and signatures block: it has a thread of its own where threads are on.
  return supervision::spawn_blocking(system, {threads}, sequence, config, threads, std::move(core),
                                     std::move(heads));
}

}  // namespace ashlar::sequencer

#include "actors/supervision/supervisor.hpp"

#include <map>
#include <set>

#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/api/errors.hpp"
#include "actors/supervision/spawn.hpp"
#include "runtime/base/ensure.hpp"

namespace ashlar::supervision {

namespace {

using api::child_phase;

// The tick is private: timers carry the key of what is due.
using supervisor_impl = api::supervisor_actor::extend<caf::reacts_to<api::tick_atom, u64>>;

struct child {
  child_spec spec;
  caf::actor handle;  // invalid while it does not run
  child_phase phase = child_phase::stopped;
  u32 restarts = 0;
  u32 failures_in_row = 0;
  duration started_at{};
  std::string last_reason;
  u64 timer = 0;              // key of the timer that concerns it, 0 for none
  bool started_once = false;  // a temporary child is not started a second time
  bool start_after_stop = false;
  caf::typed_response_promise<api::ack> asked_restart;
};

struct supervisor_state {
  supervisor_impl::pointer self = nullptr;
  supervisor_config config;
  std::vector<child> children;
  restart_history history{intensity_limit{}};
  jitter_source jitter{1};

  enum class mode { running, ending } now = mode::running;
  caf::error end_reason;

  // Group strategies: children from `group_from` on are being ended, waited for and restarted.
  bool group_active = false;
  std::size_t group_from = 0;
  u64 group_timer = 0;
  bool group_waited = false;
  duration group_wait{};

  u64 next_timer = 1;
  std::map<u64, std::function<void()>> timers;

  static constexpr const char* name = "supervisor";

  ~supervisor_state() {
    // A kill skips the ordered end: the children must not outlive it unwatched.
    for (child& c : children)
      if (c.handle) caf::anon_send_exit(c.handle, caf::exit_reason::kill);
  }

  duration clock_now() const {
    return std::chrono::duration_cast<duration>(self->clock().now().time_since_epoch());
  }

  u64 after(duration wait, std::function<void()> due) {
    const u64 key = next_timer++;
    timers.emplace(key, std::move(due));
    self->delayed_send(self, wait, api::tick_atom::value, key);
    return key;
  }

  void cancel(u64& key) {
    timers.erase(key);
    key = 0;
  }

  bool is_group() const { return config.strategy != strategy::one_for_one; }

  std::size_t group_start(std::size_t failed) const {
    return config.strategy == strategy::one_for_all ? 0 : failed;
  }

  // -- starting ---------------------------------------------------------------------------------

  /// False where it failed; the failure is not handled here.
  bool start(child& c) {
    c.phase = child_phase::starting;
    c.start_after_stop = false;
    c.started_once = true;
    c.started_at = clock_now();
    try {
      c.handle = c.spec.start(self->system());
    } catch (const std::exception& e) {
      c.last_reason = std::string("start failed: ") + e.what();
    } catch (...) {
      c.last_reason = "start failed: unknown exception";
    }
    if (!c.handle) {
      if (c.last_reason.empty()) c.last_reason = "start failed: no actor";
      c.phase = child_phase::stopped;
      return false;
    }
    self->monitor(c.handle);
    c.phase = child_phase::running;
    // A supervisor plays no role.
    if (config.directory && !c.spec.is_supervisor)
      config.directory->set(c.spec.name, c.handle, c.restarts);
    if (c.asked_restart.pending()) c.asked_restart.deliver(api::ack{});
    return true;
  }

  void start_all_from(std::size_t first) {
    for (std::size_t i = first; i < children.size(); ++i) {
      child& c = children[i];
      const bool once_only =
          c.spec.restart == restart_type::temporary && !c.asked_restart.pending();
      if (c.handle || (once_only && c.started_once)) continue;
      if (!start(c)) {
        failed(i);
        if (is_group() || now == mode::ending) return;
      }
    }
  }

  // -- ending -----------------------------------------------------------------------------------

  void ask_end(child& c) {
    c.phase = child_phase::stopping;
    self->send_exit(c.handle, caf::exit_reason::user_shutdown);
    cancel(c.timer);
    const std::size_t index = static_cast<std::size_t>(&c - children.data());
    c.timer = after(c.spec.grace, [this, index] { kill(children[index]); });
  }

  void kill(child& c) {
    if (!c.handle) return;
    self->send_exit(c.handle, caf::exit_reason::kill);
    const std::size_t index = static_cast<std::size_t>(&c - children.data());
    c.timer = after(config.kill_grace, [this, index] {
      child& stuck = children[index];
      if (!stuck.handle) return;
      self->demonitor(stuck.handle);
      gone(stuck, "did not end when killed");
      stuck.phase = child_phase::abandoned;
      ended_as_asked(index);
    });
  }

  void gone(child& c, std::string reason) {
    c.last_reason = std::move(reason);
    if (config.directory) config.directory->clear(c.spec.name, c.handle.address(), c.last_reason);
    c.handle = caf::actor{};
    c.phase = child_phase::stopped;
    cancel(c.timer);
  }

  void ended_as_asked(std::size_t index) {
    child& c = children[index];
    if (now == mode::ending) return advance_end();
    if (group_active) return advance_group();
    if (c.start_after_stop && !start(c)) failed(index);
  }

  void on_down(const caf::down_msg& down) {
    for (std::size_t i = 0; i < children.size(); ++i) {
      child& c = children[i];
      if (!c.handle || c.handle.address() != down.source) continue;
      const bool asked = c.phase == child_phase::stopping;
      gone(c, api::to_text(down.reason));
      if (asked || now == mode::ending) return ended_as_asked(i);
      if (group_active && i >= group_from) return advance_group();  // it would be ended anyway
      const bool again = c.spec.restart == restart_type::permanent ||
                         (c.spec.restart == restart_type::transient && !is_orderly(down.reason));
      if (again) failed(i);
      return;
    }
  }

  // -- restarting -------------------------------------------------------------------------------

  void failed(std::size_t index) {
    child& c = children[index];
    config.log.warning("role failed", {{"role", c.spec.name}, {"why", c.last_reason}});
    const duration at = clock_now();
    if (!history.note(at)) return escalate(c);
    if (at - c.started_at >= config.backoff.reset_after) c.failures_in_row = 0;
    const duration wait = backoff_delay(config.backoff, c.failures_in_row++, jitter);
    ++c.restarts;
    c.phase = child_phase::backing_off;
    if (!is_group()) {
      c.timer = after(wait, [this, index] {
        children[index].timer = 0;
        if (!start(children[index])) failed(index);
      });
      return;
    }
    begin_group(index, wait);
  }

  void begin_group(std::size_t index, duration wait) {
    group_from = group_active ? std::min(group_from, group_start(index)) : group_start(index);
    group_active = true;
    group_waited = false;
    group_wait = wait;
    cancel(group_timer);
    advance_group();
  }

  void advance_group() {
    for (std::size_t i = children.size(); i-- > group_from;) {
      child& c = children[i];
      if (!c.handle) continue;
      if (c.phase != child_phase::stopping) ask_end(c);
      return;  // one at a time, the last first
    }
    if (!group_waited && group_timer == 0) {
      group_timer = after(group_wait, [this] {
        group_timer = 0;
        group_waited = true;
        advance_group();
      });
      return;
    }
    if (!group_waited) return;
    group_active = false;
    start_all_from(group_from);
  }

  void escalate(const child& c) {
    config.log.error("supervisor gives up", {{"role", c.spec.name}, {"why", c.last_reason}});
    const auto period =
        std::chrono::duration_cast<std::chrono::milliseconds>(history.limit().period);
    begin_end(api::make_error(api::errc::restart_intensity,
                              "supervisor '" + config.name + "' gave up: more than " +
                                  std::to_string(history.limit().restarts_max) +
                                  " restart(s) within " + std::to_string(period.count()) +
                                  " ms; the last to fail was '" + c.spec.name +
                                  "': " + c.last_reason));
  }

  void begin_end(caf::error reason) {
    if (now == mode::ending) return;
    now = mode::ending;
    end_reason = std::move(reason);
    group_active = false;
    cancel(group_timer);
    for (child& c : children) {
      if (c.asked_restart.pending())
        c.asked_restart.deliver(api::make_error(api::errc::shutting_down));
      if (c.phase == child_phase::backing_off) {
        cancel(c.timer);
        c.phase = child_phase::stopped;
      }
    }
    advance_end();
  }

  void advance_end() {
    for (std::size_t i = children.size(); i-- > 0;) {
      child& c = children[i];
      if (!c.handle) continue;
      if (c.phase != child_phase::stopping) ask_end(c);
      return;
    }
    timers.clear();
    self->quit(end_reason);
  }

  // -- requests ---------------------------------------------------------------------------------

  caf::result<api::ack> restart_by_name(const std::string& wanted) {
    if (now == mode::ending) return api::make_error(api::errc::shutting_down);
    for (std::size_t i = 0; i < children.size(); ++i) {
      child& c = children[i];
      if (c.spec.name != wanted) continue;
      if (c.asked_restart.pending()) return api::make_error(api::errc::busy);
      auto promise = self->make_response_promise<api::ack>();
      c.asked_restart = promise;
      cancel(c.timer);
      if (is_group()) {
        begin_group(i, duration{0});
      } else if (c.handle) {
        c.start_after_stop = true;
        ask_end(c);
      } else if (!start(c)) {
        failed(i);
      }
      return promise;
    }
    return api::make_error(api::errc::not_found, "no child named '" + wanted + "'");
  }

  std::vector<api::child_status> listing() const {
    std::vector<api::child_status> out;
    for (const child& c : children)
      out.push_back({c.spec.name, c.phase, c.restarts, c.last_reason, c.spec.is_supervisor});
    return out;
  }
};

supervisor_impl::behavior_type supervise(supervisor_impl::stateful_pointer<supervisor_state> self,
                                         const supervisor_config& config,
                                         const std::vector<child_spec>& specs) {
  supervisor_state& state = self->state;
  state.self = self;
  state.config = config;
  state.history = restart_history{config.intensity};
  state.jitter = jitter_source{config.jitter_seed};
  for (const child_spec& spec : specs) {
    child c;
    c.spec = spec;
    state.children.push_back(std::move(c));
  }
  name_exceptions(self);
  self->set_down_handler([&state](caf::down_msg& down) { state.on_down(down); });
  self->set_exit_handler([&state](caf::exit_msg& exit) { state.begin_end(exit.reason); });
  state.start_all_from(0);
  return {
      [&state](api::children_atom) { return state.listing(); },
      [&state](api::restart_atom, const std::string& name) -> caf::result<api::ack> {
        return state.restart_by_name(name);
      },
      [&state](api::tick_atom, u64 key) {
        const auto it = state.timers.find(key);
        if (it == state.timers.end()) return;
        const auto due = std::move(it->second);
        state.timers.erase(it);
        due();
      },
  };
}

}  // namespace

std::string check(const supervisor_config& config, const std::vector<child_spec>& children) {
  if (config.name.empty()) return "a supervisor needs a name";
  if (config.intensity.period <= duration{0}) return config.name + ": period must be positive";
  if (config.backoff.jitter_percent > 100) return config.name + ": jitter is at most 100 percent";
  if (config.backoff.initial < duration{0} || config.backoff.longest < config.backoff.initial)
    return config.name + ": back-off must satisfy 0 <= initial <= longest";
  std::set<std::string> names;
  for (const child_spec& c : children) {
    if (c.name.empty()) return config.name + ": a child needs a name";
    if (!c.start) return config.name + ": child '" + c.name + "' has no start function";
    if (!names.insert(c.name).second) return config.name + ": two children named '" + c.name + "'";
  }
  return {};
}

bool is_orderly(const caf::error& reason) noexcept {
  return !reason || reason == caf::exit_reason::normal || reason == caf::exit_reason::user_shutdown;
}

api::supervisor_actor spawn_supervisor(caf::actor_system& system, supervisor_config config,
                                       std::vector<child_spec> children) {
  ensure(check(config, children).empty());
  return system.spawn(supervise, std::move(config), std::move(children));
}

child_spec supervisor_child(supervisor_config config, std::vector<child_spec> children,
                            restart_type restart) {
  child_spec spec;
  spec.name = config.name;
  spec.restart = restart;
  spec.is_supervisor = true;
  spec.grace = config.kill_grace;
  for (const child_spec& c : children) spec.grace += c.grace + config.kill_grace;
  spec.start = [config = std::move(config),
                children = std::move(children)](caf::actor_system& system) {
    return caf::actor_cast<caf::actor>(spawn_supervisor(system, config, children));
  };
  return spec;
}

void watch_root(const api::supervisor_actor& root, std::function<void(const root_end&)> ended) {
  root->attach_functor([ended = std::move(ended)](const caf::error& reason) {
    if (is_orderly(reason)) return ended({0, "stopped"});
    ended({1, api::to_text(reason)});
  });
}

}  // namespace ashlar::supervision

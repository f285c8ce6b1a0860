#include "actors/gateway/gateway.hpp"

#include <caf/actor_system.hpp>
#include <caf/typed_actor.hpp>

#include "actors/api/inspect.hpp"
#include "actors/supervision/fault_point.hpp"
#include "actors/supervision/role_directory.hpp"

namespace ashlar::gateway {
namespace {

/// With what it tells itself.
using gateway_impl = api::gateway_actor::extend<caf::reacts_to<api::tick_atom>,
                                                caf::reacts_to<api::tick_atom, api::drain_atom>>;
using self_ptr = gateway_impl::stateful_pointer<gateway_state>;

/// How often a draining gateway looks whether the last answer is out.
constexpr std::chrono::milliseconds drain_poll{20};

void ask_settled(self_ptr self) {
  const auto listener = self->state.roles->find_as<api::l1_listener_actor>(roles::l1_listener);
  if (!listener) return;
  self->request(listener, self->state.backend->config().ask_timeout, api::heads_atom::value)
      .then([self](const api::settled_heads& h) { self->state.backend->set_settled(h); },
            [](const caf::error&) { /* the next tick asks again */ });
}

void follow_sequencer(self_ptr self) {
  const auto whom = self->state.roles->find_as<api::sequencer_actor>(roles::sequencer);
  if (!whom || self->state.sequencer == whom.address()) return;
  self->state.sequencer = whom.address();
  self->monitor(whom);
  self->request(whom, self->state.backend->config().ask_timeout, api::follow_atom::value,
                caf::actor_cast<api::head_follower_actor>(self))
      .then([self](const api::head_event&) { self->state.backend->feed(); },
            [self](const caf::error&) { self->state.sequencer = {}; });
}

void follow_listener(self_ptr self) {
  const auto whom = self->state.roles->find_as<api::l1_listener_actor>(roles::l1_listener);
  if (!whom || self->state.listener == whom.address()) return;
  self->state.listener = whom.address();
  self->monitor(whom);
  self->request(whom, self->state.backend->config().ask_timeout, api::follow_atom::value,
                caf::actor_cast<api::stage_follower_actor>(self))
      .then([self](api::ack) { ask_settled(self); },
            [self](const caf::error&) { self->state.listener = {}; });
}

void tick(self_ptr self) {
  follow_sequencer(self);
  follow_listener(self);
  ask_settled(self);
  self->state.backend->feed();
  self->delayed_send(self, self->state.backend->config().tick, api::tick_atom::value);
}

/// Answers who waits for the end, once nothing is in flight.
void end_drain(self_ptr self) {
  auto& waiting = self->state.waiting;
  if (waiting.empty()) return;
  if (!self->state.backend->is_idle()) {
    self->delayed_send(self, drain_poll, api::tick_atom::value, api::drain_atom::value);
    return;
  }
  for (auto& promise : waiting) promise.deliver(api::ack{});
  waiting.clear();
}

api::role_status status_of(self_ptr self) {
  const backend_counters c = self->state.backend->counters();
  api::role_status out;
  out.role = "gateway";
  out.doing = self->state.draining ? "finishing the requests in flight" : "serving";
  if (self->state.sequencer == caf::actor_addr{}) {
    out.healthy = false;
    out.waits_for = "a sequencer";
  }
  out.counters = {{"submitted", c.submitted},
                  {"refused_stateless", c.refused_stateless},
                  {"refused_busy", c.refused_busy},
                  {"submissions_in_flight", c.submissions_in_flight},
                  {"asks_in_flight", c.asks_in_flight}};
  return out;
}

gateway_impl::behavior_type behave(self_ptr self, std::shared_ptr<chain_backend> backend,
                                   const supervision::role_directory* roles) {
  self->state.backend = std::move(backend);
  self->state.roles = roles;
  supervision::name_exceptions(self);
  self->set_down_handler([self](const caf::down_msg& down) {
    if (down.source == self->state.sequencer) self->state.sequencer = {};
    if (down.source == self->state.listener) self->state.listener = {};
  });
  tick(self);
  return {
      [self](api::head_atom, const api::head_event&) {
        self->state.backend->feed();
        supervision::fault_point("gateway.fed");
        return api::ack{};
      },
      [self](api::stage_atom, const api::l1_batch_event&) {
        ask_settled(self);
        return api::ack{};
      },
      [self](api::drain_atom) {
        self->state.draining = true;
        self->state.backend->close();
        auto done = self->make_response_promise<api::ack>();
        self->state.waiting.push_back(done);
        end_drain(self);
        return done;
      },
      [self](api::status_atom) { return status_of(self); },
      [self](api::tick_atom) { tick(self); },
      [self](api::tick_atom, api::drain_atom) { end_drain(self); },
  };
}

}  // namespace

api::gateway_actor spawn_gateway(caf::actor_system& system, supervision::spawn_policy policy,
                                 std::shared_ptr<chain_backend> backend,
                                 const supervision::role_directory& roles) {
  return supervision::spawn_blocking(system, policy, behave, std::move(backend), &roles);
}

}  // namespace ashlar::gateway

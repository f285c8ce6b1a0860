#pragma once

#include <exception>

#include <caf/actor_system.hpp>
#include <caf/spawn_options.hpp>

#include "actors/api/errors.hpp"
#include "actors/supervision/fault.hpp"

namespace ashlar::supervision {

/// Whether actors that block get threads of their own. Off in tests: a detached actor escapes the
/// deterministic scheduler.
struct spawn_policy {
  bool detach = true;
};

/// Spawns an actor whose handlers block (storage, signing, sockets).
template <class F, class... Ts>
auto spawn_blocking(caf::actor_system& system, spawn_policy policy, F fun, Ts&&... xs) {
  return policy.detach ? system.spawn<caf::detached>(fun, std::forward<Ts>(xs)...)
                       : system.spawn(fun, std::forward<Ts>(xs)...);
}

/// Makes an exception that leaves a handler the actor's exit reason, with its text, so that the
/// supervisor can name it. Handlers should not throw; this is the net below them.
template <class Self>
void name_exceptions(Self* self) {
  self->set_exception_handler([](std::exception_ptr& thrown) -> caf::error {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      return api::make_error(api::errc::failed, e.what());
    } catch (...) {
      return api::make_error(api::errc::failed, "unknown exception");
    }
  });
  take_faults(self);
}

}  // namespace ashlar::supervision

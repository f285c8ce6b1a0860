#pragma once

#include <memory>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/api/actors.hpp"
#include "actors/gateway/chain_backend.hpp"
#include "actors/supervision/spawn.hpp"

namespace ashlar::supervision {
class role_directory;
}

namespace ashlar::gateway {

struct gateway_state {
  static inline const char* name = "gateway";
  std::shared_ptr<chain_backend> backend;
  const supervision::role_directory* roles = nullptr;
  /// Whom it follows now; empty: nobody, the next tick tries again.
  caf::actor_addr sequencer, listener;
  bool draining = false;
  std::vector<caf::typed_response_promise<api::ack>> waiting;  ///< who waits for the end
};

/// Keeps a backend fed: follows the sequencer's head and L1's view, and finds both again after a
/// restart. Reads blocks, so it is detached where the policy allows.
api::gateway_actor spawn_gateway(caf::actor_system& system, supervision::spawn_policy policy,
                                 std::shared_ptr<chain_backend> backend,
                                 const supervision::role_directory& roles);

}  // namespace ashlar::gateway

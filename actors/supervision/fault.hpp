#pragma once

#include <stdexcept>
#include <string>

#include <caf/actor.hpp>
#include <caf/atom.hpp>

namespace caf {
class actor_system_config;
class scheduled_actor;
}  // namespace caf

namespace ashlar::supervision {

/// Faults for tests: `inject_fault` makes an actor throw between two of its handlers, as a bug in
/// one would. Works only in an actor system whose configuration `allow_faults` was called on; no
/// command line or file of a node can do that. Elsewhere the message is dropped as unknown.
struct injected_fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void allow_faults(caf::actor_system_config& config);
void inject_fault(const caf::actor& whom, const std::string& why);

/// For roles, behind `name_exceptions`.
void take_faults(caf::scheduled_actor* self);

}  // namespace ashlar::supervision

#pragma once

#include <string>

#include <caf/actor.hpp>
#include <caf/atom.hpp>

#include "actors/supervision/fault_point.hpp"

namespace caf {
class actor_system_config;
class scheduled_actor;
}  // namespace caf

namespace ashlar::supervision {

/// Faults for tests: `inject_fault` makes an actor throw between two of its handlers, as a bug in
/// one would. Works only in an actor system whose configuration `allow_faults` was called on; no
/// command line or file of a node can do that. Elsewhere the message is dropped as unknown.
/// `fault_point` is for faults within a handler.
void allow_faults(caf::actor_system_config& config);
void inject_fault(const caf::actor& whom, const std::string& why);

/// For roles, behind `name_exceptions`.
void take_faults(caf::scheduled_actor* self);

}  // namespace ashlar::supervision

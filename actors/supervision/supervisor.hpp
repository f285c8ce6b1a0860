#pragma once

#include <functional>
#include <string>
#include <vector>

#include <caf/typed_actor.hpp>

#include "actors/api/actors.hpp"
#include "actors/supervision/child_spec.hpp"

namespace ashlar::supervision {

/// Starts a supervisor (Erlang/OTP's semantics) that spawns its children in order. Unlike OTP's, a
/// child's first steps run beside the next child's: who needs a sibling asks the directory.
///
/// - A child that ends is restarted as its restart_type and the strategy say, after a back-off.
/// - Too many restarts within the period: the supervisor ends its children in reverse order and
///   then itself with errc::restart_intensity, which its own supervisor sees as a failure.
/// - An exit message (errors other than kill) to the supervisor: an ordered shutdown, each child
///   asked in reverse order, killed after its grace, before the next; then the supervisor ends
///   with the reason that it was given.
///
/// Precondition: check(config, children) is empty.
api::supervisor_actor spawn_supervisor(caf::actor_system& system, supervisor_config config,
                                       std::vector<child_spec> children);

/// A child that is itself a supervisor.
child_spec supervisor_child(supervisor_config config, std::vector<child_spec> children,
                            restart_type restart = restart_type::permanent);

/// How the tree ended.
struct root_end {
  int exit_code = 0;    ///< 0 when it was asked to end, 1 when it gave up
  std::string message;  ///< for the operator
};
/// Calls `ended` once, on whatever thread ends the root.
void watch_root(const api::supervisor_actor& root, std::function<void(const root_end&)> ended);

/// Whether a child that ended for this reason did so normally or by request.
bool is_orderly(const caf::error& reason) noexcept;

}  // namespace ashlar::supervision

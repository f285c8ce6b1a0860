#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/typed_actor.hpp>

#include "actors/api/actors.hpp"
#include "actors/l1_listener/chain_follower.hpp"
#include "actors/supervision/role_directory.hpp"
#include "actors/supervision/spawn.hpp"

namespace ashlar::l1_listener {

/// What the role is made of. The references must outlive the actor system.
struct listener_parts {
  /// Makes a connection to L1; called anew when the role is restarted.
  std::function<std::unique_ptr<l1::transport>()> connect;
  const clock& time;
  /// Shared with whoever asks for deadlines: it outlives restarts of the role. What it holds in
  /// memory is read from disk by `l1_view::open`; after an error of a store the process ends.
  l1_view& view;
  store::batch_store& batches;
  /// Roles that are told of batch events while they run, besides those that ask to follow.
  std::vector<std::string> followers{"publisher", "batch", "gateway"};
};

/// The l1_listener role: a shell around a chain follower, detached because requests to L1 block.
/// Gives priority operations to the sequencer that the directory names, one message in flight; and
/// batch events to its followers, one in flight each. An error of a store ends the actor with
/// storage_failed. Precondition: config.validate() is empty.
api::l1_listener_actor spawn_l1_listener(caf::actor_system& system,
                                         supervision::spawn_policy policy,
                                         const listener_config& config, const listener_parts& parts,
                                         std::shared_ptr<supervision::role_directory> directory);

}  // namespace ashlar::l1_listener

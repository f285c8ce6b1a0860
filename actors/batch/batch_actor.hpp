#pragma once

#include <memory>

#include <caf/typed_actor.hpp>

#include "actors/api/actors.hpp"
#include "actors/batch/batch_layer.hpp"
#include "actors/supervision/role_directory.hpp"
#include "actors/supervision/spawn.hpp"

namespace ashlar::batch {

struct actor_config {
  u32 tick_ms = 50;  ///< how often age and deadlines are looked at
  u32 followers_max = 16;
  u32 follower_timeout_ms = 30'000;
  u32 request_timeout_ms = 5'000;
};

/// The batch role: a detached shell around a layer. The layer is opened by the actor, so a restart
/// begins from what is on disk. Follows the sequencer that the directory names, also after that
/// one was restarted. An error of the layer ends the actor: its supervisor decides.
api::batch_actor spawn_batch(caf::actor_system& system, supervision::spawn_policy policy,
                             const actor_config& config, const batch_config& sealing,
                             const chain_config& chain, const batch_layer::parts& parts,
                             std::shared_ptr<supervision::role_directory> directory);

}  // namespace ashlar::batch

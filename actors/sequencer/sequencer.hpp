#pragma once

#include <memory>

#include <caf/typed_actor.hpp>

#include "actors/api/actors.hpp"
#include "actors/sequencer/engine.hpp"

namespace ashlar::sequencer {

struct actor_config {
  u32 requests_max = 1'000;  ///< submission lists in flight; more are answered `busy`
  u32 followers_max = 64;
  /// Followers are told of a new head at once, and of those that follow within this time as one:
  /// each costs wake-ups that the next confirmation would wait behind.
  u32 head_rest_ms = 5;
  u32 follower_timeout_ms = 10'000;  ///< a follower that does not answer a head is asked again
  /// Without the engine's threads: how often the actor makes a block.
  u32 step_ms = 1;
  /// With them: how late a deadline may be noticed while the disk holds them up.
  u32 expire_ms = 1'000;
};

/// The sequencer's actor: a thin shell around an engine that outlives it, so that a restart of the
/// actor loses nothing that was accepted. `heads` connects the engine's head events to whichever
/// actor plays the role.
class head_relay;

/// Makes the relay; give `relay_head(relay)` to engine_parts::on_head.
std::shared_ptr<head_relay> make_head_relay();
std::function<void(const api::head_event&)> relay_head(std::shared_ptr<head_relay> relay);

api::sequencer_actor spawn_sequencer(caf::actor_system& system, const actor_config& config,
                                     bool threads, std::shared_ptr<engine> core,
                                     std::shared_ptr<head_relay> heads);

}  // namespace ashlar::sequencer

#pragma once

#include <functional>
#include <memory>
#include <string>

#include <caf/typed_actor.hpp>

#include "actors/api/actors.hpp"
#include "actors/publisher/settlement_engine.hpp"
#include "actors/supervision/role_directory.hpp"
#include "actors/supervision/spawn.hpp"

namespace ashlar::publisher {

/// What the role is made of. The references must outlive the actor system.
struct publisher_parts {
  /// Makes a connection to L1; called anew when the role is restarted.
  std::function<std::unique_ptr<l1::transport>()> connect;
  const l1::signer& account;  ///< the operator's: a COMMITTER on L1
  const clock& time;
  store::batch_store& batches;
  store::intent_journal& journal;
  proof_source* proofs = nullptr;
};

/// The publisher role: a shell around a settlement engine, detached because requests to L1 block.
/// It follows the batch role that the directory names, so that a sealed batch is committed at once
/// and not at the next poll. An error of a store ends the actor with storage_failed.
/// Precondition: config.validate() is empty.
api::publisher_actor spawn_publisher(caf::actor_system& system, supervision::spawn_policy policy,
                                     const publisher_config& config, const publisher_parts& parts,
                                     std::shared_ptr<supervision::role_directory> directory);

}  // namespace ashlar::publisher

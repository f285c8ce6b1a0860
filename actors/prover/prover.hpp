#pragma once

#include <functional>
#include <memory>

#include <caf/typed_actor.hpp>

#include "actors/api/actors.hpp"
#include "actors/prover/checker_slot.hpp"
#include "actors/prover/proof_archive.hpp"
#include "actors/prover/prover_config.hpp"
#include "actors/supervision/child_spec.hpp"
#include "actors/supervision/role_directory.hpp"
#include "actors/supervision/spawn.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/store/batch_store.hpp"
#include "runtime/store/content_store.hpp"

namespace ashlar::prover {

/// What the role is made of. The references must outlive the actor system.
struct prover_parts {
  const clock& time;
  store::batch_store& batches;
  store::content_store& witnesses;
  proof_archive& archive;
  /// This node's own program and parameters, which every proof is held to. While there is none the
  /// role says that it prepares, and takes no workers.
  std::shared_ptr<const checker_slot> checker;
};

/// The prover role: a shell around a job table, detached because it reads the stores. It takes up
/// each sealed batch that neither L1 has proved nor the archive holds a proof of; it follows the
/// batch role that the directory names, and looks at the batch store at each tick besides. Jobs and
/// leases live in memory alone: a restart finds from the archive what is done, and raises the
/// epochs. An error of the batch store ends the actor with storage_failed; a proof that cannot be
/// written does not.
/// Precondition: config.validate() is empty.
api::prover_actor spawn_prover(caf::actor_system& system, supervision::spawn_policy policy,
                               const prover_config& config, const prover_parts& parts,
                               std::shared_ptr<supervision::role_directory> directory);

/// The role as a child of a node's root: under a supervisor of its own, whose restarts take so long
/// that a role which always fails never exhausts the root's intensity (5 in 30 s). Its siblings go
/// on, and the directory says why it ended. `directory` is set, as in supervisor_config.
supervision::child_spec supervised_prover(supervision::spawn_policy policy,
                                          const prover_config& config, const prover_parts& parts,
                                          std::shared_ptr<supervision::role_directory> directory);

}  // namespace ashlar::prover

#pragma once

#include "actors/prover/worker_gate.hpp"

namespace ashlar::prover {

/// The coordinator's side of one connection, from its first frame to its end: what `worker_gate`
/// runs on a thread for each. Comes back when the worker is to be hung up on.
void serve_worker(const gate_config& config, caf::actor_system& system,
                  const supervision::role_directory& directory,
                  const store::content_store& witnesses, frame_channel& channel);

}  // namespace ashlar::prover

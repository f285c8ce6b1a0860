#pragma once

#include "actors/prover/upload_budget.hpp"
#include "actors/prover/worker_gate.hpp"

namespace ashlar::prover {

enum class worker_place : u8 { in_process, outside };

struct session_parts {
  const gate_config& config;
  caf::actor_system& system;
  const supervision::role_directory& directory;
  const store::content_store& witnesses;
  upload_budget& budget;
  worker_place place = worker_place::outside;
};

/// The coordinator's side of one connection, from its first frame to its end: what `worker_gate`
/// runs on a thread for each. Comes back when the worker is to be hung up on.
void serve_worker(const session_parts& parts, frame_channel& channel);

}  // namespace ashlar::prover

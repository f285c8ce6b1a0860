#pragma once

#include <memory>
#include <string>

#include "actors/api/event_log.hpp"
#include "actors/prover/frame_channel.hpp"
#include "actors/supervision/role_directory.hpp"
#include "runtime/store/content_store.hpp"

namespace caf {
class actor_system;
}

namespace ashlar::prover {

struct gate_config {
  std::string socket;          ///< where other processes dial; empty: none can
  u32 connections_max = 20;    ///< from outside; more are ended at once
  u32 idle_ms_max = 30'000;    ///< a worker that says nothing for so long is hung up on
  u32 send_ms_max = 10'000;    ///< a worker that takes nothing for so long likewise
  u32 request_ms_max = 5'000;  ///< longest answer of the role, but for a proof's verdict
  u32 verdict_ms_max = 600'000;
  u32 upload_ms_max = 600'000;  ///< of a whole proof, the wait for memory included
  u64 proof_bytes_max = u64{5} << 29;
  u64 held_bytes_max = u64{5} << 29;  ///< of all proofs together, see upload_budget.hpp
  api::event_log log;

  /// What is wrong; empty when nothing is.
  std::string validate() const;
};

/// Where workers come in: speaks worker_wire with each connection on a thread of its own, and
/// passes what it says on to the prover role that the directory names. What a worker sends is
/// bounded before memory is taken; whoever is malformed, late or endless is hung up on, which the
/// role hears as the end of that worker. Blocking calls, so no thread of CAF's.
class worker_gate {
 public:
  /// The references outlive the gate. The error is a sentence.
  static result<std::unique_ptr<worker_gate>, std::string> start(
      const gate_config& config, caf::actor_system& system,
      std::shared_ptr<const supervision::role_directory> directory,
      const store::content_store& witnesses);
  /// Hangs up on everybody and waits for the threads. The role should have ended before.
  ~worker_gate();

  /// A connection for the one worker in this process. It is served like those from outside, but its
  /// place and its name (local_worker_name) are nobody else's.
  result<frame_channel, std::string> connect();

 private:
  struct parts;
  explicit worker_gate(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};

}  // namespace ashlar::prover

#pragma once

#include <memory>
#include <string>

#include "actors/prover/prover.hpp"
#include "actors/prover/worker.hpp"
#include "actors/prover/worker_gate.hpp"
#include "actors/supervision/child_spec.hpp"

namespace ashlar::node {

/// What a node or a worker proves with.
struct engine_config {
  std::string guest;  ///< the guest program's ELF file; empty: the one of this build
  std::string params = "proven128";
  u32 threads = 0;                        ///< 0: one a processor
  u64 memory_bytes_max = 16'000'000'000;  ///< cuts runs into segments that fit (memory_plan.hpp)

  /// What is wrong; empty when nothing is.
  std::string validate() const;
};

/// The ELF file at this path; of an empty one, the guest program of this build.
result<bytes, std::string> read_guest(const std::string& given);

/// Makes the program's key, which takes seconds. The error is a sentence.
result<std::unique_ptr<prover::proof_engine>, std::string> open_engine(const engine_config& c);

/// How a node proves its batches.
struct proving_config {
  bool enabled = false;
  bool local_worker = true;            ///< one that runs in this process
  std::string socket = "prover.sock";  ///< for other workers, in the data folder; empty: none
  engine_config engine;
  prover::prover_config role;
  prover::gate_config gate;  ///< its socket is set from `socket`

  /// What is wrong; empty when nothing is.
  std::string validate() const;
};

/// The parts of a node around the prover role: archive, engine, the gate for workers, and the
/// worker in this process.
class proving {
 public:
  /// Opens archive and engine. The error is a sentence for the operator.
  static result<std::unique_ptr<proving>, std::string> open(const proving_config& config,
                                                            const std::string& data_folder,
                                                            const api::event_log& log);
  ~proving();

  /// The role, for a supervisor. The references outlive the actor system.
  supervision::child_spec role(const clock& time, store::batch_store& batches,
                               store::content_store& witnesses,
                               std::shared_ptr<supervision::role_directory> directory);
  /// Lets workers in. The error is a sentence.
  status<std::string> open_gate(caf::actor_system& system,
                                std::shared_ptr<const supervision::role_directory> directory,
                                const store::content_store& witnesses);
  /// Asks the worker in this process to stop; it does so at its next segment.
  void stop_worker();
  /// Hangs up on all workers. Before the actor system ends.
  void close_gate();

 private:
  struct parts;
  explicit proving(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};

}  // namespace ashlar::node

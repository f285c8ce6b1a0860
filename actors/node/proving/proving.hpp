#pragma once

#include <functional>
#include <memory>
#include <string>

#include "actors/node/proving/engine_config.hpp"
#include "actors/node/proving/l1_proving.hpp"
#include "actors/prover/prover.hpp"
#include "actors/prover/worker.hpp"
#include "actors/prover/worker_gate.hpp"
#include "actors/supervision/child_spec.hpp"

namespace ashlar::node {

/// How a node proves its batches.
struct proving_config {
  bool enabled = false;
  bool local_worker = true;            ///< one that runs in this process
  std::string socket = "prover.sock";  ///< for other workers, in the data folder; empty: none
  engine_config engine;
  prover::prover_config role;
  prover::gate_config gate;  ///< its socket is set from `socket`
  l1_proving_config l1;
  /// For tests alone, in place of the guest program's: makes the engine. No configuration file can
  /// set it.
  std::function<std::unique_ptr<prover::proof_engine>()> test_engine;

  /// What is wrong; empty when nothing is.
  std::string validate() const;
};

/// The path of the socket for workers; empty where none can dial.
std::string socket_of(const proving_config& c, const std::string& data_folder);

/// The parts of a node around the prover role: archive, engine, the gate for workers, and the
/// worker in this process.
class proving {
 public:
  /// Opens the archive and plans the engine: cheap. The error is a sentence for the operator.
  static result<std::unique_ptr<proving>, std::string> open(const proving_config& config,
                                                            const std::string& data_folder,
                                                            const api::event_log& log);
  ~proving();

  /// What proofs for L1 are made of, and which of them count.
  const prover::proof_archive& archive() const;
  std::shared_ptr<const prover::proof_checker> checker() const;

  /// The role, for a supervisor. The references outlive the actor system.
  supervision::child_spec role(const clock& time, store::batch_store& batches,
                               store::content_store& witnesses,
                               std::shared_ptr<supervision::role_directory> directory);
  /// Lets workers in, and makes the program's key on a thread beside: the role says that it
  /// prepares until that is done, and then the worker in this process begins. The error is a
  /// sentence.
  status<std::string> open_gate(caf::actor_system& system,
                                std::shared_ptr<const supervision::role_directory> directory,
                                const store::content_store& witnesses);
  /// Asks the worker in this process to stop; it does so at its next segment.
  void stop_worker();
  /// Hangs up on all workers, and waits for a key that is still made. Before the actor system ends.
  void close_gate();

 private:
  struct parts;
  explicit proving(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};

}  // namespace ashlar::node

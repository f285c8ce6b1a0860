#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "actors/prover/batch_prover.hpp"

namespace ashlar::prover {

/// What proofs are held to: one program under one set of parameters, both this node's own. Nothing
/// of it comes from a worker. Thread-safe.
class proof_checker {
 public:
  virtual ~proof_checker() = default;
  /// Names program, machine and parameters: hash of the key that proofs are checked with.
  virtual hash256 program_commitment() const = 0;
  virtual std::string params_name() const = 0;
  /// Whether the bytes prove a batch with this public input. The error is a sentence. Cost is
  /// bounded by the proof's length.
  virtual status<std::string> check(const hash256& public_input_hash, bytes_view proof) const = 0;
};

/// How far a proof is. The run is made twice: `pass` 1 commits to its segments, 2 proves them; how
/// many there are is known behind the first.
struct proving_progress {
  u32 pass = 1;
  u32 segments_done = 0;  ///< of this pass
  u32 segments = 0;       ///< 0: not known yet
  u64 cycles = 0;         ///< of the whole run; 0: not known yet
  friend bool operator==(const proving_progress&, const proving_progress&) = default;
};

/// Bytes that a checker of the same program accepts.
struct engine_proof {
  bytes file;
  u64 cycles = 0;
  u32 segments = 0;
};

/// Makes proofs; what a worker drives. One thread at a time proves; checks may run beside it.
class proof_engine : public proof_checker {
 public:
  /// Whether it could prove now: an engine whose device failed in a proof opens it again here.
  /// Asked by a worker before it asks for a job. The error is a sentence.
  virtual status<std::string> prepare() { return nothing{}; }
  /// `progress` is called at each segment boundary, on a thread of the engine's. `cancelled` is
  /// looked at there too: the proof then fails within one segment. The error is a sentence.
  virtual result<engine_proof, std::string> prove(
      bytes_view witness, const std::function<void(const proving_progress&)>& progress,
      const std::atomic<bool>& cancelled) = 0;
  /// What a proof of so many segments takes, about.
  virtual u64 expected_bytes(u32 segments) const = 0;
};

/// A checker of batches for who does not prove.
std::unique_ptr<proof_checker> make_batch_checker(batch_key key);

/// The engine of this build: real batches.
std::unique_ptr<proof_engine> make_batch_engine(std::unique_ptr<batch_prover> prover);

}  // namespace ashlar::prover

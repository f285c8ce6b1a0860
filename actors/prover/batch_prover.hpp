#pragma once

#include <memory>
#include <string>

#include "runtime/riscv/program.hpp"
#include "runtime/stark/machine/run_prover.hpp"

namespace ashlar::prover {

struct batch_prover_config {
  stark::proof_params params = stark::proven128;
  unsigned workers = 0;  ///< threads; 0: one a processor
  /// The most memory that proving may take; 0: no limit. It bounds the segments further.
  std::size_t memory_bytes_max = 0;
  riscv::segment_limits segments;
};

/// A batch's proof, accepted by the native verifier.
struct batch_proof {
  hash256 public_input_hash;
  bytes file;
  u64 cycles = 0;
  u32 segments = 0;
  double prove_seconds = 0, verify_seconds = 0;
};

/// Proves batches with one guest program, whose key it makes once. One thread at a time.
class batch_prover {
 public:
  /// `guest` is the ELF file of the state-transition function. The error says what is wrong with
  /// it, or that the memory budget is too small for any segment.
  static result<std::unique_ptr<batch_prover>, std::string> open(bytes_view guest,
                                                                 const batch_prover_config& config);
  ~batch_prover();

  /// Names guest program, parameters and machine: hash of the key that proofs are checked with.
  hash256 program_commitment() const;

  /// The error is a sentence: what is wrong with the witness, or why there is no proof.
  /// `go_on` as in run_proof_options.
  result<batch_proof, std::string> prove(
      bytes_view witness, const std::function<void(const stark::run_progress&)>& progress = {},
      const std::function<bool(stark::run_pass, u32)>& go_on = {});

  /// Whether the file proves that a batch with this public input was applied. Thread-safe.
  status<std::string> check(const hash256& public_input_hash, bytes_view proof) const;

 private:
  struct parts;
  explicit batch_prover(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};

/// What a proof of so many full segments takes, about: the rows that are opened, of every column of
/// the execution machine, and two fifths for paths and foldings. 9.0 MB a segment with proven128.
u64 expected_proof_bytes(const stark::proof_params& params, u32 segments);

/// A secure parameter set by its name; nothing where there is none.
const stark::proof_params* find_params(std::string_view name);

}  // namespace ashlar::prover

#pragma once

#include <memory>
#include <string>

#include "runtime/riscv/program.hpp"
#include "runtime/stark/machine/run_prover.hpp"

namespace ashlar::prover {

/// Makes what proves. The error is a sentence.
using backend_maker = std::function<result<std::unique_ptr<stark::prover_backend>, std::string>()>;

struct batch_prover_config {
  stark::proof_params params = stark::proven128;
  unsigned workers = 0;  ///< threads; 0: one a processor
  /// The most memory that proving may take; 0: no limit. It bounds the segments further.
  std::size_t memory_bytes_max = 0;
  riscv::segment_limits segments;
  backend_maker backend;  ///< empty: the CPU's, of so many workers, within the memory
};

/// What is known of proving before anything heavy is done.
struct proving_plan {
  batch_prover_config config;  ///< with segments that fit into the memory
  riscv::program program;
  std::size_t backend_bytes = 0;  ///< for tables, trees and codewords
  std::size_t needed_bytes = 0;   ///< for all of proving, at the most, but witness and proof
};

/// `guest` is the ELF file of the state-transition function. The error says what is wrong with it,
/// or that the memory budget is too small for any segment. Cheap.
result<proving_plan, std::string> plan_proving(bytes_view guest, const batch_prover_config& config);

/// A batch's proof, accepted by the native verifier.
struct batch_proof {
  hash256 public_input_hash;
  bytes file;
  u64 cycles = 0;
  u32 segments = 0;
  double prove_seconds = 0, verify_seconds = 0;
};

/// What proofs of batches are held to: one program under one set of parameters.
struct batch_key {
  stark::proof_params params;
  stark::run_key key;

  /// Names guest program, parameters and machine: hash of the key.
  hash256 commitment() const { return key.digest(); }
  /// Whether the file proves that a batch with this public input was applied. The error is a
  /// sentence. Thread-safe.
  status<std::string> check(const hash256& public_input_hash, bytes_view proof) const;
};

/// Makes the key on this machine's processors, for who checks and does not prove: takes some tenths
/// of a second and, for that long, the memory of the fixed tables. The error is a sentence.
result<batch_key, std::string> make_batch_key(const proving_plan& plan);

/// Proves batches with one guest program, whose key it makes once for each backend. Backend, key
/// and all that they make live on one thread of the prover's own, from their making to their end: a
/// GPU wants that. One batch at a time.
class batch_prover {
 public:
  /// Makes backend and key: some tenths of a second, more behind other work. The error is a
  /// sentence.
  static result<std::unique_ptr<batch_prover>, std::string> open(proving_plan plan);
  /// plan_proving, and then the same.
  static result<std::unique_ptr<batch_prover>, std::string> open(bytes_view guest,
                                                                 const batch_prover_config& config);
  ~batch_prover();

  /// What its proofs are checked with.
  const batch_key& key() const;

  /// The error is a sentence: what is wrong with the witness, or why there is no proof. A backend
  /// that fails (any exception but std::bad_alloc) costs this proof and is closed; `prepare` or the
  /// next proof opens another. `progress` and `go_on`, as in run_proof_options, are called on the
  /// prover's thread.
  result<batch_proof, std::string> prove(
      bytes_view witness, const std::function<void(const stark::run_progress&)>& progress = {},
      const std::function<bool(stark::run_pass, u32)>& go_on = {});

  /// Opens the backend where a failure closed it. The error is a sentence.
  status<std::string> prepare();

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

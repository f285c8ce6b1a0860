#pragma once

#include "actors/node/escape/escape.hpp"
#include "actors/node/proving/recursion.hpp"

namespace ashlar::node {

/// What an escape's batch is proved with. Batch and circuits are proved one behind the other, so
/// each may take all of the memory.
struct escape_proving_config {
  std::string contracts;     ///< the verifier's compiled contracts
  std::string guest;         ///< the guest program's ELF file; empty: the one of this build
  u32 threads = 0;           ///< 0: one a processor
  u64 memory_bytes_max = 0;  ///< 0: what fits this machine
};

/// The prover of this build: proofs of the pinned program, at the parameters of proofs for L1.
/// Keeps what it makes in `folder`. Cheap: what takes long is done by `check` and `prove`. The
/// error is a sentence.
result<std::unique_ptr<escape_prover>, std::string> open_escape_prover(
    const escape_proving_config& config, const std::string& folder, store::batch_store& batches,
    std::function<void(const std::string&)> say);

}  // namespace ashlar::node

#pragma once

#include "actors/prover/l1_prover.hpp"
#include "runtime/riscv/program.hpp"

namespace ashlar::node {

/// What proofs of batches are made into proofs for L1 with.
struct recursion_config {
  std::string guest;         ///< the guest program's ELF file; empty: the one of this build
  u32 threads = 0;           ///< 0: one a processor
  u64 memory_bytes_max = 0;  ///< of tables; 0: no limit
};

/// Makes the program's key, records the circuits and makes theirs, where the shelf has none: about
/// a minute. The error is a sentence.
result<prover::opened_recursion, std::string> open_recursion(const recursion_config& c,
                                                             stark::proof_shelf& shelf);

}  // namespace ashlar::node

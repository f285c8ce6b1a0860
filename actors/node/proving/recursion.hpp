#pragma once

#include "actors/prover/l1_prover.hpp"
#include "runtime/riscv/program.hpp"

namespace ashlar::node {

/// What proofs of batches are made into proofs for L1 with.
struct recursion_config {
  std::string guest;  ///< the guest program's ELF file; empty: the one of this build
  u32 threads = 0;    ///< of the CPU's backend; 0: one a processor
  /// Of tables: this machine's memory, or the device's. 0: no limit, or what is free on the device.
  u64 memory_bytes_max = 0;
  std::string backend = "cpu";  ///< or cuda
  u32 device = 0;               ///< with cuda: which, as its driver counts
  /// Whether it may be another program than the pinned one; no configuration file says so.
  bool any_guest = false;
};

/// Makes the program's key: a second. The circuits' keys are those that chains have pinned. Of
/// another program's circuits they are made, where the shelf has none: about a minute. What is
/// opened belongs to the thread that opens it. The error is a sentence; it says so where a device
/// fails on the way.
result<prover::opened_recursion, std::string> open_recursion(const recursion_config& c,
                                                             stark::proof_shelf& shelf);

}  // namespace ashlar::node

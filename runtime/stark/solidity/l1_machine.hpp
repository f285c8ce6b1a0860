#pragma once

#include <string>

#include "runtime/stark/prover/prover.hpp"

namespace ashlar::stark {

/// Where the contract takes a public value from: it is a constant of the machine, or the `word`-th
/// little-endian u32 of the 32-byte output that is being proved.
struct public_source {
  bool is_output_word = false;
  u32 word = 0;  ///< 0 to 7
  gl constant;
};

/// A machine whose proofs are verified on L1: one segment, every height known. All of it is written
/// into the contracts as constants, so that a proof of another program, parameter set or machine
/// cannot enter. What is behind the references must outlive the value.
struct l1_machine {
  std::string name;  ///< the contracts' names start with it
  const proof_params& params;
  const proving_key& key;
  std::vector<u8> heights_log2;  ///< a table
  /// A table. Together they speak of all eight words of the output.
  std::vector<std::vector<public_source>> publics;
  hash256 program_set_root;
  /// Of a transaction's data. Public mempools take transactions of 128 KiB in all.
  std::size_t call_bytes_max = 126'000;

  std::vector<const air_shape*> shapes() const {
    std::vector<const air_shape*> out;
    for (const prover_air* a : key.airs) out.push_back(&a->verifier.shape);
    return out;
  }
};

/// Whether the native verifier would look at a proof of this machine: its shape is one that the
/// parameters allow and the key's, and it has a program set. Contracts are written for no other.
status<verify_failure> check_machine(const l1_machine& machine);

/// The public values for an output, as the native verifier takes them.
std::vector<std::vector<gl>> publics_of(const l1_machine& machine, const hash256& output);

}  // namespace ashlar::stark

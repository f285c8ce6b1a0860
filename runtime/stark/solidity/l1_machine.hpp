#pragma once

#include <string>

#include "runtime/stark/prover/prover.hpp"

namespace ashlar::stark {

/// Where the contract takes a public value from: it is a constant of the machine, or an element of
/// what a proof states, which is the digest of a list of batches and the set of programs.
struct public_source {
  enum class kind : u8 { constant, list, set_root };
  kind from = kind::constant;
  u32 element = 0;  ///< of the digest or the root, 0 to 3
  gl constant;
};

/// A digest of four elements as the contracts have it: four numbers of 64 bits, big-endian.
bool is_canonical(const hash256& digest) noexcept;
gl element_of(const hash256& digest, u32 element) noexcept;
hash256 digest_of(const std::array<gl, 4>& elements) noexcept;

/// A machine whose proofs are verified on L1: one segment, every height known. All of it is written
/// into the contracts as constants, so that a proof of another parameter set or machine cannot
/// enter; the set of programs is put in when they are linked (link.hpp). What is behind the
/// references must outlive the value.
struct l1_machine {
  std::string name;  ///< the contracts' names start with it
  const proof_params& params;
  const proving_key& key;
  std::vector<u8> heights_log2;  ///< a table
  /// A table. Together they speak of all elements of the list's digest and of the set's root.
  std::vector<std::vector<public_source>> publics;
  /// Of a transaction's data. Public mempools take transactions of 128 KiB in all.
  std::size_t call_bytes_max = 126'000;

  std::vector<const air_shape*> shapes() const {
    std::vector<const air_shape*> out;
    for (const prover_air* a : key.airs) out.push_back(&a->verifier.shape);
    return out;
  }
};

/// Whether the native verifier would look at a proof of this machine: its shape is one that the
/// parameters allow and the key's. Contracts are written for no other.
status<verify_failure> check_machine(const l1_machine& machine);

/// The public values for a list's digest and a set's root, as the native verifier takes them.
/// Precondition: both are canonical.
std::vector<std::vector<gl>> publics_of(const l1_machine& machine, const hash256& list,
                                        const hash256& set_root);

}  // namespace ashlar::stark

#pragma once

#include "runtime/stark/recursion/circuit_set.hpp"
#include "runtime/stark/recursion_prover/proof_shelf.hpp"
#include "runtime/stark/recursion_prover/prover_pool.hpp"

namespace ashlar::stark {

/// What verifiers have of a catalog's circuits: the set, whose root L1 pins, and the key of the
/// outer circuit, which the contract on L1 is written for.
struct recursion_keys {
  circuit_set set;
  circuit_key outer;
};

/// The same as bytes, with a checksum. Decoding: nothing where the bytes are cut or changed.
bytes encode_keys(const recursion_keys& keys);
std::optional<recursion_keys> decode_keys(bytes_view raw);

/// Names all circuits of a catalog, with the parameters of their proofs: what their keys follow
/// from. Records them all. The error is a sentence.
result<hash256, std::string> digest_of_circuits(const circuit_catalog& catalog, prover_pool& pool);

/// The keys, from the shelf where they lie there under this name; or made, which commits to the
/// fixed columns of every circuit, and kept. A shelf that cannot keep them is no failure. The error
/// is a sentence.
result<recursion_keys, std::string> make_keys(const circuit_catalog& catalog, prover_pool& pool,
                                              const hash256& name, proof_shelf& shelf);

}  // namespace ashlar::stark

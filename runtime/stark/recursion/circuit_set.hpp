#pragma once

#include "runtime/stark/circuit/circuit.hpp"
#include "runtime/stark/verifier/verifier.hpp"

namespace ashlar::stark {

/// circuit_chips as verifiers see them; made once.
const std::vector<verifier_air>& circuit_airs();

/// What a verifier has of a circuit.
struct circuit_key {
  hash256 fixed_root;  ///< by the hash of the proofs of the circuit
  hash256 digest;      ///< verifying_key::digest
  circuit_heights heights;

  /// Of a key that was made for circuit_chips (make_proving_key).
  static circuit_key of(const verifying_key& key);
  verifying_key verifier() const;
  /// The key as a leaf of the set: root, digest in words of four bytes, both heights; 14 elements.
  /// Precondition: fixed_root is a digest of Poseidon2.
  hash256 leaf() const;
};

/// The levels of the tree of a set of that many.
unsigned set_depth(std::size_t members);

/// The circuits whose proofs are as good as each other's: all state a node_claim. Each circuit that
/// verifies a proof takes it of any member, so a set's root fixes all that can be proved with it,
/// and is what L1 pins. The tree is of Poseidon2 nodes over the leaves; leaves without a member are
/// zero, which is no key's but by a preimage.
class circuit_set {
 public:
  /// At least one.
  explicit circuit_set(std::vector<circuit_key> members);

  const circuit_key& member(std::size_t i) const { return members_.at(i); }
  std::size_t size() const noexcept { return members_.size(); }
  unsigned depth() const noexcept { return static_cast<unsigned>(levels_.size() - 1); }
  const hash256& root() const noexcept { return levels_.back()[0]; }
  /// The siblings from the member's leaf to the root, the lowest first.
  std::vector<hash256> path(std::size_t member) const;

 private:
  std::vector<circuit_key> members_;
  std::vector<std::vector<hash256>> levels_;  // the leaves first
};

}  // namespace ashlar::stark

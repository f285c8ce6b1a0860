#pragma once

#include "runtime/stark/circuit/builder.hpp"
#include "runtime/stark/solidity/circuit_machine.hpp"

namespace ashlar::stark {

/// A small circuit in the place of the outermost layer: the same two tables, the same public
/// values, proofs and contracts. It hashes 8 x `blocks` elements, evaluates them as a polynomial
/// and climbs a path, bits set and not; what it states it is told. So its proofs mean nothing, and
/// only tests have it.
class stated_circuit {
 public:
  stated_circuit(std::string name, const proof_params& params, u32 blocks);
  stated_circuit(const stated_circuit&) = delete;

  /// With its input, but for what it states.
  struct recorded {
    circuit made;
    std::vector<gl> input;
  };

  const l1_machine& machine() const noexcept { return machine_.machine(); }
  circuit_key key() const { return circuit_key::of(key_.key); }
  bytes prove(const std::array<gl, 8>& stated);

 private:
  std::unique_ptr<prover_backend> backend_;
  proof_params params_;
  recorded recorded_;
  proving_key key_;
  circuit_machine machine_;
};

/// A list's digest and a set's root, as such machines state them; where the contracts take the
/// element from.
std::array<gl, 8> stated_values(const hash256& list, const hash256& set_root);
public_source stated_source(u32 element);

}  // namespace ashlar::stark

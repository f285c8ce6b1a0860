#pragma once

#include <catch2/catch.hpp>

#include "runtime/stark/circuit/witness.hpp"
#include "runtime/stark/machine/run_prover.hpp"
#include "runtime/stark/recursion/leaf.hpp"
#include "runtime/stark/recursion/node.hpp"
#include "runtime/stark/recursion/node_input.hpp"

namespace ashlar::test {

using namespace stark;

/// About 4 bits, whole paths.
inline constexpr proof_params insecure_paths = {
    "insecure_paths", hash_kind::poseidon2, 1, 3, 1, 3, 2, 0, 2, 20, 20, 8192, false};
/// The same at another rate, so that leaves' proofs are none of other circuits.
inline constexpr proof_params insecure_rate = {
    "insecure_rate", hash_kind::poseidon2, 2, 2, 1, 3, 2, 0, 2, 20, 20, 8192, false};

/// A run of the base program, in parts.
struct base_run {
  proved_run run;
  run_parts parts;  // views into run
  run_outline outline;
};

/// A program that stands for the base program, the circuits for its runs, their keys, and proofs.
class recursion_fixture {
 public:
  /// The one of all tests: it takes seconds to make.
  static const recursion_fixture& shared();

  /// Two runs of the base program, of two segments or more each.
  const base_run& run(unsigned i) const { return *runs_[i]; }
  const recursion_params& params() const { return params_; }
  const circuit_set& set() const { return *set_; }
  const hash256& root() const { return set_->root(); }
  run_key key() const { return base_key_.verifier(); }

  // Members of the set.
  std::size_t segment_leaf(const base_run& of, u32 number) const;
  std::size_t memory_leaf() const { return memory_; }
  std::size_t wrap() const { return wrap_; }
  std::size_t join() const { return wrap_ + 1; }
  std::size_t complete() const { return wrap_ + 2; }
  std::size_t leaf_join() const { return wrap_ + 3; }
  const circuit& made(std::size_t member) const { return circuits_[member]; }

  /// What a member's circuit says of an input: empty, or where it fails.
  std::string refusal(std::size_t member, const node_input& input) const {
    return refusal(made(member), input.elements, input.publics(root()));
  }
  static std::string refusal(const circuit& of, std::span<const gl> input,
                             const std::array<gl, 8>& publics);

  /// Proves what the member's circuit states on this input.
  proved_claim prove(std::size_t member, const node_input& input) const;

  /// A set with the same circuits, but for the first: in its place is one that states whatever its
  /// prover wants, as if its members' proofs could be forged.
  const circuit_set& lying_set() const { return *lying_set_; }
  /// A proof of whatever claim, in the lying set.
  proved_claim lie(const node_claim& claim) const;

  // Steps on the way to one proof, each proved. `part`: 0 memory, n segment n.
  node_input leaf_input(const base_run& of, u32 part) const;
  std::size_t leaf(const base_run& of, u32 part) const {
    return part == 0 ? memory_leaf() : segment_leaf(of, part);
  }
  proved_claim leaf_proof(const base_run& of, u32 part) const {
    return prove(leaf(of, part), leaf_input(of, part));
  }
  proved_claim wrapped(const base_run& of, u32 part) const;
  /// Of two leaves, or of two others.
  proved_claim joined(const proved_claim& left, const proved_claim& right) const;
  proved_claim completed(const proved_claim& whole, const base_run& of, const hash256& list) const;

  /// A proof by Keccak of a circuit that states these publics; whether it is one is asked.
  bool outer_proof_holds(const circuit& outer, const outer_input& input) const;

 private:
  recursion_fixture();
  void record();
  void commit();
  bytes prove(const circuit& of, const proving_key& key, std::span<const gl> input,
              const std::array<gl, 8>& publics) const;
  base_run base(u32 seed) const;

  std::unique_ptr<prover_backend> backend_ = make_cpu_backend(2);
  riscv::program program_;
  run_proving_key base_key_;
  recursion_params params_;
  std::unique_ptr<base_run> runs_[2];
  std::vector<std::vector<u8>> segment_shapes_;
  std::vector<u8> memory_shape_;
  std::size_t memory_ = 0, wrap_ = 0;
  std::vector<circuit> circuits_;
  std::vector<proving_key> keys_;
  std::unique_ptr<circuit_set> set_, lying_set_;
  circuit liar_;
  proving_key liars_key_;
};

}  // namespace ashlar::test

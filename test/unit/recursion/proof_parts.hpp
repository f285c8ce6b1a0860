#pragma once

#include "test/unit/recursion/recursion_fixture.hpp"

// Inputs that a prover may make who keeps to no order: what the circuits read, part by part.

namespace ashlar::test {

/// What verify_circuit reads of a proof: key, place in the set, proof.
inline std::vector<gl> proof_part(const recursion_params& params, const circuit_set& set,
                                  const proved_claim& of) {
  auto input = input_of_wrap(params, set, of);
  REQUIRE(input.ok());
  input->elements.erase(input->elements.begin(), input->elements.begin() + 4);  // the claim
  return std::move(input->elements);
}
/// How many elements of a part come before the proof.
inline std::size_t key_elements(const recursion_params& params) {
  return 4 + 8 + 1 + 4 * params.set_depth;
}

inline void put(std::vector<gl>& to, gl e) {
  to.push_back(e);
}
inline void put(std::vector<gl>& to, const gl3& e) {
  to.insert(to.end(), std::begin(e.c), std::end(e.c));
}
template <std::size_t N>
void put(std::vector<gl>& to, const std::array<gl, N>& all) {
  to.insert(to.end(), all.begin(), all.end());
}
inline void put(std::vector<gl>& to, const hash256& digest) {
  put(to, elements_of(digest));
}
inline void put(std::vector<gl>& to, const cut& c) {
  put(to, c.state);
  put(to, c.pc);
  put(to, c.index);
}
inline void put(std::vector<gl>& to, const std::vector<gl>& all) {
  to.insert(to.end(), all.begin(), all.end());
}
template <class... Parts>
std::vector<gl> in_order(const Parts&... parts) {
  std::vector<gl> out;
  (put(out, parts), ...);
  return out;
}

/// The digest of a claim with this element changed.
inline hash256 digest_with_wrong(const node_claim& claim, std::size_t element) {
  auto elements = claim.elements();
  elements[element] += gl::one();
  return hash_elements(hash_kind::poseidon2, elements);
}

}  // namespace ashlar::test

#include "test/solidity/stated_circuit.hpp"

#include <random>

#include "runtime/crypto/poseidon2.hpp"
#include "runtime/stark/circuit/witness.hpp"
#include "runtime/stark/hash/sponge.hpp"

namespace ashlar::stark {

namespace {

// Node of a Merkle tree, by Poseidon2.
void absorb_node(const u64 (&left)[4], const u64 (&right)[4], u64 (&out)[4]) {
  u64 state[12] = {}, block[8];
  state[8] = sponge_start(u64{8}, u64{8});
  std::copy(std::begin(left), std::end(left), block);
  std::copy(std::begin(right), std::end(right), block + 4);
  crypto::poseidon2_absorb(state, block);
  std::copy(state, state + 4, out);
}

constexpr u64 path_index = 0b1011;
constexpr unsigned path_depth = 4;

void climb_input(std::mt19937_64& rng, std::vector<gl>& input) {
  u64 node[4], sibling[4];
  input.push_back(gl(path_index));
  const auto random = [&](u64(&digest)[4]) {
    for (u64& e : digest) {
      e = gl(rng()).value();
      input.push_back(gl(e));
    }
  };
  random(node);
  for (unsigned i = 0; i < path_depth; ++i) {
    random(sibling);
    u64 above[4];
    if ((path_index >> i & 1) != 0)
      absorb_node(sibling, node, above);
    else
      absorb_node(node, sibling, above);
    std::copy(std::begin(above), std::end(above), node);
  }
  for (u64 e : node) input.push_back(gl(e));
}

using recorded = stated_circuit::recorded;

recorded record_circuit(u32 blocks) {
  circuit_builder b;
  const wire z = b.input();
  const auto row = b.open(8 * blocks, 8);
  b.assert_equal(row.digest, b.input_quad());
  b.assert_equal(b.horner(row.quads, z), b.input());
  const wire index = b.input_base();
  const quad node = b.input_quad();
  const std::vector<bit> bits = b.bits_of(index);
  const quad root = b.climb(node, std::span<const bit>(bits).first(path_depth));
  b.assert_equal(root, b.input_quad());
  for (const wire& word : b.publics()) b.assert_equal(word, b.input_base());
  recorded out{b.finish(), {}};
  std::mt19937_64 rng(3);
  const gl3 at{gl(rng()), gl(rng()), gl(rng())};
  u64 state[12] = {};
  state[8] = 8 * u64{blocks} + (u64{8} << 32);
  gl3 value;
  out.input.assign(std::begin(at.c), std::end(at.c));
  for (u32 i = 0; i < blocks; ++i) {
    u64 cells[8];
    for (u64& c : cells) {
      const gl e(rng());
      out.input.push_back(e);
      value = value * at + e;
      c = e.value();
    }
    crypto::poseidon2_absorb(state, cells);
  }
  for (unsigned i = 0; i < 4; ++i) out.input.push_back(gl(state[i]));
  out.input.insert(out.input.end(), std::begin(value.c), std::end(value.c));
  climb_input(rng, out.input);
  return out;
}

}  // namespace

std::array<gl, 8> stated_values(const hash256& list, const hash256& set_root) {
  std::array<gl, 8> out;
  for (u32 i = 0; i < 4; ++i) {
    out[i] = element_of(list, i);
    out[4 + i] = element_of(set_root, i);
  }
  return out;
}

public_source stated_source(u32 element) {
  return element < 4 ? public_source{public_source::kind::list, element, {}}
                     : public_source{public_source::kind::set_root, element - 4, {}};
}

stated_circuit::stated_circuit(std::string name, const proof_params& params, u32 blocks)
    : backend_(make_cpu_backend(2)),
      params_(params),
      recorded_(record_circuit(blocks)),
      key_(make_proving_key(params_, *backend_, circuit_prover_airs(), recorded_.made.fixed())),
      machine_(std::move(name), params_, circuit_key::of(key_.key)) {}

bytes stated_circuit::prove(const std::array<gl, 8>& stated) {
  std::vector<gl> input = recorded_.input;
  input.insert(input.end(), stated.begin(), stated.end());
  auto run = run_circuit(recorded_.made, input, stated);
  ensure(run.ok());
  std::vector<segment_trace> traces;
  traces.push_back({std::move(run->main), run->public_lists()});
  auto proofs = prove_segments(params_, key_, *backend_, std::move(traces));
  ensure(proofs.ok());
  return std::move(proofs.value().front());
}

}  // namespace ashlar::stark

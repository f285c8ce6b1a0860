#include "test/support/circuit_stages.hpp"

#include <random>

#include "runtime/stark/circuit/builder.hpp"
#include "runtime/stark/hash/hash.hpp"
#include "runtime/stark/recursion_prover/circuit_prover.hpp"

namespace ashlar::test {

using namespace stark;

namespace {

constexpr u32 opened_width = 24, sponge_rows_each = opened_width / hash_block_max + 1;

void append_digest(std::vector<gl>& to, const hash256& digest) {
  for (unsigned k = 0; k < 4; ++k) to.push_back(gl(load_le64(digest.data() + 8 * k)));
}

std::string proofs_of(const proof_params& params, const sample_circuit& sample, prover_backend& a,
                      prover_backend& b) {
  bytes proofs[2];
  prover_backend* const both[2] = {&a, &b};
  for (unsigned k = 0; k < 2; ++k) {
    circuit_prover prover(params, sample.of, *both[k]);
    auto proof = prover.prove(sample.input, {});
    if (!proof) return "no proof by backend " + std::to_string(k) + ": " + proof.error().text();
    // The fixed columns serve more than one proof.
    const auto again = prover.prove(sample.input, {});
    if (!again || *again != *proof)
      return "the second proof by backend " + std::to_string(k) + " is another";
    proofs[k] = std::move(*proof);
  }
  if (proofs[0] == proofs[1]) return {};
  const auto at =
      std::mismatch(proofs[0].begin(), proofs[0].end(), proofs[1].begin(), proofs[1].end());
  return "proofs differ from byte " + std::to_string(at.first - proofs[0].begin()) + " on, of " +
         std::to_string(proofs[0].size()) + " and " + std::to_string(proofs[1].size());
}

}  // namespace

sample_circuit make_sample_circuit(const circuit_heights& heights, u32 rows) {
  std::mt19937_64 rng(rows);
  sample_circuit out;
  circuit_builder b;
  const auto chosen = [&] { return out.input.emplace_back(rng()); };
  gl3 value;
  for (gl& c : value.c) c = chosen();
  wire combined = b.input();
  quad node = b.input_quad();
  hash256 digest;
  for (unsigned k = 0; k < 4; ++k) store_le64(digest.data() + 8 * k, chosen().value());
  for (u32 done = 0; done < rows; done += sponge_rows_each) {
    std::vector<gl> row(opened_width);
    for (gl& e : row) e = chosen();
    const auto opened = b.open(opened_width, hash_block_max);
    combined = b.horner(opened.quads, combined);
    node = b.hash_node(node, opened.digest);
    const gl3 at = value;
    value = gl3();
    for (const gl e : row) value = value * at + e;
    digest = hash_node(hash_kind::poseidon2, digest, hash_elements(hash_kind::poseidon2, row));
  }
  b.assert_equal(combined, b.input());
  b.assert_equal(node, b.input_quad());
  for (const gl c : value.c) out.input.push_back(c);
  append_digest(out.input, digest);
  out.of = b.finish(circuit_builder::output::none, heights);
  return out;
}

void add_circuit_stages(std::vector<backend_stage>& to, bool large) {
  struct size {
    const proof_params& params;
    circuit_heights full;  // of the largest circuit that is proved so
  };
  for (const size& s :
       {size{leaf128, {19, 18}}, size{circuit128, {17, 16}}, size{outer128, {15, 14}}}) {
    const auto add = [&](circuit_heights heights, proof_params params, const std::string& what) {
      to.push_back({"proofs of a circuit, " + std::string(params.name) + what,
                    [=](prover_backend& a, prover_backend& b) {
                      const u32 rows = (1u << heights.sponge) / 3 * 2;
                      return proofs_of(params, make_sample_circuit(heights, rows), a, b);
                    }});
    };
    proof_params fast = s.params;
    fast.grinding_bits = 4;
    const auto least = static_cast<u8>(fast.height_log2_min);
    add({static_cast<u8>(least + 1), least}, fast, ", small tables");
    if (large) add(s.full, s.params, ", full size");
  }
}

}  // namespace ashlar::test

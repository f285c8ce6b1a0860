#include "runtime/stark/circuit/recorded_values.hpp"

#include "runtime/stark/fri/leaf.hpp"

namespace ashlar::stark {

recorded_values::opened_row recorded_values::row(u32 n, const row_challenge& challenge) {
  const circuit_builder::opened o = builder_.open(n, hash_block_max);
  return {o.digest, builder_.horner(o.quads, challenge.z)};
}

wire recorded_values::limb(const circuit_builder::opened& leaf, unsigned number, const wire& z) {
  return builder_.horner(std::span<const quad>(leaf.quads).subspan(2 * number, 2), z);
}

recorded_values::opened_leaf recorded_values::leaf(unsigned fold_log2, const wire& x,
                                                   const wire& beta) {
  const u32 k = 1u << fold_log2;
  ensure(leaf_block(fold_log2) == k);  // a limb is a block
  const circuit_builder::opened o = builder_.open(3 * k, k);
  const wire root = gl3(gl(), gl::one(), gl());
  const auto at = [&](const wire& z) {
    return (limb(o, 0, z) * root + limb(o, 1, z)) * root + limb(o, 2, z);
  };
  return {o.digest, at(x), at(beta)};
}

wire_evaluator recorded_values::evaluator(const verifier_air& air) const {
  for (std::size_t i = 0; i < evaluators_.size(); ++i)
    if (key_.airs[i] == &air) return evaluators_[i];
  ensure(false);
  return nullptr;
}

std::vector<wire> statement_words(circuit_builder& builder, std::span<const u8> heights_log2,
                                  quad global_root, std::span<const std::vector<wire>> publics) {
  struct sink {
    circuit_builder& builder;
    std::vector<wire> words;
    void number(u64 v) { element(gl(v)); }
    void element(const wire& v) {
      for (const wire& half : builder.halves_of(v)) words.push_back(half);
    }
    void digest(quad d) {
      for (const wire& e : builder.elements_of(d)) element(e);
    }
  } to{builder, {}};
  write_statement(to, heights_log2, global_root, publics);
  return std::move(to.words);
}

void absorb_statement(recorded_transcript& t, circuit_builder& builder,
                      std::span<const u8> heights_log2, quad global_root,
                      std::span<const std::vector<wire>> publics) {
  t.absorb_words(transcript_item::public_values,
                 statement_words(builder, heights_log2, global_root, publics));
}

}  // namespace ashlar::stark

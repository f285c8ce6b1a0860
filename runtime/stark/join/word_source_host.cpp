#include "runtime/stark/fri/leaf.hpp"
#include "runtime/stark/hash/hash.hpp"
#include "runtime/stark/join/word_source.hpp"

namespace ashlar::stark {

u8 word_source::byte() {
  if (rest_.empty()) return fail(source_state::truncated), u8{0};
  const u32 word = rest_[0];
  rest_ = rest_.subspan(1);
  if (word > 0xff) fail(source_state::not_canonical);
  return static_cast<u8>(word);
}

u64 word_source::number() {
  if (rest_.size() < 2) return fail(source_state::truncated), u64{0};
  const u64 out = rest_[0] | u64{rest_[1]} << 32;
  rest_ = rest_.subspan(2);
  return out;
}

gl word_source::residue() noexcept {
  return gl(number());
}

gl word_source::canonical() noexcept {
  const u64 v = number();
  if (v >= gl::modulus) fail(source_state::not_canonical);
  return gl(v);
}

hash256 word_source::digest() {
  hash256 out;
  for (unsigned i = 0; i < 4; ++i) store_le64(out.data() + 8 * i, canonical().value());
  return out;
}

void word_source::extensions(std::span<gl3> out) {
  for (gl3& e : out)
    for (gl& c : e.c) c = canonical();
}

opened_row word_source::row(u32 n, const row_challenge& challenge) {
  std::vector<gl> cells(n);
  gl3 value;
  for (gl& cell : cells) {
    cell = residue();
    value = value * challenge.z + cell;
  }
  return {hash_elements(hash_kind::poseidon2, cells), value};
}

opened_leaf word_source::leaf(unsigned fold_log2, gl x, const gl3& beta) {
  const unsigned each = 1u << fold_log2;
  const auto cells = [&] {
    std::vector<gl> out(3 * each);
    for (gl& cell : out) cell = residue();
    return out;
  };
  const std::vector<gl> for_beta = cells(), for_x = cells();
  const hash256 digest = hash_elements(hash_kind::poseidon2, for_beta, each);
  if (hash_elements(hash_kind::poseidon2, for_x, each) != digest) fail(source_state::not_canonical);
  return {digest, leaf_value(for_x, x), leaf_value(for_beta, beta)};
}

void word_source::climb(hash256& node, u32 index, unsigned depth) {
  for (; depth != 0; --depth, index >>= 1) {
    hash256 sibling;
    for (unsigned i = 0; i < 4; ++i) store_le64(sibling.data() + 8 * i, residue().value());
    node = (index & 1) != 0 ? hash_node(hash_kind::poseidon2, sibling, node)
                            : hash_node(hash_kind::poseidon2, node, sibling);
  }
}

}  // namespace ashlar::stark

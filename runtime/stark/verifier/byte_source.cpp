#include "runtime/stark/verifier/byte_source.hpp"

#include "runtime/stark/fri/leaf.hpp"
#include "runtime/stark/merkle/merkle_proof.hpp"

namespace ashlar::stark {

bytes_view byte_source::elements(std::size_t n) {
  const bytes_view b = reader_.take(n * gl::encoded_bytes);
  for (std::size_t at = 0; at < b.size(); at += gl::encoded_bytes)
    if (load_number(hash_, b.data() + at) >= gl::modulus) canonical_ = false;
  return b;
}

bytes_view byte_source::digests(std::size_t n) {
  const bytes_view b = reader_.take(n * sizeof(hash256));
  for (std::size_t at = 0; at < b.size(); at += sizeof(hash256))
    if (!is_digest(hash_, hash256::copy_of(b.data() + at))) canonical_ = false;
  return b;
}

u8 byte_source::byte() {
  const bytes_view b = reader_.take(1);
  return b.empty() ? 0 : b[0];
}

u64 byte_source::number() {
  const bytes_view b = reader_.take(8);
  return b.empty() ? 0 : load_number(hash_, b.data());
}

hash256 byte_source::digest() {
  const bytes_view b = digests(1);
  return b.empty() ? hash256{} : hash256::copy_of(b.data());
}

void byte_source::extensions(std::span<gl3> out) {
  const bytes_view b = elements(gl3::degree * out.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    for (unsigned k = 0; k < gl3::degree; ++k)
      out[i].c[k] = b.empty() ? gl() : element(b.data() + i * gl3::encoded_bytes + 8 * k);
}

gl3 byte_source::row_value(bytes_view encoded, const row_challenge& challenge) const noexcept {
  // Eight elements after a short first block, so that most products are by known powers.
  gl3 out;
  constexpr std::size_t block = row_challenge::block;
  const u8* at = encoded.data();
  for (std::size_t left = encoded.size() / gl::encoded_bytes; left != 0;) {
    const std::size_t count = (left - 1) % block + 1;
    out *= challenge.delta;
    for (std::size_t j = 0; j < count; ++j, at += gl::encoded_bytes)
      out += challenge.power[count - 1 - j] * element(at);
    left -= count;
  }
  return out;
}

std::pair<gl3, gl3> byte_source::leaf_values(bytes_view encoded, gl x,
                                             const gl3& beta) const noexcept {
  const std::size_t n = encoded.size() / gl::encoded_bytes;
  if (n == 0) return {};
  gl cells[3u << fold_log2_max];
  for (std::size_t i = 0; i < n; ++i) cells[i] = element(encoded.data() + i * gl::encoded_bytes);
  const std::span<const gl> leaf(cells, n);
  return {leaf_value(leaf, x), leaf_value(leaf, beta)};
}

opened_row byte_source::row(u32 n, const row_challenge& challenge) {
  const bytes_view b = elements(n);
  if (b.empty()) return {};
  return {hash_encoded(hash_, b), row_value(b, challenge)};
}

opened_leaf byte_source::leaf(unsigned fold_log2, gl x, const gl3& beta) {
  const bytes_view b = elements(std::size_t{3} << fold_log2);
  if (b.empty()) return {};
  const auto [at_x, at_beta] = leaf_values(b, x, beta);
  return {hash_encoded(hash_, b, leaf_block(fold_log2)), at_x, at_beta};
}

void byte_source::climb(hash256& node, u32 index, unsigned depth) {
  node = ancestor_of(hash_, node, index, digests(depth));
}

}  // namespace ashlar::stark

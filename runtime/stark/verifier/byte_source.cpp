#include "runtime/stark/verifier/byte_source.hpp"

#include "runtime/stark/fri/leaf.hpp"
#include "runtime/stark/merkle/merkle_proof.hpp"

namespace ashlar::stark {

gl byte_source::element(const u8* at) noexcept {
  const auto e = load_element(hash_, at);
  if (!e) canonical_ = false;
  return e.value_or(gl());
}

void byte_source::check_digests(bytes_view digests) noexcept {
  for (std::size_t at = 0; at < digests.size(); at += sizeof(hash256))
    if (!is_digest(hash_, hash256::copy_of(digests.data() + at))) canonical_ = false;
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
  const bytes_view b = reader_.take(sizeof(hash256));
  check_digests(b);
  return b.empty() ? hash256{} : hash256::copy_of(b.data());
}

void byte_source::extensions(std::span<gl3> out) {
  const bytes_view b = reader_.take(out.size() * gl3::encoded_bytes);
  for (std::size_t i = 0; i < out.size(); ++i)
    for (unsigned k = 0; k < 3; ++k)
      out[i].c[k] = b.empty() ? gl() : element(b.data() + i * gl3::encoded_bytes + 8 * k);
}

opened_row byte_source::row(u32 n, const row_challenge& challenge) {
  const bytes_view b = reader_.take(std::size_t{n} * gl::encoded_bytes);
  if (b.empty()) return {};
  // Eight elements after a short first block, so that most products are by known powers.
  opened_row out;
  constexpr u32 block = row_challenge::block;
  const u8* at = b.data();
  for (u32 left = n; left != 0;) {
    const u32 count = (left - 1) % block + 1;
    out.value *= challenge.delta;
    for (u32 j = 0; j < count; ++j, at += gl::encoded_bytes)
      out.value += challenge.power[count - 1 - j] * element(at);
    left -= count;
  }
  out.digest = hash_encoded(hash_, b);
  return out;
}

opened_leaf byte_source::leaf(unsigned fold_log2, gl x, const gl3& beta) {
  const std::size_t n = std::size_t{3} << fold_log2;
  const bytes_view b = reader_.take(n * gl::encoded_bytes);
  if (b.empty()) return {};
  gl cells[3u << fold_log2_max];
  for (std::size_t i = 0; i < n; ++i) cells[i] = element(b.data() + i * gl::encoded_bytes);
  const std::span<const gl> leaf(cells, n);
  return {hash_encoded(hash_, b, leaf_block(fold_log2)), leaf_value(leaf, x),
          leaf_value(leaf, beta)};
}

void byte_source::climb(hash256& node, u32 index, unsigned depth) {
  const bytes_view siblings = reader_.take(depth * sizeof(hash256));
  check_digests(siblings);
  node = ancestor_of(hash_, node, index, siblings);
}

}  // namespace ashlar::stark

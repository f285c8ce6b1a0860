#include "runtime/stark/hash/hash.hpp"

#include <bit>
#include <vector>

#include "runtime/base/ensure.hpp"
#include "runtime/crypto/blake3.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/stark/hash/sponge.hpp"

namespace ashlar::stark {

namespace {

template <class Element>
hash256 sponge_digest(std::size_t n, unsigned each, const Element& element) {
  u64 words[4];
  poseidon2_sponge(n, each, element, words);
  hash256 out;
  for (unsigned k = 0; k < 4; ++k) store_le64(out.data() + 8 * k, words[k]);
  return out;
}

// A byte hash over the elements' encodings, a block of them at a time.
template <class State>
hash256 hash_encodings(hash_kind kind, std::span<const gl> elements) {
  constexpr std::size_t at_once = 16;
  State state;
  while (!elements.empty()) {
    u8 encoded[at_once * gl::encoded_bytes];
    const std::size_t n = std::min(at_once, elements.size());
    for (std::size_t i = 0; i < n; ++i) store_element(kind, encoded + 8 * i, elements[i]);
    state.update({encoded, n * gl::encoded_bytes});
    elements = elements.subspan(n);
  }
  return state.final();
}

}  // namespace

hash256 hash_elements(hash_kind kind, std::span<const gl> elements, unsigned each) noexcept {
  ensure(!elements.empty() && each >= 1 && each <= hash_block_max);
  switch (kind) {
    case hash_kind::blake3:
      return hash_encodings<crypto::blake3_state>(kind, elements);
    case hash_kind::keccak:
      return hash_encodings<crypto::keccak256_state>(kind, elements);
    case hash_kind::poseidon2:
      break;
  }
  return sponge_digest(elements.size(), each, [&](std::size_t i) { return elements[i].value(); });
}

hash256 hash_encoded(hash_kind kind, bytes_view elements, unsigned each) noexcept {
  ensure(!elements.empty() && elements.size() % gl::encoded_bytes == 0);
  ensure(each >= 1 && each <= hash_block_max);
  if (kind == hash_kind::blake3) return crypto::blake3(elements);
  if (kind == hash_kind::keccak) return crypto::keccak256(elements);
  return sponge_digest(elements.size() / gl::encoded_bytes, each,
                       [&](std::size_t i) { return load_le64(elements.data() + 8 * i); });
}

hash256 hash_node(hash_kind kind, const hash256& left, const hash256& right) noexcept {
  if (kind == hash_kind::blake3) return crypto::blake3_node(left, right);
  if (kind == hash_kind::keccak) {
    u8 both[64];
    std::memcpy(both, left.data(), 32);
    std::memcpy(both + 32, right.data(), 32);
    return crypto::keccak256(both);
  }
  // One block, whose words lie as they are written: what a verifier in a guest does most.
  static_assert(std::endian::native == std::endian::little);
  u64 state[crypto::poseidon2_width], block[crypto::poseidon2_rate];
  std::memcpy(block, left.data(), 32);
  std::memcpy(block + 4, right.data(), 32);
  state[8] = sponge_start(8, 8);
  state[9] = state[10] = state[11] = 0;
  crypto::poseidon2_absorb(state, block);
  hash256 out;
  std::memcpy(out.data(), state, 32);
  return out;
}

hash256 hash_bytes(hash_kind kind, bytes_view data) {
  if (kind == hash_kind::blake3) return crypto::blake3(data);
  if (kind == hash_kind::keccak) return crypto::keccak256(data);
  const std::vector<gl> elements = elements_of_bytes(data);
  const std::size_t n = elements.size();
  return sponge_digest(n + 1, hash_block_max, [&](std::size_t i) {
    return i < n ? elements[i].value() : u64{data.size()};
  });
}

std::vector<gl> elements_of_bytes(bytes_view data) {
  std::vector<gl> out((data.size() + 3) / 4);
  for (std::size_t i = 0; i < out.size(); ++i) {
    u8 four[4] = {};
    std::memcpy(four, data.data() + 4 * i, std::min<std::size_t>(4, data.size() - 4 * i));
    out[i] = gl(load_le32(four));
  }
  return out;
}

bool is_digest(hash_kind kind, const hash256& digest) noexcept {
  if (kind != hash_kind::poseidon2) return true;
  for (unsigned k = 0; k < 4; ++k)
    if (load_le64(digest.data() + 8 * k) >= gl::modulus) return false;
  return true;
}

void store_number(hash_kind kind, u8* to, u64 v) noexcept {
  kind == hash_kind::keccak ? store_be64(to, v) : store_le64(to, v);
}
u64 load_number(hash_kind kind, const u8* from) noexcept {
  return kind == hash_kind::keccak ? load_be64(from) : load_le64(from);
}
void store_element(hash_kind kind, u8* to, const gl3& e) noexcept {
  for (unsigned k = 0; k < gl3::degree; ++k) store_element(kind, to + 8 * k, e.c[k]);
}
std::optional<gl> load_element(hash_kind kind, const u8* from) noexcept {
  const u64 v = load_number(kind, from);
  if (v >= gl::modulus) return std::nullopt;
  return gl::from_canonical(v);
}
std::optional<gl3> load_extension(hash_kind kind, const u8* from) noexcept {
  gl3 out;
  for (unsigned k = 0; k < gl3::degree; ++k) {
    const auto e = load_element(kind, from + 8 * k);
    if (!e) return std::nullopt;
    out.c[k] = *e;
  }
  return out;
}

}  // namespace ashlar::stark

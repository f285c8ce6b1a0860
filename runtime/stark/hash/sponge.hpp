#pragma once

#include "runtime/crypto/poseidon2.hpp"
#include "runtime/stark/field/gl.hpp"

namespace ashlar::stark {

/// What the capacity of a sponge over n elements in blocks of `each` starts with, in its first
/// cell.
constexpr u64 sponge_start(u64 n, u64 each) noexcept {
  return n + (each << 32);
}

/// How many elements the first block takes.
constexpr unsigned first_block(std::size_t n, unsigned each) noexcept {
  return static_cast<unsigned>((n - 1) % each) + 1;
}

/// hash_elements of Poseidon2 into `digest`; `element(i)` gives any word that stands for element i.
template <class Element>
void poseidon2_sponge(std::size_t n, unsigned each, const Element& element, u64 digest[4]) {
  u64 state[crypto::poseidon2_width] = {};
  state[crypto::poseidon2_rate] = sponge_start(n, each);
  unsigned take = first_block(n, each);
  for (std::size_t at = 0; at < n; at += take, take = each) {
    u64 block[crypto::poseidon2_rate] = {};
    for (unsigned j = 0; j < take; ++j) block[crypto::poseidon2_rate - take + j] = element(at + j);
    crypto::poseidon2_absorb(state, block);
  }
  for (unsigned k = 0; k < 4; ++k) digest[k] = state[k];
}

/// The same, blocks being of 8, of two lists one after the other. What follows the first is
/// absorbed where it lies, so that a guest spends a few cycles a block.
inline void poseidon2_sponge(std::span<const gl> first, std::span<const gl> rest, u64 digest[4]) {
  constexpr unsigned each = crypto::poseidon2_rate;
  const std::size_t n = first.size() + rest.size();
  u64 state[crypto::poseidon2_width] = {};
  state[each] = sponge_start(n, each);
  std::size_t at = 0;
  for (unsigned take = first_block(n, each); at < first.size(); at += take, take = each) {
    u64 block[each] = {};
    for (unsigned j = 0; j < take; ++j) {
      const std::size_t i = at + j;
      block[each - take + j] = (i < first.size() ? first[i] : rest[i - first.size()]).value();
    }
    crypto::poseidon2_absorb(state, block);
  }
  for (; at < n; at += each)
    crypto::poseidon2_absorb(state, reinterpret_cast<const u64*>(&rest[at - first.size()]));
  for (unsigned k = 0; k < 4; ++k) digest[k] = state[k];
}

}  // namespace ashlar::stark

#pragma once

#include <span>
#include <vector>

#include "runtime/stark/field/gl3.hpp"
#include "runtime/stark/hash/hash_kind.hpp"

namespace ashlar::stark {

/// Most elements that a block of a Poseidon2 sponge takes.
inline constexpr unsigned hash_block_max = 8;

/// Digest of n >= 1 elements.
///   blake3     of their 8-byte little-endian encodings
///   keccak     of their 8-byte big-endian encodings
///   poseidon2  a sponge in overwrite mode over cells 0..7, the capacity (cells 8..11) starting as
///              (n + 2^32 each, 0, 0, 0): the list is cut into blocks, the first of ((n - 1) mod
///              each) + 1 elements, every later one of `each`; a block stands at the end of the
///              rate with zeros in front, and each block is followed by a permutation. The digest
///              is cells 0..3, canonical, little-endian.
/// Neither length nor `each` is padded: both are in the capacity, so lists that differ in either
/// start from different states. 1 <= each <= hash_block_max; blake3 and keccak ignore it.
hash256 hash_elements(hash_kind kind, std::span<const gl> elements,
                      unsigned each = hash_block_max) noexcept;

/// The same for elements as they are written in a proof of this kind, 8 bytes each, which the
/// caller refuses where one is of p or above.
hash256 hash_encoded(hash_kind kind, bytes_view elements, unsigned each = hash_block_max) noexcept;

/// An inner node: blake3 and keccak of the 64 bytes, poseidon2 of the 8 elements (one permutation).
hash256 hash_node(hash_kind kind, const hash256& left, const hash256& right) noexcept;

/// Digest of bytes. poseidon2: of the bytes four at a time as little-endian numbers, the last ones
/// filled up with zeros, followed by one element, the number of bytes.
hash256 hash_bytes(hash_kind kind, bytes_view data);

/// The bytes four at a time as little-endian numbers, the last ones filled up with zeros.
std::vector<gl> elements_of_bytes(bytes_view data);

/// Whether a digest that was read can be one of the kind's. A Poseidon2 digest with an element of p
/// or above must be refused: it would stand for another one.
bool is_digest(hash_kind kind, const hash256& digest) noexcept;

/// Numbers and elements in 8 bytes, as proofs and transcripts of the kind have them: big-endian for
/// keccak, so that a contract reads them as words, else little-endian.
void store_number(hash_kind kind, u8* to, u64 v) noexcept;
u64 load_number(hash_kind kind, const u8* from) noexcept;
inline void store_element(hash_kind kind, u8* to, gl e) noexcept {
  store_number(kind, to, e.value());
}
/// Three elements, the constant one first.
void store_element(hash_kind kind, u8* to, const gl3& e) noexcept;
/// Nothing where the number is p or above.
std::optional<gl> load_element(hash_kind kind, const u8* from) noexcept;
std::optional<gl3> load_extension(hash_kind kind, const u8* from) noexcept;

}  // namespace ashlar::stark

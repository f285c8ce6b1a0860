#pragma once

#include "runtime/stark/field/gl3.hpp"

namespace ashlar::stark {

/// The low `bits` bits of i in reverse order.
constexpr u32 reverse_bits(u32 i, unsigned bits) noexcept {
  u32 r = 0;
  for (unsigned b = 0; b < bits; ++b) r |= ((i >> b) & 1) << (bits - 1 - b);
  return r;
}

/// Committed polynomials of degree below 2^h are evaluated on the coset g <w_N>, N = 2^(h + b), of
/// the field's generator g, so outside of every trace domain. Places in a Merkle tree are numbered
/// t = c 2^h + r, c < 2^b, r < 2^h, for the point g w_N^(c + 2^b rev(r)): halving t squares the
/// point (apart from g), whatever the height.
inline constexpr gl domain_shift = gl::generator();

/// The point of place t without the shift: w_N^(c + 2^b rev(r)).
constexpr gl domain_point(u32 t, unsigned height_log2, unsigned blowup_log2) noexcept {
  const u64 c = u64{t} >> height_log2;
  const u64 r = reverse_bits(t, height_log2);
  return gl::root_of_unity(height_log2 + blowup_log2).pow(c + (r << blowup_log2));
}

/// Where place t is stored: coset by coset, each in natural order.
constexpr std::size_t storage_of(u32 t, unsigned height_log2) noexcept {
  const std::size_t c = std::size_t{t} >> height_log2 << height_log2;
  return c + reverse_bits(t, height_log2);
}

}  // namespace ashlar::stark

#pragma once

#include <optional>

#include "runtime/base/bytes.hpp"

/// The precompiled contracts 6, 7 and 8 over the curve alt_bn128, as functions of their raw input.
/// Numbers are 32 bytes big-endian; a coordinate not below p is invalid; (0, 0) is infinity.
namespace ashlar::crypto {

/// x and y of a point of G1.
using bn254_point = std::array<u8, 64>;

/// EIP-196 ECADD: the sum of two points. The input counts as if zeros followed it without end, and
/// bytes past 128 are ignored. Nothing where a point is not on the curve.
std::optional<bn254_point> bn254_add(bytes_view input);

/// EIP-196 ECMUL: point (64 bytes) times scalar (32 bytes, any value). Input is padded and cut to
/// 96 bytes likewise. Nothing where the point is not on the curve.
std::optional<bn254_point> bn254_mul(bytes_view input);

/// EIP-197: whether the product of pairings of (G1 point, G2 point) pairs of 192 bytes is one; true
/// for no pairs. Imaginary parts of G2 coordinates come first. Nothing where the length is no
/// multiple of 192, a point is not on its curve, or a G2 point is outside the subgroup.
std::optional<bool> bn254_pairing_check(bytes_view input);

}  // namespace ashlar::crypto

#pragma once

#include <optional>

#include "runtime/base/bytes.hpp"

/// EIP-2537: the precompiled contracts 0x0b to 0x11 over BLS12-381, as functions of their raw
/// input. An element of Fp is 64 bytes big-endian, the first 16 zero, the number below p; of Fp2
/// its real part, then its imaginary part; all zeros is the point at infinity; a scalar is 32 bytes
/// of any value. Every function gives nothing where the length is wrong (a list must not be empty),
/// an element is not canonical, or a point is not on its curve.
namespace ashlar::crypto {

using bls12_g1_bytes = std::array<u8, 128>;
using bls12_g2_bytes = std::array<u8, 256>;

/// Two points; neither need be of the subgroup.
std::optional<bls12_g1_bytes> bls12_g1_add(bytes_view input);
std::optional<bls12_g2_bytes> bls12_g2_add(bytes_view input);

/// The sum of scalar * point over pairs of 160 or 288 bytes; nothing where a point is outside the
/// subgroup.
std::optional<bls12_g1_bytes> bls12_g1_msm(bytes_view input);
std::optional<bls12_g2_bytes> bls12_g2_msm(bytes_view input);

/// Whether the product of pairings of (G1, G2) pairs of 384 bytes is one; nothing where a point is
/// outside its subgroup.
std::optional<bool> bls12_pairing_check(bytes_view input);

/// One field element (64 or 128 bytes) to a point of the subgroup: see bls12_381_map.hpp.
std::optional<bls12_g1_bytes> bls12_map_fp_to_g1(bytes_view input);
std::optional<bls12_g2_bytes> bls12_map_fp2_to_g2(bytes_view input);

}  // namespace ashlar::crypto

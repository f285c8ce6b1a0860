#pragma once

#include <optional>

#include "runtime/base/bytes.hpp"

namespace ashlar::crypto {

/// Number of field elements in a blob, the first word of the precompile's answer.
inline constexpr u64 kzg_field_elements_per_blob = 4096;
/// First byte of a versioned hash of a KZG commitment.
inline constexpr u8 kzg_versioned_hash_version = 0x01;

/// A compressed point of G1 of BLS12-381.
using kzg_point = fixed_bytes<48>;

/// 0x01 followed by the last 31 bytes of the commitment's SHA-256.
hash256 kzg_versioned_hash(const kzg_point& commitment) noexcept;

/// Whether `proof` opens the polynomial under `commitment` to y at z, by the trusted setup of the
/// Ethereum KZG ceremony: e(commitment - [y]G1 + [z]proof, G2) = e(proof, [tau]G2). False also for
/// points that are not canonical, not on the curve or outside the subgroup, and for z or y not
/// below the group order. Soundness rests on nobody knowing tau.
bool kzg_verify_opening(const kzg_point& commitment, const hash256& z, const hash256& y,
                        const kzg_point& proof);

/// EIP-4844's point evaluation precompile 0x0a on its raw input of 192 bytes: versioned hash, z, y
/// (32 each), commitment, proof (48 each). The answer is 4096 and the group order, 32 bytes each;
/// nothing where the length, the versioned hash or the proof is wrong.
std::optional<std::array<u8, 64>> kzg_point_evaluation(bytes_view input);

}  // namespace ashlar::crypto

#pragma once

#include "runtime/crypto/bls12_381_curve.hpp"

namespace ashlar::crypto::bls12_381 {

/// RFC 9380 map_to_curve and clear_cofactor of the suites BLS12381G1_XMD:SHA-256_SSWU_RO_ and
/// BLS12381G2_XMD:SHA-256_SSWU_RO_: the simplified SWU map to an isogenous curve, the isogeny back,
/// then multiplication into the subgroup. Defined for every field element.
g1_jacobian map_to_g1(const fp& u) noexcept;
g2_jacobian map_to_g2(const fp2& u) noexcept;

}  // namespace ashlar::crypto::bls12_381

#pragma once

#include "runtime/base/bytes.hpp"

namespace ashlar::crypto {

/// base^exponent mod modulus over big-endian bytes of any length (EIP-198): the result is as long
/// as the modulus. A zero modulus gives zeros, an empty one nothing; 0^0 is 1.
/// The caller bounds the lengths (EIP-7823, or gas): cost grows with the square of the modulus'
/// length times the exponent's. Host: GMP. Guest: the
/// machine's chip for a modulus of at most 32 bytes, else modexp_own.
bytes modexp(bytes_view base, bytes_view exponent, bytes_view modulus);

/// The same over our own arithmetic.
bytes modexp_own(bytes_view base, bytes_view exponent, bytes_view modulus);

}  // namespace ashlar::crypto

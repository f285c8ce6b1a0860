#include "runtime/crypto/modexp.hpp"

namespace ashlar::crypto {

bytes modexp(bytes_view base, bytes_view exponent, bytes_view modulus) {
  return modexp_own(base, exponent, modulus);
}

}  // namespace ashlar::crypto

#include <gmp.h>

#include "runtime/crypto/modexp.hpp"

namespace ashlar::crypto {

namespace {

struct big_integer {
  mpz_t value;

  explicit big_integer(bytes_view big_endian) {
    mpz_init(value);
    mpz_import(value, big_endian.size(), 1, 1, 1, 0, big_endian.data());
  }
  ~big_integer() { mpz_clear(value); }
  big_integer(const big_integer&) = delete;
  big_integer& operator=(const big_integer&) = delete;
};

}  // namespace

bytes modexp(bytes_view base, bytes_view exponent, bytes_view modulus) {
  bytes out(modulus.size());
  big_integer b(base), m(modulus);
  const big_integer e(exponent);
  if (mpz_sgn(m.value) == 0) return out;
  mpz_powm(b.value, b.value, e.value, m.value);
  // The export drops leading zeros: it is written against the end.
  const std::size_t size = (mpz_sizeinbase(b.value, 2) + 7) / 8;
  if (mpz_sgn(b.value) != 0)
    mpz_export(out.data() + (out.size() - size), nullptr, 1, 1, 1, 0, b.value);
  return out;
}

}  // namespace ashlar::crypto

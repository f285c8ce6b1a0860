#include <gmp.h>

#include "runtime/crypto/mod256_advice.hpp"

namespace ashlar::crypto {

namespace {

static_assert(GMP_NUMB_BITS == 64, "limbs are passed as they are");

struct number {
  mpz_t value;

  number() { mpz_init(value); }
  explicit number(const u64 from[4]) : number() { mpz_import(value, 4, -1, 8, 0, 0, from); }
  ~number() { mpz_clear(value); }
  number(const number&) = delete;
  number& operator=(const number&) = delete;

  void store(u64 to[4]) const {
    for (int i = 0; i < 4; ++i) to[i] = 0;
    if (mpz_sizeinbase(value, 2) <= 256) mpz_export(to, nullptr, -1, 8, 0, 0, value);
  }
};

}  // namespace

void mod256_negated_quotient_advice(u64 out[4], const u64 a[4], const u64 b[4],
                                    const u64 m[4]) noexcept {
  const number numerator(a), denominator(b), modulus(m);
  number result;
  if (mpz_sgn(modulus.value) != 0 &&
      mpz_invert(result.value, denominator.value, modulus.value) != 0) {
    mpz_mul(result.value, result.value, numerator.value);
    mpz_neg(result.value, result.value);
    mpz_mod(result.value, result.value, modulus.value);
  }
  result.store(out);
}

void mod256_root_advice(u64 out[4], const u64 a[4], const u64 m[4]) noexcept {
  const number base(a), modulus(m);
  number exponent, result;
  if (mpz_sgn(modulus.value) != 0) {
    mpz_add_ui(exponent.value, modulus.value, 1);
    mpz_fdiv_q_2exp(exponent.value, exponent.value, 2);
    mpz_powm(result.value, base.value, exponent.value, modulus.value);
  }
  result.store(out);
}

void quotient256_advice(u64 out[4], const u64 a[4], const u64 b[4]) noexcept {
  const number dividend(a), divisor(b);
  number result;
  if (mpz_sgn(divisor.value) != 0) mpz_fdiv_q(result.value, dividend.value, divisor.value);
  result.store(out);
}

}  // namespace ashlar::crypto

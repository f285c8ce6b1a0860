#pragma once

#include "runtime/crypto/mod256.hpp"
#include "runtime/crypto/mod256_advice.hpp"
#include "runtime/crypto/mod384_guest.hpp"

/// Fields of four and six limbs in the guest, by the chips behind mod256_mul_add and
/// mod384_mul_add: what mont.hpp's loops do in 1,100 cycles and more, in about ten. Constant
/// expressions keep the loops.
namespace ashlar::crypto::mont_guest {

using digits = std::array<u32, 8>;

/// The chip reads words wherever they are aligned to words.
inline u64* limbs_of(digits& d) noexcept {
  return reinterpret_cast<u64*>(d.data());
}
inline const u64* limbs_of(const digits& d) noexcept {
  return reinterpret_cast<const u64*>(d.data());
}

inline constexpr digits zero{}, one{1};

/// (a b + c) mod p; b < p, a and c any.
inline digits mul_add(const digits& a, const digits& b, const digits& c, const digits& p) noexcept {
  digits out;
  mod256_mul_add(limbs_of(out), limbs_of(a), limbs_of(b), limbs_of(c),
                 reinterpret_cast<const modulus256*>(p.data()));
  return out;
}

inline words384 mul_add(const words384& a, const words384& b, const words384& c,
                        const words384& p) noexcept {
  words384 out;
  mod384_mul_add(out, a, b, c, p);
  return out;
}

/// -a / b mod p, as advised and then checked; the program ends where the advice is wrong. a, b < p,
/// b not 0.
inline digits negated_quotient(const digits& a, const digits& b, const digits& p) noexcept {
  digits out;
  mod256_negated_quotient_advice(limbs_of(out), limbs_of(a), limbs_of(b), limbs_of(p));
  const digits rest = mul_add(out, b, a, p);
  mod256_ensure_zero(limbs_of(rest));
  return mul_add(out, one, zero, p);
}

}  // namespace ashlar::crypto::mont_guest

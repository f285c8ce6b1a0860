#pragma once

#include "runtime/crypto/mod256.hpp"
#include "runtime/crypto/mod256_advice.hpp"

/// Fields of four limbs in the guest, by the chip behind mod256_mul_add: what mont.hpp's loops do
/// in about 1,100 cycles, in about 30. Constant expressions keep the loops.
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

#include <memory>

#include "runtime/base/vector_code.hpp"
#include "runtime/crypto/mod256_advice.hpp"
#include "runtime/crypto/secp256k1.hpp"
#include "runtime/crypto/secp256k1_lanes.hpp"
#include "runtime/crypto/secp256k1_points.hpp"
#include "runtime/crypto/secp256k1_table.hpp"

// Recovery of eight keys at a time. The key of a signature (r, s) of e with the nonce's point R is
// Q = -(e / r) G + (s / r) R. Scalars and the last division are made here, the sum in lanes.

namespace ashlar::crypto {

namespace {

using namespace secp;
using curve = weierstrass<field, false>;
using strings = secp256k1_sign_strings;

/// 1 / a for each a, modulo a prime; 0 for 0. One inversion for all (Montgomery: Speeding the
/// Pollard and elliptic curve methods of factorization, 1987).
template <const modulus256& Modulus>
void invert_all(std::span<u256> all) {
  using ring = ring256<Modulus>;
  std::vector<u256> before(all.size());  // the product of all that are before
  u256 product = 1;
  for (std::size_t i = 0; i < all.size(); ++i) {
    before[i] = product;
    if (!all[i].is_zero()) product = ring::mul(product, all[i]);
  }
  constexpr u256 minus_one = ring::modulus() - 1;
  u256 inverse;
  mod256_negated_quotient_advice(inverse.limb, minus_one.limb, product.limb, Modulus.m);
  ensure(ring::mul(inverse, product) == u256{1});
  for (std::size_t i = all.size(); i-- > 0;) {
    if (all[i].is_zero()) continue;
    const u256 own = ring::mul(inverse, before[i]);
    inverse = ring::mul(inverse, all[i]);
    all[i] = own;
  }
}

/// The odd multiples of p.
void fill(secp256k1_packed_point (&table)[strings::generator_multiples], const jacobian_point& p) {
  std::vector<jacobian_point> multiple(std::size(table));
  curve::odd_multiples(p, multiple.data(), static_cast<int>(multiple.size()));
  std::vector<u256> inverse;
  inverse.reserve(multiple.size());
  for (const jacobian_point& m : multiple) inverse.push_back(m.z);
  invert_all<prime>(inverse);
  for (std::size_t i = 0; i < multiple.size(); ++i) {
    const u256 squared = field::square(inverse[i]);
    const u256 x = field::mul(multiple[i].x, squared);
    const u256 y = field::mul(multiple[i].y, field::mul(squared, inverse[i]));
    std::memcpy(table[i].x, x.limb, 32);
    std::memcpy(table[i].y, y.limb, 32);
  }
}

const secp256k1_generator_table& generator_table() {
  static const auto made = [] {
    auto table = std::make_unique<secp256k1_generator_table>();
    jacobian_point p = curve::from(secp256k1_g[0]);
    fill(table->low, p);
    for (unsigned i = 0; i < strings::generator_bits / 2; ++i) p = curve::doubled(p);
    fill(table->high, p);
    return table;
  }();
  return *made;
}

/// What makes sign strings of scalars. With v = u / 2 + generator, 2 v - (2^260 - 1) is u. With
/// s + t lambda = u / 2 + point and |s|, |t| < 2^128, s + 2^128 and t + 2^128 have 130 bits and
/// stand for k1 and k2 with k1 + k2 lambda = u.
struct sign_offsets {
  u256 generator, point;

  sign_offsets() {
    const u256 half = scalars::inverse(2), lambda = scalars::negated(minus_lambda);
    const auto ones = [&](unsigned bits) {  // (2^bits - 1) / 2
      const u256 power = scalars::power(2, bits);
      return scalars::mul(scalars::sub(power, 1), half);
    };
    generator = ones(strings::generator_bits);
    // 2 (s + 2^128) - (2^130 - 1) = 2 s - (2^129 - 1)
    point = scalars::mul(ones(strings::point_bits - 1), scalars::add(lambda, 1));
  }
};

/// half + 2^128.
u256 above_zero(const half_scalar& half) {
  constexpr u256 from{0, 1, 0, 0};
  verify(half.size < from);
  return half.negative ? from - half.size : from + half.size;
}

void set(secp256k1_lanes_question::number& to, std::size_t lane, const u256& value) {
  for (std::size_t i = 0; i < 5; ++i) to[i][lane] = i < 4 ? value.limb[i] : 0;
}

u256 get(const secp256k1_lanes_answer::number& from, std::size_t lane) {
  return {from[3][lane], from[2][lane], from[1][lane], from[0][lane]};
}

bool in_range(const recovery& a) {
  return !a.r.is_zero() && !a.s.is_zero() && a.r < secp256k1_order && a.s < secp256k1_order;
}

/// Sets the lanes for these signatures, 1 to 8 of them, which are in range. Lanes without one work
/// for the first.
secp256k1_lanes_question question_of(std::span<const recovery* const> asked) {
  static const sign_offsets offset;
  u256 inverse[secp256k1_lanes];
  const std::span<u256> inverses(inverse, asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) inverse[i] = scalars::twice(asked[i]->r);
  invert_all<order>(inverses);
  secp256k1_lanes_question q{};
  for (std::size_t lane = 0; lane < secp256k1_lanes; ++lane) {
    const std::size_t i = lane < asked.size() ? lane : 0;
    const recovery& a = *asked[i];
    const u256 e = scalars::reduced(u256::from_be(a.digest));
    half_scalar first, second;
    split(scalars::mul_add(a.s, inverse[i], offset.point), first, second);
    set(q.x, lane, a.r);
    set(q.generator, lane, scalars::mul_add(scalars::negated(e), inverse[i], offset.generator));
    set(q.first, lane, above_zero(first));
    set(q.second, lane, above_zero(second));
    q.odd |= static_cast<u8>(a.y_parity << lane);
  }
  return q;
}

std::optional<address> recover_alone(const recovery& a) {
  return recover(a.digest, a.r, a.s, a.y_parity);
}

/// The keys' addresses, of 1 to 8 signatures that are in range. Where a sum is not known, which is
/// where the key is infinity or where whoever signs has made an addition exceptional, libsecp256k1
/// is asked. So it is where a key is not on the curve: none is by this arithmetic, and no fault in
/// it shall name a sender.
void recover_lanes(std::span<const recovery* const> asked,
                   std::span<std::optional<address>* const> found) {
  secp256k1_lanes_answer answer;
  secp256k1_lanes_avx512(question_of(asked), generator_table(), answer);
  u256 inverse[secp256k1_lanes];
  for (std::size_t i = 0; i < asked.size(); ++i) inverse[i] = get(answer.z, i);
  invert_all<prime>({inverse, asked.size()});
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (((answer.on_curve >> i) & 1) == 0) continue;
    const u256 squared = field::square(inverse[i]);
    const affine_point key{field::mul(get(answer.x, i), squared),
                           field::mul(get(answer.y, i), field::mul(squared, inverse[i]))};
    const bool known = !inverse[i].is_zero() && curve::on_curve(key, 7);
    *found[i] = known ? address_of_key(key.x, key.y) : recover_alone(*asked[i]);
  }
}

bool has_lanes() noexcept {
#if defined(__x86_64__)
  static const bool has = __builtin_cpu_supports("avx512ifma");
  return has && chosen_vector_code() == vector_code::avx512;
#else
  return false;
#endif
}

}  // namespace

std::vector<std::optional<address>> recover_many(std::span<const recovery> asked) {
  // Eight in lanes take a quarter longer than one alone.
  constexpr std::size_t together_min = 2;
  std::vector<std::optional<address>> found(asked.size());
  if (asked.size() < together_min || !has_lanes()) {
    for (std::size_t i = 0; i < asked.size(); ++i) found[i] = recover_alone(asked[i]);
    return found;
  }
  const recovery* lane[secp256k1_lanes];
  std::optional<address>* to[secp256k1_lanes];
  std::size_t lanes = 0;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (in_range(asked[i])) {
      lane[lanes] = &asked[i];
      to[lanes++] = &found[i];
    }
    if (lanes == secp256k1_lanes || (lanes > 0 && i + 1 == asked.size())) {
      recover_lanes({lane, lanes}, {to, lanes});
      lanes = 0;
    }
  }
  return found;
}

}  // namespace ashlar::crypto

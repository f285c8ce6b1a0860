#include <catch2/catch.hpp>

#include "runtime/crypto/bn254_curve.hpp"
#include "test/unit/crypto_pairing/vectors.hpp"

namespace ashlar::crypto {
namespace {

using bn254::fp;
using test::seeded;
using fp_narrow = mont_field<bn254::fp_params, u32>;

constexpr u64 seed = 0x5eed0001;

const u256 p{0x30644e72e131a029, 0xb85045b68181585d, 0x97816a916871ca8d, 0x3c208c16d87cfd47};

template <class F>
F element(const u256& v) {
  const u256 reduced = v % p;
  return F::from_integer({reduced.limb[0], reduced.limb[1], reduced.limb[2], reduced.limb[3]});
}
template <class F>
u256 number(const F& v) {
  const auto i = v.to_integer();
  return {i[3], i[2], i[1], i[0]};
}

template <class F>
void check_against_u256() {
  seeded random{seed};
  INFO("seed " << seed);
  for (int round = 0; round < 500; ++round) {
    u256 a = random.wide() % p, b = random.wide() % p;
    if (round % 7 == 0) a = p - u256{1 + static_cast<u64>(round)};
    if (round % 11 == 0) b = round;
    const F x = element<F>(a), y = element<F>(b);
    REQUIRE(number(x) == a);
    REQUIRE(number(x * y) == mul_mod(a, b, p));
    REQUIRE(number(x + y) == add_mod(a, b, p));
    REQUIRE(number(x - y) == add_mod(a, p - b, p));
    REQUIRE(number(-x) == (a.is_zero() ? a : p - a));
    REQUIRE(number(x.square()) == mul_mod(a, a, p));
    REQUIRE(x.halved().doubled() == x);
    const u256 any = random.wide();
    REQUIRE(number(F::reduced({any.limb[0], any.limb[1], any.limb[2], any.limb[3]})) == any % p);
  }
}

TEST_CASE("field arithmetic agrees with division by the modulus, for both limb widths") {
  check_against_u256<fp>();
  check_against_u256<fp_narrow>();
}

template <class F>
void check_inverse() {
  seeded random{seed};
  REQUIRE(F::zero().inverse() == F::zero());
  REQUIRE(F::one().inverse() == F::one());
  for (u64 small = 1; small < 40; ++small) {
    REQUIRE(F::from_u64(small).inverse() * F::from_u64(small) == F::one());
    REQUIRE((-F::from_u64(small)).inverse() * F::from_u64(small) == -F::one());
  }
  for (int round = 0; round < 200; ++round) {
    const F x = element<F>(random.wide());
    REQUIRE(x * x.inverse() == F::one());
  }
  for (unsigned bit = 0; bit < 254; ++bit) {
    const F x = element<F>(u256{1} << bit);
    REQUIRE(x * x.inverse() == F::one());
  }
}

TEST_CASE("an element times its inverse is one, for both limb widths") {
  check_inverse<fp>();
  check_inverse<fp_narrow>();
}

TEST_CASE("a square has two opposite roots and a non-square has none") {
  seeded random{seed};
  for (int round = 0; round < 50; ++round) {
    const fp x = element<fp>(random.wide());
    const auto root = x.square().sqrt();
    REQUIRE(root.has_value());
    REQUIRE((*root == x || *root == -x));
    // -1 is no square, so exactly one of a and -a is.
    REQUIRE_FALSE((-x.square()).sqrt().has_value());
    REQUIRE(x.is_larger_half() != (-x).is_larger_half());
    const bn254::fp2 z{x, element<fp>(random.wide())};
    const auto complex_root = z.square().sqrt();
    REQUIRE(complex_root.has_value());
    REQUIRE((*complex_root == z || *complex_root == -z));
    // 9 + u generates the sextic twist, so it is no square.
    REQUIRE_FALSE(bn254::tower::mul_xi(z.square()).sqrt().has_value());
  }
}

TEST_CASE("parsing takes numbers below the modulus alone and serialising gives them back") {
  const auto at = [](const u256& v) { return fp::parse(v.to_be().data()); };
  REQUIRE(at(p - u256{1}).has_value());
  REQUIRE_FALSE(at(p).has_value());
  REQUIRE_FALSE(at(p + u256{1}).has_value());
  REQUIRE_FALSE(at(u256::max()).has_value());
  hash256 out;
  at(p - u256{1})->serialise(out.data());
  REQUIRE(out == (p - u256{1}).to_be());
}

TEST_CASE("non-adjacent forms add up to their scalar") {
  seeded random{seed};
  for (int round = 0; round < 300; ++round) {
    const unsigned width = 2 + round % 5;
    const u256 scalar = round == 0 ? u256::max() : random.wide() >> (round % 256);
    naf_digits digits;
    const unsigned length = recode_naf(scalar, width, digits);
    u256 sum;
    for (unsigned i = 257; i-- > 0;) {
      const int digit = digits[i];
      REQUIRE((digit == 0 || digit % 2 != 0));
      REQUIRE(std::abs(digit) < 1 << (width - 1));
      if (i >= length) REQUIRE(digit == 0);
      sum = sum + sum +
            (digit >= 0 ? u256{static_cast<u64>(digit)} : -u256{static_cast<u64>(-digit)});
    }
    REQUIRE(sum == scalar);  // modulo 2^256
  }
}

}  // namespace
}  // namespace ashlar::crypto

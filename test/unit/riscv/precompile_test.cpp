#include "runtime/riscv/precompile.hpp"

#include <random>

#include <catch2/catch.hpp>

#include "runtime/base/u256.hpp"
#include "runtime/crypto/mod256.hpp"
#include "test/support/random_riscv.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

using words = std::array<u32, 8>;

words any_words(std::mt19937_64& random, int used) {
  words w{};
  for (int i = 0; i < used; ++i) w[static_cast<std::size_t>(i)] = corner_word(random);
  return w;
}
u256 number(const words& w) {
  u256 v;
  for (int i = 7; i >= 0; --i) v = (v << 32) + u256{w[static_cast<std::size_t>(i)]};
  return v;
}

}  // namespace

TEST_CASE("mod256_mul_add divides: a b + c = q m + r with r < m, for moduli of every size",
          "[riscv]") {
  std::mt19937_64 random(5);
  int fit = 0;
  for (int i = 0; i < 40'000; ++i) {
    const words a = any_words(random, 8), b = any_words(random, 1 + i % 8),
                c = any_words(random, 8), m = any_words(random, 1 + static_cast<int>(random() % 8));
    words out, q;
    const bool ok =
        riscv::mod256_mul_add(a.data(), b.data(), c.data(), m.data(), out.data(), q.data());
    if (number(m).is_zero()) {
      REQUIRE(ok);
      REQUIRE(number(out) == number(a) * number(b) + number(c));
      continue;
    }
    if (number(b) < number(m)) REQUIRE(ok);
    if (!ok) continue;
    ++fit;
    REQUIRE(number(out) < number(m));
    // Modulo 2^256, and modulo another number that shares nothing with it.
    REQUIRE(number(q) * number(m) + number(out) == number(a) * number(b) + number(c));
    const u256 witness{0xffffffffffffff43};
    const auto sum_mod = [&](const u256& x, const u256& y, const u256& z) {
      return (mul_mod(x, y, witness) + z % witness) % witness;
    };
    REQUIRE(sum_mod(number(q), number(m), number(out)) == sum_mod(number(a), number(b), number(c)));
  }
  REQUIRE(fit > 10'000);
}

TEST_CASE("mod256_mul_add is crypto's for the moduli that it takes", "[riscv]") {
  std::mt19937_64 random(6);
  // secp256k1's field.
  static constexpr crypto::modulus256 prime{
      {0xfffffffefffffc2f, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff},
      {0x00000001000003d1, 0, 0, 0}};
  words m;
  std::memcpy(m.data(), prime.m, 32);
  for (int i = 0; i < 2000; ++i) {
    const words a = any_words(random, 8), c = any_words(random, 8);
    words b = any_words(random, 8);
    if (number(b) >= number(m)) b[7] = 0;
    words out, q;
    REQUIRE(riscv::mod256_mul_add(a.data(), b.data(), c.data(), m.data(), out.data(), q.data()));
    u64 expected[4], x[4], y[4], z[4];
    std::memcpy(x, a.data(), 32);
    std::memcpy(y, b.data(), 32);
    std::memcpy(z, c.data(), 32);
    crypto::mod256_mul_add(expected, x, y, z, &prime);
    REQUIRE(std::memcmp(expected, out.data(), 32) == 0);
  }
}

TEST_CASE("mod384_mul_add divides: a b + c = q m + r with r < m, for moduli of every size",
          "[riscv]") {
  using long_words = std::array<u32, 12>;
  std::mt19937_64 random(7);
  const auto any = [&](int used) {
    long_words w{};
    for (int i = 0; i < used; ++i) w[static_cast<std::size_t>(i)] = corner_word(random);
    return w;
  };
  // x y + z, all 24 words of it.
  const auto value = [](const long_words& x, const long_words& y, const long_words& z) {
    std::array<u32, 24> t{};
    std::copy(z.begin(), z.end(), t.begin());
    for (std::size_t i = 0; i < 12; ++i) {
      u64 carry = 0;
      for (std::size_t j = 0; i + j < 24; ++j, carry >>= 32)
        t[i + j] = static_cast<u32>(carry += t[i + j] + (j < 12 ? u64{x[i]} * y[j] : 0));
    }
    return t;
  };
  const auto below = [](const long_words& a, const long_words& b) {
    return std::lexicographical_compare(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  };
  int fit = 0;
  for (int i = 0; i < 40'000; ++i) {
    const long_words a = any(12), b = any(1 + i % 12), c = any(12),
                     m = any(1 + static_cast<int>(random() % 12));
    long_words out, q;
    const bool ok =
        riscv::mod384_mul_add(a.data(), b.data(), c.data(), m.data(), out.data(), q.data());
    if (below(b, m)) REQUIRE(ok);
    if (m == long_words{}) REQUIRE_FALSE(ok);
    if (!ok) continue;
    ++fit;
    REQUIRE(below(out, m));
    REQUIRE(value(q, m, out) == value(a, b, c));
  }
  REQUIRE(fit > 10'000);
}

TEST_CASE("ext3_take_block is Horner's rule, block by block", "[riscv]") {
  // given: z = X, delta = X^2, so that powers are moves: z^3 = 2, and so on
  const u32 z[6] = {0, 0, 1}, delta[6] = {0, 0, 0, 0, 1};
  u32 v[6] = {5, 0, 7, 0, 11};
  // when: v X^2 + X^7 + 10 X^6 + ... + 10^7, with X^7 = 4 X, X^6 = 4, X^5 = 2 X^2, X^4 = 2 X
  riscv::ext3_take_block(
      v, z, delta,
      std::array<u64, 8>{1, 10, 100, 1000, 10'000, 100'000, 1'000'000, 10'000'000}.data());
  // then: v X^2 = 14 + 22 X + 5 X^2
  const u32 expected[6] = {
      14 + 40 + 20'000 + 10'000'000, 0, 22 + 4 + 2'000 + 1'000'000, 0, 5 + 200 + 100'000, 0};
  for (int i = 0; i < 6; ++i) CHECK(v[i] == expected[i]);
}

TEST_CASE("ext3_mul_add: X X X = 2, and any operands are taken modulo p", "[riscv]") {
  const u32 x[6] = {0, 0, 1, 0, 0, 0}, zero[6] = {}, one[6] = {1};
  u32 xx[6], xxx[6];
  riscv::ext3_mul_add(x, x, zero, xx);
  riscv::ext3_mul_add(xx, x, one, xxx);
  REQUIRE(xx[4] == 1);
  REQUIRE(xxx[0] == 3);
  for (int i = 1; i < 6; ++i) REQUIRE(xxx[i] == 0);
  // p itself is zero, p - 1 squared is one, 2^64 - 1 is 2^32 - 2.
  const u32 p[6] = {1, 0xffffffff, 1, 0xffffffff, 1, 0xffffffff}, last[6] = {0, 0xffffffff};
  const u32 ones[6] = {0xffffffff, 0xffffffff};
  u32 out[6];
  riscv::ext3_mul_add(p, p, p, out);
  for (const u32 w : out) REQUIRE(w == 0);
  riscv::ext3_mul_add(last, last, zero, out);
  REQUIRE((out[0] == 1 && out[1] == 0));
  riscv::ext3_mul_add(ones, one, zero, out);
  REQUIRE((out[0] == 0xfffffffe && out[1] == 0));
}

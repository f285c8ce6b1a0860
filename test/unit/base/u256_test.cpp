#include "runtime/base/u256.hpp"

#include <random>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"

using namespace ashlar;

namespace {

// Values with long runs of ones and zeros: they reach the corrections of Knuth's algorithm D.
u256 sparse(std::mt19937_64& rng) {
  u256 v;
  for (auto& limb : v.limb) {
    switch (rng() % 4) {
      case 0:
        limb = 0;
        break;
      case 1:
        limb = ~0ull;
        break;
      case 2:
        limb = 1ull << (rng() % 64);
        break;
      default:
        limb = rng();
    }
  }
  return v >> static_cast<unsigned>(rng() % 256);
}

}  // namespace

TEST_CASE("quotient times divisor plus remainder is the dividend", "[u256]") {
  std::mt19937_64 rng(20261122);
  for (int i = 0; i < 200000; ++i) {
    const u256 a = sparse(rng), b = sparse(rng);
    const auto [q, r] = divide(a, b);
    if (b.is_zero()) {
      REQUIRE((q.is_zero() && r.is_zero()));
      continue;
    }
    REQUIRE(r < b);
    const auto product = checked_mul(q, b);
    REQUIRE(product.has_value());
    REQUIRE(*product + r == a);
  }
}

TEST_CASE("a product is divided where the quotient fits, and nowhere else", "[u256]") {
  std::mt19937_64 rng(20261128);
  int fit = 0;
  for (int i = 0; i < 200000; ++i) {
    const u256 a = sparse(rng), b = sparse(rng), c = sparse(rng), m = sparse(rng);
    const auto d = divide_product(a, b, c, m);
    if (m.is_zero()) {
      REQUIRE_FALSE(d);
      continue;
    }
    const u256 expected = add_mod(mul_mod(a, b, m), c, m);
    // a b + c < 2^256 m, by the product's upper half
    const auto low = checked_mul(a, b);
    if (b < m || a < m) REQUIRE(d);
    if (low && checked_add(*low, c)) {
      REQUIRE(d);
      REQUIRE(d->quotient == (*low + c) / m);
    }
    if (!d) continue;
    ++fit;
    REQUIRE(d->remainder == expected);
    REQUIRE(d->quotient * m + d->remainder == a * b + c);
  }
  REQUIRE(fit > 50000);
  REQUIRE_FALSE(divide_product(u256::max(), u256::max(), u256::max(), u256{1}));
  REQUIRE_FALSE(divide_product(u256::max(), u256::max(), u256::max(), u256::max() - u256{1}));
  REQUIRE(divide_product(u256::max(), u256::max(), u256::max() - u256{1}, u256::max()));
}

TEST_CASE("modular product and sum agree with repeated addition", "[u256]") {
  std::mt19937_64 rng(7);
  for (int i = 0; i < 300; ++i) {
    const u256 a = sparse(rng), b = sparse(rng), m = sparse(rng);
    if (m.is_zero()) {
      REQUIRE(mul_mod(a, b, m).is_zero());
      continue;
    }
    u256 expected;
    for (int bit = 255; bit >= 0; --bit) {
      expected = add_mod(expected, expected, m);
      if (b.bit(static_cast<unsigned>(bit))) expected = add_mod(expected, a, m);
    }
    REQUIRE(mul_mod(a, b, m) == expected);
  }
}

TEST_CASE("modular sum carries past 256 bits", "[u256]") {
  REQUIRE(add_mod(u256::max(), u256::max(), u256::max()) == u256{0});
  REQUIRE(add_mod(u256::max(), u256{2}, u256::max()) == u256{2});
  REQUIRE(add_mod(u256::max(), u256{5}, u256{7}) == (u256::max() % u256{7} + u256{5}) % u256{7});
}

TEST_CASE("shifts move whole limbs and give zero past the width", "[u256]") {
  const u256 one{1};
  for (unsigned n = 0; n < 256; ++n) {
    REQUIRE((one << n).bit(n));
    REQUIRE(((one << n) >> n) == one);
  }
  REQUIRE((one << 256).is_zero());
  REQUIRE((u256::max() >> 256).is_zero());
}

TEST_CASE("text forms round-trip and refuse what is malformed", "[u256]") {
  REQUIRE(to_decimal(u256::max()) ==
          "115792089237316195423570985008687907853269984665640564039457584007913129639935");
  REQUIRE(parse_u256(to_decimal(u256::max())) == u256::max());
  REQUIRE_FALSE(
      parse_u256("115792089237316195423570985008687907853269984665640564039457584007913129639936"));
  REQUIRE(to_quantity(u256{0}) == "0x0");
  REQUIRE(to_quantity(u256{0x10f}) == "0x10f");
  REQUIRE(parse_u256(to_quantity(u256::max())) == u256::max());
  REQUIRE_FALSE(parse_u256("0x1" + std::string(64, '0')));
  REQUIRE_FALSE(parse_u256(""));
  REQUIRE_FALSE(parse_u256("0x"));
  REQUIRE_FALSE(parse_u256("12a"));
  REQUIRE_FALSE(from_hex("0x123"));
  REQUIRE_FALSE(from_hex("0xzz"));
}

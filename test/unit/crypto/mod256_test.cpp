#include "runtime/crypto/mod256.hpp"

#include <random>

#include <catch2/catch.hpp>

using namespace ashlar;
using namespace ashlar::crypto;

namespace {

constexpr modulus256 secp256k1_prime{{0xfffffffefffffc2f, ~0ull, ~0ull, ~0ull},
                                     {0x00000001000003d1, 0, 0, 0}};
constexpr modulus256 p256_prime{{0xffffffffffffffff, 0x00000000ffffffff, 0, 0xffffffff00000001},
                                {3, 0xfffffffeffffffff, 0xfffffffefffffffe, 0x00000000ffffffff}};
// Hardly above 2^255: Barrett's constant is near its largest.
constexpr modulus256 low_modulus{{95, 0, 0, 0x8000000000000000},
                                 {0xfffffffffffffe84, ~0ull, ~0ull, ~0ull}};

u256 value_of(const u64* limb) {
  return {limb[3], limb[2], limb[1], limb[0]};
}

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
      default:
        limb = rng();
    }
  }
  return v;
}

}  // namespace

TEST_CASE("mod256_mul_add equals division", "[mod256]") {
  std::mt19937_64 rng(20261122);
  for (const modulus256* modulus : {&secp256k1_prime, &p256_prime, &low_modulus}) {
    const u256 m = value_of(modulus->m);
    for (int i = 0; i < 50000; ++i) {
      const u256 a = sparse(rng), b = sparse(rng) % m, c = sparse(rng);
      u256 got;
      mod256_mul_add(got.limb, a.limb, b.limb, c.limb, modulus);
      REQUIRE(got == add_mod(mul_mod(a, b, m), c, m));
    }
    const u256 top = u256::max(), below = m - 1;
    u256 got = top;
    mod256_mul_add(got.limb, got.limb, below.limb, got.limb, modulus);
    REQUIRE(got == add_mod(mul_mod(top, below, m), top, m));
  }
}

TEST_CASE("ring operations agree with their definitions", "[mod256]") {
  using ring = ring256<p256_prime>;
  std::mt19937_64 rng(5);
  const u256 m = ring::modulus();
  for (int i = 0; i < 2000; ++i) {
    const u256 a = sparse(rng) % m, b = sparse(rng) % m;
    REQUIRE(ring::add(a, b) == add_mod(a, b, m));
    REQUIRE(ring::add(ring::sub(a, b), b) == a);
    REQUIRE(ring::add(ring::negated(a), a).is_zero());
  }
  for (int i = 0; i < 50; ++i) {
    const u256 a = sparse(rng) % m;
    REQUIRE(ring::mul(ring::inverse(a), a) == (a.is_zero() ? 0 : 1));
  }
}

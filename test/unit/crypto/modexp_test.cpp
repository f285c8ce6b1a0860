#include "runtime/crypto/modexp.hpp"

#include <random>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"

using namespace ashlar;
using namespace ashlar::crypto;

namespace {

using power_function = bytes (*)(bytes_view, bytes_view, bytes_view);

// Random bytes, often with zeros in front, behind, or throughout.
bytes sparse(std::mt19937_64& rng, std::size_t size) {
  bytes out(size);
  const auto kind = rng() % 5;
  for (auto& b : out) b = kind == 0 ? 0xff : static_cast<u8>(rng());
  if (size != 0 && kind == 1) std::fill_n(out.begin(), rng() % size, u8{0});
  if (size != 0 && kind == 2) std::fill_n(out.rbegin(), rng() % size, u8{0});
  if (kind == 3)
    for (auto& b : out)
      if (rng() % 4) b = 0;
  return out;
}

}  // namespace

TEST_CASE("modexp gives EIP-198's examples", "[modexp]") {
  const bytes p =
      from_hex("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f").value();
  const bytes p_minus_1 =
      from_hex("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2e").value();
  for (const power_function run : {power_function(modexp), power_function(modexp_own)}) {
    bytes one(32);
    one[31] = 1;
    CHECK(run(bytes{3}, p_minus_1, p) == one);
    CHECK(run({}, p_minus_1, p) == bytes(32));
    // 3^0xffff mod 2^255
    bytes two_255(32);
    two_255[0] = 0x80;
    CHECK(to_hex(run(bytes{3}, bytes{0xff, 0xff}, two_255)) ==
          "0x3b01b01ac41f2d6e917c6d6a221ce793802469026d9ab7578fa2e79e4da6aaab");
  }
}

TEST_CASE("modexp keeps the modulus' length and knows its corner cases", "[modexp]") {
  for (const power_function run : {power_function(modexp), power_function(modexp_own)}) {
    CHECK(run(bytes{2}, bytes{5}, {}).empty());
    CHECK(run(bytes{2}, bytes{5}, bytes{0, 0, 0}) == bytes(3));
    CHECK(run(bytes{2}, bytes{5}, bytes{0, 0, 1}) == bytes(3));
    CHECK(run({}, {}, bytes{0, 7}) == bytes{0, 1});
    CHECK(run({}, {}, bytes{1}) == bytes{0});
    CHECK(run(bytes{0}, bytes{0, 0}, bytes{8}) == bytes{1});
    CHECK(run(bytes{0}, bytes{1}, bytes{8}) == bytes{0});
    CHECK(run(bytes{2}, bytes{10}, bytes{0, 0, 0, 0, 0xff, 0xff}) == bytes{0, 0, 0, 0, 4, 0});
    CHECK(run(bytes{1, 0, 0, 0, 0}, bytes{1}, bytes{0, 12}) == bytes{0, 4});
  }
}

TEST_CASE("our modexp equals GMP's", "[modexp]") {
  std::mt19937_64 rng(20261122);
  for (int i = 0; i < 4000; ++i) {
    const std::size_t scale = i % 10 == 0 ? 130 : 24;
    const bytes base = sparse(rng, rng() % scale), exponent = sparse(rng, rng() % 12),
                modulus = sparse(rng, rng() % scale);
    INFO(to_hex(base) << " " << to_hex(exponent) << " " << to_hex(modulus));
    REQUIRE(modexp_own(base, exponent, modulus) == modexp(base, exponent, modulus));
  }
}

TEST_CASE("our modexp equals GMP's where quotient digits need correcting", "[modexp]") {
  // Moduli and bases of long runs of ones and zeros reach the rare steps of the division.
  std::mt19937_64 rng(3);
  const u32 words[] = {0, 1, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff};
  for (int i = 0; i < 4000; ++i) {
    const auto edgy = [&](std::size_t count) {
      bytes out(4 * count);
      for (std::size_t k = 0; k < count; ++k) store_be32(out.data() + 4 * k, words[rng() % 7]);
      return out;
    };
    const bytes base = edgy(1 + rng() % 6), modulus = edgy(1 + rng() % 4),
                exponent = {static_cast<u8>(rng() % 4)};
    INFO(to_hex(base) << " " << to_hex(exponent) << " " << to_hex(modulus));
    REQUIRE(modexp_own(base, exponent, modulus) == modexp(base, exponent, modulus));
  }
}

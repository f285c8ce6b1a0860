#include "runtime/evm/arithmetic.hpp"

#include <random>

#include <catch2/catch.hpp>

using namespace ashlar;
using namespace ashlar::evm;

namespace {
u256 random_word(std::mt19937_64& r) {
  u256 v{r(), r(), r(), r()};
  return v >> static_cast<unsigned>(r() % 256);
}
}  // namespace

TEST_CASE("carry chains give what the plain operators give") {
  std::mt19937_64 random{7};
  INFO("seed 7");
  for (int i = 0; i < 20000; ++i) {
    const u256 a = random_word(random), b = random_word(random);
    REQUIRE(fast_add(a, b) == a + b);
    REQUIRE(fast_sub(a, b) == a - b);
    REQUIRE(fast_mul(a, b) == a * b);
    REQUIRE(fast_less(a, b) == (a < b));
    REQUIRE(fast_less(a, a) == false);
    REQUIRE(fast_signed_less(a, -b) == signed_less(a, -b));
  }
}

TEST_CASE("division undoes multiplication") {
  std::mt19937_64 random{8};
  INFO("seed 8");
  for (int i = 0; i < 20000; ++i) {
    const u256 a = random_word(random), b = random_word(random);
    if (b.is_zero()) continue;
    const u256_division d = divide(a, b);
    REQUIRE(d.remainder < b);
    REQUIRE(d.quotient * b + d.remainder == a);
  }
}

TEST_CASE("signed division keeps the EVM's corner cases") {
  const u256 least = u256{1} << 255, minus_one = u256::max();
  CHECK(signed_div(least, minus_one) == least);
  CHECK(signed_div(-u256{7}, 2) == -u256{3});
  CHECK(signed_mod(-u256{7}, 2) == minus_one);
  CHECK(signed_mod(7, -u256{2}) == u256{1});
  CHECK(signed_div(5, 0) == u256{});
}

TEST_CASE("sign extension, bytes and shifts at their edges") {
  CHECK(sign_extend(0, 0x80) == ~u256{0x7f});
  CHECK(sign_extend(0, 0x17f) == u256{0x7f});
  CHECK(sign_extend(31, u256::max() >> 1) == u256::max() >> 1);
  CHECK(sign_extend(u256::max(), 0xff) == u256{0xff});
  CHECK(byte_at(31, 0xab) == u256{0xab});
  CHECK(byte_at(32, u256::max()) == u256{});
  CHECK(shift_right_signed(u256{1} << 255, 256) == u256::max());
  CHECK(shift_right_signed(u256{1} << 255, 255) == u256::max());
  CHECK(shift_count(u256{1} << 64) == 256);
  CHECK(power(3, 5) == u256{243});
  CHECK(power(0, 0) == u256{1});
  CHECK(power(2, 256) == u256{});
}

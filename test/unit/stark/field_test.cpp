#include <random>

#include <catch2/catch.hpp>

#include "runtime/stark/field/gl.hpp"
#include "runtime/stark/field/gl3.hpp"
#include "runtime/stark/field/matrix.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

constexpr u64 p = gl::modulus;
__extension__ using u128 = unsigned __int128;

u64 times(u64 a, u64 b) {
  return static_cast<u64>(static_cast<u128>(a) * b % p);
}
u64 plus(u64 a, u64 b) {
  return static_cast<u64>((static_cast<u128>(a) + b) % p);
}

// Random, and often next to what carries and borrows hinge on.
struct source {
  std::mt19937_64 rng{20261122};
  u64 word() {
    static constexpr u64 corners[] = {0,
                                      1,
                                      2,
                                      p - 1,
                                      p - 2,
                                      p,
                                      0xffffffffull,
                                      0x100000000ull,
                                      0xfffffffeull,
                                      ~0ull,
                                      0xffffffff00000000ull,
                                      1ull << 63};
    const u64 r = rng();
    return r % 4 == 0 ? corners[rng() % std::size(corners)] : rng();
  }
  gl element() { return gl(word()); }
  gl3 extension() { return {element(), element(), element()}; }
};

}  // namespace

TEST_CASE("field operations agree with 128-bit integers") {
  source in;
  for (int i = 0; i < 200000; ++i) {
    const u64 a = in.word() % p, b = in.word() % p;
    const gl x = gl::from_u64(a), y = gl::from_u64(b);
    REQUIRE((x + y).value() == plus(a, b));
    REQUIRE((x - y).value() == plus(a, p - b));
    REQUIRE((-x).value() == (a == 0 ? 0 : p - a));
    REQUIRE((x * y).value() == times(a, b));
  }
}

TEST_CASE("reduction of 128 bits agrees with division") {
  source in;
  for (int i = 0; i < 200000; ++i) {
    const u64 low = in.word(), high = in.word();
    const u64 expected = static_cast<u64>(((static_cast<u128>(high) << 64) | low) % p);
    REQUIRE(gl::reduce_wide(low, high).value() == expected);
  }
}

TEST_CASE("from_u64 reduces and values are canonical") {
  CHECK(gl::from_u64(p).value() == 0);
  CHECK(gl::from_u64(p + 5).value() == 5);
  CHECK(gl::from_u64(~0ull).value() == gl::epsilon - 1);
}

TEST_CASE("inverse and power") {
  source in;
  CHECK(gl().inverse().is_zero());
  CHECK(gl3().inverse().is_zero());
  for (int i = 0; i < 2000; ++i) {
    const gl x = in.element();
    if (x.is_zero()) continue;
    REQUIRE(x * x.inverse() == gl::one());
    REQUIRE(x.pow(p - 2) == x.inverse());
    REQUIRE(x.pow(p - 1) == gl::one());
    REQUIRE(x.pow(5) == x * x * x * x * x);
  }
}

TEST_CASE("roots of unity have exactly their order") {
  for (unsigned bits = 1; bits <= 32; ++bits) {
    CHECK(gl::root_of_unity(bits).squared(bits - 1) == -gl::one());
    CHECK(gl::root_of_unity(bits).square() == gl::root_of_unity(bits - 1));
  }
}

TEST_CASE("encodings at or above the modulus are refused") {
  u8 b[24] = {};
  for (u64 v : std::initializer_list<u64>{p, p + 1, ~u64{0}}) {
    store_le64(b, v);
    CHECK_FALSE(gl::decode(b).has_value());
  }
  gl(p - 1).encode(b);
  CHECK(gl::decode(b) == gl(p - 1));
  for (int at = 0; at < 3; ++at) {
    u8 e[24] = {};
    CHECK(gl3::decode(e).has_value());
    store_le64(e + 8 * at, p);
    CHECK_FALSE(gl3::decode(e).has_value());
  }
}

TEST_CASE("extension multiplication agrees with polynomials modulo X^3 - 2") {
  source in;
  for (int n = 0; n < 20000; ++n) {
    const gl3 a = in.extension(), b = in.extension();
    u64 wide[5] = {};
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j)
        wide[i + j] = plus(wide[i + j], times(a.c[i].value(), b.c[j].value()));
    const gl3 product = a * b;
    REQUIRE(product.c[0].value() == plus(wide[0], times(2, wide[3])));
    REQUIRE(product.c[1].value() == plus(wide[1], times(2, wide[4])));
    REQUIRE(product.c[2].value() == wide[2]);
    REQUIRE(a * b.c[0] == a * gl3(b.c[0]));
    REQUIRE(b.c[0] - a == gl3(b.c[0]) - a);
    REQUIRE(a - b.c[0] == a - gl3(b.c[0]));
  }
}

TEST_CASE("the Frobenius map is the p-th power and the norm lies in the base field") {
  source in;
  for (int n = 0; n < 50; ++n) {
    const gl3 a = in.extension();
    REQUIRE(a.frobenius() == a.pow(p));
    REQUIRE(a.frobenius().frobenius().frobenius() == a);
    const gl3 product = a * a.frobenius() * a.frobenius().frobenius();
    REQUIRE(product.is_base());
    REQUIRE(product.c[0] == a.norm());
    if (!a.is_zero()) REQUIRE(a * a.inverse() == gl3::one());
  }
}

TEST_CASE("X^3 - 2 has no root in the base field") {
  // A root would make 2 a cube, so 2^((p-1)/3) would be one.
  CHECK(gl::two().pow((p - 1) / 3) != gl::one());
  CHECK(gl::two().pow(96) == -gl::one());
  CHECK(gl::two().pow(192) == gl::one());
}

TEST_CASE("batch inversion inverts each element") {
  source in;
  std::vector<gl3> x, scratch(100);
  while (x.size() < 100) {
    const gl3 e = in.extension();
    if (!e.is_zero()) x.push_back(e);
  }
  const auto before = x;
  invert_all<gl3>(x, scratch);
  for (std::size_t i = 0; i < x.size(); ++i) REQUIRE(x[i] * before[i] == gl3::one());
}

TEST_CASE("a matrix is column-major and starts as zero") {
  matrix m(8, 3);
  CHECK(m.height_log2() == 3);
  m.at(5, 2) = gl(9u);
  CHECK(m.column(2)[5] == gl(9u));
  CHECK(m.cells()[2 * 8 + 5] == gl(9u));
  CHECK(m.column(1)[5].is_zero());
}

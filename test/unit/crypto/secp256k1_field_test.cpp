#if defined(__x86_64__)
#include <random>

#include <catch2/catch.hpp>

#include "runtime/crypto/secp256k1_lanes.hpp"
#include "runtime/crypto/secp256k1_scalars.hpp"
#include "test/unit/crypto/secp256k1_field_lanes.hpp"

using namespace ashlar;
using namespace ashlar::crypto;
using namespace ashlar::test;
using secp::field;

namespace {

constexpr u64 limb_end = u64{1} << 52, sum_end = u64{1} << 58;
constexpr u64 top_end = (u64{1} << 48) + (1 << 8);  // of an element's last limb

/// What the limbs of a lane stand for, modulo p.
u256 value_of(const field_limbs& a, int lane) {
  u256 v;
  for (int i = 4; i >= 0; --i) v = field::mul_add(v, u256{limb_end}, u256{a[i][lane]});
  return v;
}

/// Limbs below `end`, the last below `top`; each the largest, the smallest, or between.
void fill(std::mt19937_64& rng, field_limbs& a, u64 end, u64 top) {
  for (int i = 0; i < 5; ++i)
    for (int lane = 0; lane < 8; ++lane) {
      const u64 most = (i == 4 ? top : end) - 1;
      switch (rng() % 6) {
        case 0:
          a[i][lane] = 0;
          break;
        case 1:
        case 2:
          a[i][lane] = most;
          break;
        case 3:
          a[i][lane] = most - rng() % 4;
          break;
        default:
          a[i][lane] = rng() % (most + 1);
      }
    }
}

bool is_element(const field_limbs& a, int lane) {
  for (int i = 0; i < 4; ++i)
    if (a[i][lane] >= limb_end) return false;
  return a[4][lane] < top_end;
}

u256 times(u64 k, const u256& a) {
  return field::mul(u256{k}, a);
}

/// What an operation on factors gives, of the lanes' values.
u256 expected(field_op op, const u256& a, const u256& b, const u256& c) {
  switch (op) {
    case field_op::mul:
      return field::mul(a, b);
    case field_op::mul_twice:
      return times(2, field::mul(a, b));
    case field_op::mul_add:
      return field::mul_add(a, b, c);
    case field_op::square:
      return field::square(a);
    case field_op::square_twice:
      return times(2, field::square(a));
    case field_op::square_thrice:
      return times(3, field::square(a));
    case field_op::square_add:
      return field::mul_add(a, a, c);
    case field_op::carried:
    case field_op::lowered:
      return c;
    case field_op::canonical:
    case field_op::through_words:
      return a;
    case field_op::negated:
      return field::negated(a);
    case field_op::negated_twice:
      return times(2, field::negated(a));
    case field_op::negated_four_times:
      return times(4, field::negated(a));
    case field_op::root:
      return field::power(a, (field::modulus() >> 2) + 1);
  }
  return {};
}

void set(field_limbs& a, int lane, const u256& v, u64 more_on_top = 0) {
  for (unsigned i = 0; i < 5; ++i) a[i][lane] = (v >> (52 * i)).low() & (limb_end - 1);
  a[4][lane] += more_on_top;
}

bool has_lanes() {
  const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512ifma");
  if (!has) WARN("this processor has no AVX-512 IFMA: not run");
  return has;
}

}  // namespace

TEST_CASE("the vector field is the field up to the ends of its limbs' ranges", "[secp256k1]") {
  if (!has_lanes()) return;
  const field_op op = GENERATE(field_op::mul, field_op::mul_twice, field_op::mul_add,
                               field_op::square, field_op::square_twice, field_op::square_thrice,
                               field_op::square_add, field_op::lowered);
  std::mt19937_64 rng(20261127);
  field_limbs a, b, c, out;
  for (int turn = 0; turn < 20000; ++turn) {
    // given: factors and a sum of any limbs that their types allow; the first time all of the
    // largest
    fill(rng, a, limb_end, limb_end);
    fill(rng, b, limb_end, limb_end);
    fill(rng, c, sum_end, sum_end);
    if (turn == 0)
      for (int i = 0; i < 5; ++i)
        for (int lane = 0; lane < 8; ++lane) {
          a[i][lane] = b[i][lane] = limb_end - 1;
          c[i][lane] = sum_end - 1;
        }
    // when
    run_field_lanes_avx512(op, a, b, c, out);
    // then: an element, and the right one
    for (int lane = 0; lane < 8; ++lane) {
      CAPTURE(static_cast<int>(op), turn, lane);
      REQUIRE(is_element(out, lane));
      REQUIRE(value_of(out, lane) ==
              expected(op, value_of(a, lane), value_of(b, lane), value_of(c, lane)));
    }
  }
}

TEST_CASE("sums of the vector field become factors of the same value", "[secp256k1]") {
  if (!has_lanes()) return;
  std::mt19937_64 rng(1);
  field_limbs a{}, c, out;
  for (int turn = 0; turn < 20000; ++turn) {
    fill(rng, c, sum_end, limb_end - (1 << 7));
    run_field_lanes_avx512(field_op::carried, a, a, c, out);
    for (int lane = 0; lane < 8; ++lane) {
      for (int i = 0; i < 5; ++i) REQUIRE(out[i][lane] < limb_end);
      REQUIRE(value_of(out, lane) == value_of(c, lane));
    }
  }
}

TEST_CASE("elements of the vector field are negated and rooted over their whole range",
          "[secp256k1]") {
  if (!has_lanes()) return;
  const field_op op =
      GENERATE(field_op::negated, field_op::negated_twice, field_op::negated_four_times,
               field_op::root, field_op::through_words);
  std::mt19937_64 rng(2);
  field_limbs a, out;
  const int turns = op == field_op::root ? 200 : 20000;
  for (int turn = 0; turn < turns; ++turn) {
    fill(rng, a, limb_end, top_end);
    run_field_lanes_avx512(op, a, a, a, out);
    for (int lane = 0; lane < 8; ++lane) {
      CAPTURE(static_cast<int>(op), turn, lane);
      for (int i = 0; i < 5; ++i) REQUIRE(out[i][lane] < sum_end);
      REQUIRE(value_of(out, lane) == expected(op, value_of(a, lane), {}, {}));
    }
  }
}

TEST_CASE("an element of the vector field has one canonical form", "[secp256k1]") {
  if (!has_lanes()) return;
  const u256 p = field::modulus(), past = u256{0x1000003d1};
  // given: 0, 1 and the largest, each as it is and with p added; what lies at 2^256
  field_limbs a{}, plus{}, out;
  const u256 value[] = {0, 1, p - 1, past - 1, past, past + 1, p - past, u256{1} << 255};
  for (int lane = 0; lane < 8; ++lane) {
    set(a, lane, value[lane]);
    // value + p = (value - past) + 2^256
    const bool passes = value[lane] >= past;
    set(plus, lane, passes ? value[lane] - past : value[lane] + p, passes ? u64{1} << 48 : 0);
  }
  for (const auto* from : {&a, &plus}) {
    // when
    run_field_lanes_avx512(field_op::canonical, *from, *from, *from, out);
    // then
    for (int lane = 0; lane < 8; ++lane)
      for (int i = 0; i < 5; ++i) {
        CAPTURE(lane, i);
        REQUIRE(out[i][lane] == a[i][lane]);
      }
  }
  CHECK(equal_field_lanes_avx512(a, plus) == 0xff);
  plus[0][3] ^= 1;
  plus[4][6] ^= 1;
  CHECK(equal_field_lanes_avx512(a, plus) == 0xb7);
}
#endif

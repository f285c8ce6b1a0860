#include "runtime/crypto/kzg.hpp"

#include <catch2/catch.hpp>

#include "runtime/crypto/bls12_381_curve.hpp"
#include "runtime/crypto/sha256.hpp"
#include "test/unit/crypto_pairing/vectors.hpp"

namespace ashlar::crypto {
namespace {

using namespace bls12_381;
using test::joined;

struct opening {
  kzg_point commitment;
  hash256 z, y;
  kzg_point proof;

  static opening from(bytes_view v) {
    REQUIRE(v.size() == 160);
    return {kzg_point::copy_of(v.data()), hash256::copy_of(v.data() + 48),
            hash256::copy_of(v.data() + 80), kzg_point::copy_of(v.data() + 112)};
  }
  bool verifies() const { return kzg_verify_opening(commitment, z, y, proof); }
  bytes precompile_input() const {
    return joined(
        {kzg_versioned_hash(commitment).data_, z.data_, y.data_, commitment.data_, proof.data_});
  }
};

/// A published opening with finite points that verifies, and whose z and y are not zero.
opening good_opening() {
  for (const auto& c : test::load_vectors("kzg_vectors.txt")) {
    if (c.operation != "opening" || c.output != bytes{1}) continue;
    const opening o = opening::from(c.input);
    const bool finite = (o.commitment[0] & 0x40) == 0 && (o.proof[0] & 0x40) == 0;
    if (finite && !o.z.is_zero() && !o.y.is_zero()) return o;
  }
  FAIL("no such case in the file");
  return {};
}

kzg_point infinity() {
  kzg_point out;
  out[0] = 0xc0;
  return out;
}

TEST_CASE("kzg openings and the point evaluation precompile answer the published vectors") {
  for (const auto& c : test::load_vectors("kzg_vectors.txt")) {
    INFO("line " << c.line << ": " << c.operation);
    if (c.operation == "precompile") {
      const auto out = kzg_point_evaluation(c.input);
      REQUIRE(out.has_value());
      CHECK(joined({*out}) == c.output);
    } else {
      REQUIRE(c.operation == "opening");
      const opening o = opening::from(c.input);
      CHECK(bytes{static_cast<u8>(o.verifies())} == c.output);
      CHECK(kzg_point_evaluation(o.precompile_input()).has_value() == o.verifies());
    }
  }
}

TEST_CASE("an opening fails when any one of its parts is another value") {
  const opening good = good_opening();
  REQUIRE(good.verifies());
  opening bad = good;
  bad.z[31] ^= 1;
  REQUIRE_FALSE(bad.verifies());
  bad = good;
  bad.y[31] ^= 1;
  REQUIRE_FALSE(bad.verifies());
  bad = good;
  bad.proof[0] ^= 0x20;  // the opposite point
  REQUIRE_FALSE(bad.verifies());
  bad = good;
  bad.commitment[0] ^= 0x20;
  REQUIRE_FALSE(bad.verifies());
  bad = good;
  bad.proof = infinity();
  REQUIRE_FALSE(bad.verifies());
}

TEST_CASE("an opening at z or y not below the group order is refused") {
  const opening good = good_opening();
  opening bad = good;
  bad.z = (u256::from_be(good.z) + group_order).to_be();
  REQUIRE_FALSE(bad.verifies());
  bad = good;
  bad.y = (u256::from_be(good.y) + group_order).to_be();
  REQUIRE_FALSE(bad.verifies());
  // The constant polynomial zero opens to zero everywhere, but zero may not be written as r.
  const opening zero{infinity(), good.z, {}, infinity()};
  REQUIRE(zero.verifies());
  REQUIRE_FALSE(kzg_verify_opening(infinity(), good.z, group_order.to_be(), infinity()));
  REQUIRE_FALSE(kzg_verify_opening(infinity(), group_order.to_be(), {}, infinity()));
}

TEST_CASE("compressed points with wrong flags are refused") {
  const opening good = good_opening();
  opening bad = good;
  bad.commitment[0] &= 0x7f;  // not marked as compressed
  REQUIRE_FALSE(bad.verifies());
  for (u8 first : {0x40, 0xe0, 0xc1}) {
    opening zero{infinity(), good.z, {}, infinity()};
    zero.proof[0] = first;
    INFO("first byte " << int{first});
    REQUIRE_FALSE(zero.verifies());
  }
  opening dirty{infinity(), good.z, {}, infinity()};
  dirty.commitment[47] = 1;
  REQUIRE_FALSE(dirty.verifies());
}

TEST_CASE("a commitment on the curve but outside the subgroup is refused") {
  std::optional<g1_affine> outside;
  for (u64 x = 1; !outside; ++x) {
    const fp at = fp::from_u64(x);
    const auto y = (at.square() * at + g1_b).sqrt();
    if (y && !in_g1(g1_affine{at, *y, false})) outside = g1_affine{at, *y, false};
  }
  kzg_point written;
  outside->x.serialise(written.data());
  written[0] |= outside->y.is_larger_half() ? 0xa0 : 0x80;
  REQUIRE_FALSE(kzg_verify_opening(written, {}, {}, infinity()));
  REQUIRE_FALSE(kzg_verify_opening(infinity(), {}, {}, written));
}

TEST_CASE("point evaluation refuses other lengths and versioned hashes of something else") {
  const bytes input = good_opening().precompile_input();
  REQUIRE(kzg_point_evaluation(input).has_value());
  REQUIRE_FALSE(kzg_point_evaluation({}).has_value());
  REQUIRE_FALSE(kzg_point_evaluation(bytes_view{input}.first(191)).has_value());
  REQUIRE_FALSE(kzg_point_evaluation(joined({input, bytes(1)})).has_value());
  for (std::size_t at : {0u, 1u, 31u}) {
    bytes other = input;
    other[at] ^= 1;
    REQUIRE_FALSE(kzg_point_evaluation(other).has_value());
  }
}

}  // namespace
}  // namespace ashlar::crypto

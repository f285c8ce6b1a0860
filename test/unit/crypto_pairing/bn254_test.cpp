#include "runtime/crypto/bn254.hpp"

#include <catch2/catch.hpp>

#include "runtime/crypto/bn254_curve.hpp"
#include "test/unit/crypto_pairing/vectors.hpp"

namespace ashlar::crypto {
namespace {

using namespace bn254;
using test::joined;
using test::seeded;
using test::words;

constexpr u64 seed = 0x5eed0002;
const u256 p{0x30644e72e131a029, 0xb85045b68181585d, 0x97816a916871ca8d, 0x3c208c16d87cfd47};

const g1_affine g1_generator{fp::one(), fp::from_u64(2), false};
const g2_affine g2_generator{
    fp2::from_integers(
        {0x46debd5cd992f6ed, 0x674322d4f75edadd, 0x426a00665e5c4479, 0x1800deef121f1e76},
        {0x97e485b7aef312c2, 0xf1aa493335a9e712, 0x7260bfb731fb5d25, 0x198e9393920d483a}),
    fp2::from_integers(
        {0x4ce6cc0166fa7daa, 0xe3d1e7690c43d37b, 0x4aab71808dcb408f, 0x12c85ea5db8c6deb},
        {0x55acdadcd122975b, 0xbc4b313370b38ef3, 0xec9e99ad690c3395, 0x090689d0585ff075}),
    false};

bytes encode(const g1_affine& a) {
  bytes out(64);
  a.x.serialise(out.data());
  a.y.serialise(out.data() + 32);
  return out;
}
bytes encode(const g2_affine& a) {
  bytes out(128);
  a.x.c1.serialise(out.data());
  a.x.c0.serialise(out.data() + 32);
  a.y.c1.serialise(out.data() + 64);
  a.y.c0.serialise(out.data() + 96);
  return out;
}
g2_jacobian times(const g2_affine& q, const u256& scalar) {
  g2_jacobian out;
  for (unsigned i = scalar.bit_length(); i-- > 0;) {
    out = out.doubled();
    if (scalar.bit(i)) out += q;
  }
  return out;
}
g1_jacobian times(const g1_affine& q, const u256& scalar) {
  g1_jacobian out;
  for (unsigned i = scalar.bit_length(); i-- > 0;) {
    out = out.doubled();
    if (scalar.bit(i)) out += q;
  }
  return out;
}

std::optional<bytes> answer(const std::string& operation, bytes_view input) {
  const auto raw = [](const auto& point) -> std::optional<bytes> {
    if (!point) return std::nullopt;
    return bytes(point->begin(), point->end());
  };
  if (operation == "add") return raw(bn254_add(input));
  if (operation == "mul") return raw(bn254_mul(input));
  REQUIRE(operation == "pairing");
  const auto verdict = bn254_pairing_check(input);
  if (!verdict) return std::nullopt;
  return words({u256{*verdict ? 1u : 0u}});
}

TEST_CASE("bn254 operations answer the published vectors") {
  for (const auto& c : test::load_vectors("bn254_vectors.txt")) {
    INFO("line " << c.line << ": " << c.operation);
    CHECK(answer(c.operation, c.input) == c.output);
  }
}

TEST_CASE("bn254 frobenius constants are the powers of xi they are said to be") {
  const u256 sixth = (p - u256{1}) / u256{6};
  fp2 power = fp2::one();
  const fp2 xi = tower::mul_xi(fp2::one());
  for (unsigned bit = 256; bit-- > 0;) {
    power = power.square();
    if (sixth.bit(bit)) power *= xi;
  }
  fp2 expected = fp2::one();
  for (const fp2& gamma : tower::gamma) {
    REQUIRE(gamma == expected);
    expected *= power;
  }
  REQUIRE(g2_b * xi == fp2{g1_b, fp::zero()});
}

TEST_CASE("bn254 add treats missing input as zeros and ignores what is beyond 128 bytes") {
  const bytes g = encode(g1_generator);
  REQUIRE(bn254_add({}) == bn254_point{});
  REQUIRE(joined({*bn254_add(g)}) == g);
  const bytes longer = joined({g, bytes(64), bytes(40, 0xff)});
  REQUIRE(joined({*bn254_add(longer)}) == g);
  REQUIRE(bn254_mul(bytes_view{g}.first(63)) == std::nullopt);  // y = 2 lost its last byte
  REQUIRE(bn254_mul(g) == bn254_point{});                       // scalar zero
}

TEST_CASE("bn254 add handles equal, opposite and infinite points") {
  const bytes g = encode(g1_generator), minus = encode(-g1_generator), infinity(64);
  REQUIRE(joined({*bn254_add(joined({g, g}))}) == joined({*bn254_mul(joined({g, words({2})}))}));
  REQUIRE(bn254_add(joined({g, minus})) == bn254_point{});
  REQUIRE(joined({*bn254_add(joined({infinity, g}))}) == g);
  REQUIRE(bn254_add(joined({infinity, infinity})) == bn254_point{});
}

TEST_CASE("bn254 refuses coordinates that are not canonical and points off the curve") {
  REQUIRE_FALSE(bn254_add(words({p + u256{1}, 2})).has_value());
  REQUIRE_FALSE(bn254_add(words({1, p + u256{2}})).has_value());
  REQUIRE_FALSE(bn254_add(words({p, p})).has_value());  // zero, written as p
  REQUIRE_FALSE(bn254_add(words({1, 3})).has_value());
  REQUIRE_FALSE(bn254_mul(words({0, 1, 5})).has_value());
  REQUIRE_FALSE(bn254_mul(words({u256::max(), 2, 5})).has_value());
}

TEST_CASE("bn254 multiplication by endomorphism agrees with double and add") {
  seeded random{seed};
  INFO("seed " << seed);
  const g1_affine base = times(g1_generator, random.wide()).to_affine();
  std::vector<u256> scalars = {
      0, 1, 2, 3, group_order - u256{1}, group_order, group_order + u256{1}, u256::max()};
  for (int i = 0; i < 60; ++i) scalars.push_back(random.wide() >> (4 * i));
  for (const u256& k : scalars) {
    INFO("scalar " << to_quantity(k));
    REQUIRE(g1_times(base, k) == times(base, k));
  }
}

TEST_CASE("bn254 endomorphism split gives halves of at most 128 bits") {
  seeded random{seed};
  for (int i = 0; i < 2000; ++i) {
    const auto split = split_by_endomorphism(random.wide() % group_order, endomorphism_basis);
    REQUIRE(split.k[0].bit_length() <= 128);
    REQUIRE(split.k[1].bit_length() <= 128);
  }
}

TEST_CASE("bn254 pairing is bilinear and not degenerate") {
  seeded random{seed};
  INFO("seed " << seed);
  const fp12 e = pairing(g1_generator, g2_generator);
  REQUIRE_FALSE(e.is_one());
  fp12 power = fp12::one();
  for (unsigned i = 256; i-- > 0;) {
    power = power.square();
    if (group_order.bit(i)) power = power * e;
  }
  REQUIRE(power.is_one());
  for (int round = 0; round < 3; ++round) {
    const u256 a = random.wide() % group_order, b = random.wide() % group_order;
    const g1_affine pa = times(g1_generator, a).to_affine();
    const g2_affine qb = times(g2_generator, b).to_affine();
    const g1_affine pab = times(g1_generator, mul_mod(a, b, group_order)).to_affine();
    const fp12 both = pairing(pa, qb);
    REQUIRE(both == pairing(pab, g2_generator));
    REQUIRE(both == pairing(times(pa, b).to_affine(), g2_generator));
    REQUIRE(pairing(times(g1_generator, add_mod(a, b, group_order)).to_affine(), g2_generator) ==
            pairing(pa, g2_generator) * pairing(times(g1_generator, b).to_affine(), g2_generator));
    const bytes balanced = joined({encode(pa), encode(qb), encode(-pab), encode(g2_generator)});
    REQUIRE(bn254_pairing_check(balanced) == true);
    const bytes tilted = joined({encode(pa), encode(qb), encode(pab), encode(g2_generator)});
    REQUIRE(bn254_pairing_check(tilted) == false);
  }
}

TEST_CASE("bn254 cyclotomic square agrees with the general square") {
  fp12 e = pairing(g1_generator, g2_generator);
  for (int i = 0; i < 5; ++i) {
    REQUIRE(e.cyclotomic_square() == e.square());
    REQUIRE((e * e.conjugate()).is_one());
    e = e.square() * e;
  }
}

TEST_CASE("bn254 pairing check takes no pairs and infinities as one") {
  REQUIRE(bn254_pairing_check({}) == true);
  REQUIRE(bn254_pairing_check(bytes(192)) == true);
  REQUIRE(bn254_pairing_check(joined({encode(g1_generator), bytes(128)})) == true);
  REQUIRE(bn254_pairing_check(joined({bytes(64), encode(g2_generator)})) == true);
  REQUIRE(bn254_pairing_check(joined({encode(g1_generator), encode(g2_generator)})) == false);
}

TEST_CASE("bn254 pairing check refuses wrong lengths and bad points") {
  const bytes good = joined({encode(g1_generator), encode(g2_generator)});
  for (std::size_t size : {1u, 63u, 191u})
    REQUIRE_FALSE(bn254_pairing_check(bytes_view{good}.first(size)).has_value());
  REQUIRE_FALSE(bn254_pairing_check(joined({good, bytes(1)})).has_value());
  bytes off = good;
  off[191] ^= 1;
  REQUIRE_FALSE(bn254_pairing_check(off).has_value());
  // A bad point is refused even where the other point of its pair is infinity.
  REQUIRE_FALSE(bn254_pairing_check(joined({words({1, 1}), bytes(128)})).has_value());
}

TEST_CASE("bn254 pairing check refuses points of the twist outside the subgroup") {
  unsigned found = 0;
  for (u64 x = 1; found < 4; ++x) {
    const fp2 at{fp::from_u64(x), fp::one()};
    const auto y = (at.square() * at + g2_b).sqrt();
    if (!y) continue;
    ++found;
    const g2_affine q{at, *y, false};
    REQUIRE(q.on_curve(g2_b));
    REQUIRE_FALSE(times(q, group_order).is_infinity());
    REQUIRE_FALSE(in_g2(q));
    REQUIRE_FALSE(bn254_pairing_check(joined({bytes(64), encode(q)})).has_value());
  }
  REQUIRE(in_g2(times(g2_generator, 12345)));
}

}  // namespace
}  // namespace ashlar::crypto

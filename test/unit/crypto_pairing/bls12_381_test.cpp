#include "runtime/crypto/bls12_381.hpp"

#include <catch2/catch.hpp>

#include "runtime/crypto/bls12_381_curve.hpp"
#include "runtime/crypto/bls12_381_map.hpp"
#include "test/unit/crypto_pairing/vectors.hpp"

namespace ashlar::crypto {
namespace {

using namespace bls12_381;
using test::joined;
using test::seeded;
using test::words;

constexpr u64 seed = 0x5eed0003;

/// p, as its 64 bytes in the precompiles' encoding.
bytes encoded_modulus() {
  bytes out(64);
  (-fp::one()).serialise(out.data() + 16);
  out[63] += 1;  // p - 1 ends in 0xaa
  return out;
}
bytes encode(const fp& a) {
  bytes out(64);
  a.serialise(out.data() + 16);
  return out;
}
bytes encode(const fp2& a) {
  return joined({encode(a.c0), encode(a.c1)});
}
template <class F>
bytes encode(const affine_point<F>& a) {
  return joined({encode(a.x), encode(a.y)});
}

template <class F>
jacobian_point<F> times(const affine_point<F>& q, const u256& scalar) {
  jacobian_point<F> out;
  for (unsigned i = scalar.bit_length(); i-- > 0;) {
    out = out.doubled();
    if (scalar.bit(i)) out += q;
  }
  return out;
}
template <class F>
jacobian_point<F> times(const jacobian_point<F>& q, const u256& scalar) {
  return times(q.to_affine(), scalar);
}

fp random_fp(seeded& random) {
  fp out;
  for (int i = 0; i < 6; ++i)
    out = out * fp::from_integer({0, 1, 0, 0, 0, 0}) + fp::from_u64(random.word());
  return out;
}

std::optional<bytes> answer(const std::string& operation, bytes_view input) {
  const auto raw = [](const auto& point) -> std::optional<bytes> {
    if (!point) return std::nullopt;
    return bytes(point->begin(), point->end());
  };
  if (operation == "g1_add") return raw(bls12_g1_add(input));
  if (operation == "g1_msm") return raw(bls12_g1_msm(input));
  if (operation == "g2_add") return raw(bls12_g2_add(input));
  if (operation == "g2_msm") return raw(bls12_g2_msm(input));
  if (operation == "map_g1") return raw(bls12_map_fp_to_g1(input));
  if (operation == "map_g2") return raw(bls12_map_fp2_to_g2(input));
  REQUIRE(operation == "pairing");
  const auto verdict = bls12_pairing_check(input);
  if (!verdict) return std::nullopt;
  return words({u256{*verdict ? 1u : 0u}});
}

TEST_CASE("bls12-381 operations answer the published vectors") {
  for (const auto& c : test::load_vectors("bls12_381_vectors.txt")) {
    INFO("line " << c.line << ": " << c.operation);
    CHECK(answer(c.operation, c.input) == c.output);
  }
}

TEST_CASE("bls12-381 field of six limbs agrees with the 32-bit one and with Fermat") {
  using narrow = mont_field<fp_params, u32>;
  auto exponent = fp::modulus();
  exponent[0] -= 2;
  seeded random{seed};
  INFO("seed " << seed);
  for (int round = 0; round < 100; ++round) {
    const fp x = random_fp(random), y = random_fp(random);
    const auto a = narrow::from_integer(x.to_integer()), b = narrow::from_integer(y.to_integer());
    REQUIRE((x * y).to_integer() == (a * b).to_integer());
    REQUIRE((x + y).to_integer() == (a + b).to_integer());
    REQUIRE((x - y).to_integer() == (a - b).to_integer());
    REQUIRE(x.inverse().to_integer() == a.inverse().to_integer());
    REQUIRE(x.inverse() == x.pow(exponent));
  }
}

TEST_CASE("bls12-381 frobenius constants are the powers of xi they are said to be") {
  // (p - 1)/6, by dividing the limbs from the top.
  auto sixth = fp::modulus();
  sixth[0] -= 1;
  u64 rest = 0;
  for (std::size_t i = sixth.size(); i-- > 0;) {
    const u256 wide = (u256{rest} << 64) + u256{sixth[i]};
    sixth[i] = (wide / u256{6}).low();
    rest = (wide % u256{6}).low();
  }
  REQUIRE(rest == 0);
  const fp2 xi = tower::mul_xi(fp2::one());
  fp2 power = fp2::one();
  for (unsigned bit = 384; bit-- > 0;) {
    power = power.square();
    if ((sixth[bit / 64] >> (bit % 64)) & 1) power *= xi;
  }
  fp2 expected = fp2::one();
  for (const fp2& gamma : tower::gamma) {
    REQUIRE(gamma == expected);
    expected *= power;
  }
  REQUIRE(psi_x * tower::gamma[2] == fp2::one());
  REQUIRE(psi_y * tower::gamma[3] == fp2::one());
}

TEST_CASE("bls12-381 generators are of order r and their endomorphisms are as declared") {
  REQUIRE(g1_generator.on_curve(g1_b));
  REQUIRE(g2_generator.on_curve(g2_b));
  REQUIRE(times(g1_generator, group_order).is_infinity());
  REQUIRE(times(g2_generator, group_order).is_infinity());
  const u256 xx = u256{parameter} * u256{parameter};
  REQUIRE(endomorphism(g1_generator) == (-times(g1_generator, xx)).to_affine());
  REQUIRE(psi(g2_generator) == (-times(g2_generator, parameter)).to_affine());
  REQUIRE(in_g1(g1_generator));
  REQUIRE(in_g2(g2_generator));
  REQUIRE(in_g1(g1_jacobian{}));
  REQUIRE(in_g2(g2_jacobian{}));
}

template <class Term, class F>
void check_sums(const affine_point<F>& generator) {
  seeded random{seed};
  INFO("seed " << seed);
  for (std::size_t count : {1u, 2u, 3u, 8u, 40u, 130u}) {
    std::vector<Term> terms;
    jacobian_point<F> expected;
    for (std::size_t i = 0; i < count; ++i) {
      Term t{times(generator, random.wide() >> 200).to_affine(), random.wide() >> (i % 256)};
      if (i % 9 == 3) t.scalar = u256::max();
      if (i % 9 == 4) t.scalar = group_order;
      if (i % 9 == 5) t.point = terms.back().point;
      if (i % 9 == 6) t.point = affine_point<F>{};
      if (i % 9 == 7) t.negative = true;
      if (i % 9 == 8) t.scalar = 0;
      expected += times(t.negative ? -t.point : t.point, t.scalar);
      terms.push_back(t);
    }
    INFO(count << " terms");
    REQUIRE(multi_scalar(std::span<const Term>(terms)) == expected);
    REQUIRE(straus_sum<F>(terms) == expected);
    for (Term& t : terms) t.scalar = t.scalar >> (256 - (count % 3 == 0 ? 244 : 128));
    REQUIRE(bucket_sum<F>(terms) == straus_sum<F>(terms));
  }
}

TEST_CASE("bls12-381 sums of multiples agree with double and add, few and many terms") {
  check_sums<g1_term>(g1_generator);
  check_sums<g2_term>(g2_generator);
}

TEST_CASE("bls12-381 pairing is bilinear and not degenerate") {
  seeded random{seed};
  INFO("seed " << seed);
  const fp12 e = pairing(g1_generator, g2_generator);
  REQUIRE_FALSE(e.is_one());
  REQUIRE(e.cyclotomic_square() == e.square());
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
    REQUIRE(pairing(pa, qb) == pairing(pab, g2_generator));
    REQUIRE(pairing(pa, qb) == pairing(times(pa, b).to_affine(), g2_generator));
    const bytes balanced = joined({encode(pa), encode(qb), encode(-pab), encode(g2_generator)});
    REQUIRE(bls12_pairing_check(balanced) == true);
    const bytes tilted = joined({encode(pa), encode(qb), encode(pab), encode(g2_generator)});
    REQUIRE(bls12_pairing_check(tilted) == false);
  }
}

TEST_CASE("bls12-381 operations refuse empty lists and other lengths") {
  REQUIRE_FALSE(bls12_g1_msm({}).has_value());
  REQUIRE_FALSE(bls12_g2_msm({}).has_value());
  REQUIRE_FALSE(bls12_pairing_check({}).has_value());
  for (std::size_t size :
       {1u, 63u, 65u, 127u, 129u, 159u, 161u, 255u, 257u, 287u, 383u, 385u, 511u}) {
    const bytes zeros(size);
    INFO(size << " bytes");
    for (const char* operation :
         {"g1_add", "g1_msm", "g2_add", "g2_msm", "map_g1", "map_g2", "pairing"})
      REQUIRE_FALSE(answer(operation, zeros).has_value());
  }
}

TEST_CASE("bls12-381 takes zeros for infinity") {
  REQUIRE(bls12_g1_add(bytes(256)) == bls12_g1_bytes{});
  REQUIRE(bls12_g2_add(bytes(512)) == bls12_g2_bytes{});
  REQUIRE(bls12_g1_msm(joined({bytes(128), words({7})})) == bls12_g1_bytes{});
  REQUIRE(bls12_g1_msm(joined({encode(g1_generator), words({group_order})})) == bls12_g1_bytes{});
  REQUIRE(bls12_g2_msm(joined({encode(g2_generator), words({0})})) == bls12_g2_bytes{});
  REQUIRE(bls12_pairing_check(bytes(384)) == true);
  REQUIRE(bls12_pairing_check(joined({encode(g1_generator), bytes(256)})) == true);
  REQUIRE(bls12_pairing_check(joined({bytes(128), encode(g2_generator)})) == true);
  const bytes opposite = joined({encode(g1_generator), encode(-g1_generator)});
  REQUIRE(bls12_g1_add(opposite) == bls12_g1_bytes{});
}

TEST_CASE("bls12-381 refuses elements that are not canonical") {
  const bytes p = encoded_modulus();
  REQUIRE(bls12_map_fp_to_g1(encode(-fp::one())).has_value());
  REQUIRE_FALSE(bls12_map_fp_to_g1(p).has_value());
  REQUIRE_FALSE(bls12_map_fp2_to_g2(joined({p, bytes(64)})).has_value());
  REQUIRE_FALSE(bls12_map_fp2_to_g2(joined({bytes(64), p})).has_value());
  for (std::size_t at = 0; at < 16; ++at) {
    bytes padded(64);
    padded[at] = 1;
    REQUIRE_FALSE(bls12_map_fp_to_g1(padded).has_value());
  }
  REQUIRE_FALSE(bls12_g1_add(joined({p, p, bytes(128)})).has_value());  // zero, written as p
}

TEST_CASE("bls12-381 sums and pairings refuse points outside the subgroup, addition takes them") {
  unsigned found = 0;
  for (u64 x = 1; found < 3; ++x) {
    const fp at = fp::from_u64(x);
    const auto y = (at.square() * at + g1_b).sqrt();
    if (!y) continue;
    const g1_affine p{at, *y, false};
    if (times(p, group_order).is_infinity()) continue;
    ++found;
    REQUIRE_FALSE(in_g1(p));
    const g1_affine twice = g1_jacobian{p}.doubled().to_affine();
    REQUIRE(joined({*bls12_g1_add(joined({encode(p), encode(p)}))}) == encode(twice));
    REQUIRE_FALSE(bls12_g1_msm(joined({encode(p), words({1})})).has_value());
    REQUIRE_FALSE(bls12_pairing_check(joined({encode(p), bytes(256)})).has_value());
  }
  for (u64 x = 1; found < 6; ++x) {
    const fp2 at{fp::from_u64(x), fp::one()};
    const auto y = (at.square() * at + g2_b).sqrt();
    if (!y) continue;
    const g2_affine q{at, *y, false};
    ++found;
    REQUIRE_FALSE(times(q, group_order).is_infinity());
    REQUIRE_FALSE(in_g2(q));
    const g2_affine twice = g2_jacobian{q}.doubled().to_affine();
    REQUIRE(joined({*bls12_g2_add(joined({encode(q), encode(q)}))}) == encode(twice));
    REQUIRE_FALSE(bls12_g2_msm(joined({encode(q), words({1})})).has_value());
    REQUIRE_FALSE(bls12_pairing_check(joined({bytes(128), encode(q)})).has_value());
  }
}

TEST_CASE("bls12-381 maps land in the subgroups, opposite elements on opposite points") {
  seeded random{seed};
  INFO("seed " << seed);
  for (int round = 0; round < 20; ++round) {
    const fp u = round == 0 ? fp::zero() : random_fp(random);
    const fp2 v{u, round < 2 ? fp::zero() : random_fp(random)};
    const g1_jacobian p = map_to_g1(u);
    const g2_jacobian q = map_to_g2(v);
    REQUIRE(p.to_affine().on_curve(g1_b));
    REQUIRE(q.to_affine().on_curve(g2_b));
    REQUIRE(times(p, group_order).is_infinity());
    REQUIRE(times(q, group_order).is_infinity());
    REQUIRE_FALSE(p.is_infinity());
    REQUIRE_FALSE(q.is_infinity());
    if (u.is_zero()) continue;
    REQUIRE(map_to_g1(-u) == -p);
    REQUIRE(map_to_g2(-v) == -q);
  }
}

}  // namespace
}  // namespace ashlar::crypto

#include "runtime/crypto/secp256k1_lanes.hpp"

#include <random>

#include <catch2/catch.hpp>

#include "runtime/crypto/secp256k1.hpp"
#include "runtime/crypto/secp256k1_points.hpp"
#include "runtime/crypto/secp256k1_table.hpp"

// Recovery of many, which is by eight lanes where the processor can, against libsecp256k1's one by
// one. What the kernel itself answers is looked at where `recover_many` would mend it.

using namespace ashlar;
using namespace ashlar::crypto;

namespace {

using secp::field;
using secp::scalars;
using curve = weierstrass<field, false>;
using strings = secp256k1_sign_strings;

const u256 lambda = scalars::negated(secp::minus_lambda);

u256 random_number(std::mt19937_64& rng) {
  return {rng(), rng(), rng(), rng()};
}

affine_point multiple_of(const affine_point& p, const u256& k) {
  jacobian_point sum = curve::infinity();
  for (unsigned i = 256; i-- > 0;) {
    sum = curve::doubled(sum);
    if (k.bit(i)) sum = curve::add(sum, p);
  }
  return curve::to_affine(sum);
}

std::optional<address> alone(const recovery& a) {
  return recover(a.digest, a.r, a.s, a.y_parity);
}

/// Requires that many together get what each gets alone; how many there are.
std::size_t agree(const std::vector<recovery>& asked) {
  const auto together = recover_many(asked);
  REQUIRE(together.size() == asked.size());
  std::size_t found = 0;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const recovery& a = asked[i];
    const auto expected = alone(a);
    if (together[i] != expected) {
      CAPTURE(asked.size(), i, to_quantity(u256::from_be(a.digest)), to_quantity(a.r),
              to_quantity(a.s), a.y_parity);
      REQUIRE(together[i] == expected);
    }
    found += expected.has_value();
  }
  return found;
}

/// What a string of signs stands for, modulo the order.
u256 value_of(const u256& signs, unsigned bits) {
  return scalars::sub(scalars::twice(signs), scalars::sub(scalars::power(2, bits), 1));
}

/// Strings of signs, and a signature whose recovery reads them: with R = k G, the key is
/// (g + k (k1 + lambda k2)) G.
struct strings_of_signs {
  u256 generator, first, second;

  u256 g() const { return value_of(generator, strings::generator_bits); }
  u256 of_point() const {
    return scalars::add(value_of(first, strings::point_bits),
                        scalars::mul(lambda, value_of(second, strings::point_bits)));
  }
  /// r is R's x, which must be below the order; s = r of_point, e = -r g.
  recovery asked(const affine_point& r) const {
    const u256 e = scalars::negated(scalars::mul(r.x, g()));
    return {e.to_be(), r.x, scalars::mul(r.x, of_point()), (r.y.low() & 1) != 0};
  }
};

/// Halves small enough to be what the splitting of their sum gives, and one digit of G's strings.
strings_of_signs random_strings(std::mt19937_64& rng) {
  const u256 low_bits = (u256{1} << 126) - 1, centre = u256{1} << 128;
  strings_of_signs s;
  s.generator = scalars::reduced(random_number(rng) >> 1);
  s.first = centre + (random_number(rng) & low_bits);
  s.second = centre - (random_number(rng) & low_bits);
  return s;
}

}  // namespace

TEST_CASE("keys found in lanes are libsecp256k1's for 200,000 random signatures", "[secp256k1]") {
  const u32 seed = 20261127;
  std::mt19937_64 rng(seed);
  CAPTURE(seed);
  std::size_t found = 0;
  while (found < 200'000) {
    std::vector<recovery> asked;
    for (int i = 0; i < 4096; ++i)
      asked.push_back(
          {random_number(rng).to_be(), random_number(rng), random_number(rng), (rng() & 1) != 0});
    found += agree(asked);
  }
}

TEST_CASE("keys found in lanes are the signers'", "[secp256k1]") {
  std::mt19937_64 rng(1);
  std::vector<recovery> asked;
  std::vector<address> signer;
  for (int i = 0; i < 500; ++i) {
    const hash256 key = random_number(rng).to_be(), digest = random_number(rng).to_be();
    const signature s = sign(digest, key).value();
    asked.push_back({digest, s.r, s.s, s.y_parity});
    signer.push_back(address_of(key).value());
  }
  const auto found = recover_many(asked);
  for (std::size_t i = 0; i < asked.size(); ++i) REQUIRE(found[i] == signer[i]);
}

TEST_CASE("lanes agree with libsecp256k1 at every edge of r, s and the digest", "[secp256k1]") {
  const u256 n = secp256k1_order, p = field::modulus(), one = 1;
  const u256 g = secp256k1_g[0].x, p_less_n = p - n;
  const std::vector<u256> edges = {0,
                                   1,
                                   2,
                                   3,
                                   5,
                                   n - 1,
                                   n - 2,
                                   n,
                                   n + 1,
                                   p_less_n - 1,
                                   p_less_n,
                                   p_less_n + 1,
                                   p - 1,
                                   p,
                                   p + 1,
                                   secp256k1_half_order,
                                   secp256k1_half_order + 1,
                                   one << 52,
                                   (one << 52) - 1,
                                   one << 128,
                                   (one << 128) - 1,
                                   (one << 208) - 1,
                                   one << 255,
                                   u256::max(),
                                   g,
                                   lambda,
                                   n - lambda,
                                   scalars::twice(lambda),
                                   scalars::square(lambda),
                                   secp::beta,
                                   scalars::inverse(2)};
  std::vector<recovery> asked;
  for (const u256& r : edges)
    for (const u256& s : edges)
      for (const u256& e : edges)
        for (const bool odd : {false, true}) asked.push_back({e.to_be(), r, s, odd});
  CHECK(agree(asked) > 10'000);
  // All small r: those with a point, those without
  asked.clear();
  for (u64 r = 1; r < 200; ++r)
    for (const bool odd : {false, true}) {
      asked.push_back({u256{r * r}.to_be(), r, n - 1, odd});
      asked.push_back({hash256{}, n - r, r, odd});
    }
  CHECK(agree(asked) > 300);
}

TEST_CASE("sound, false and exceptional signatures share lanes in any order", "[secp256k1]") {
  std::mt19937_64 rng(2);
  const u256 n = secp256k1_order;
  std::size_t found = 0;
  for (std::size_t count = 0; count <= 40; ++count)
    for (int turn = 0; turn < 20; ++turn) {
      std::vector<recovery> asked;
      while (asked.size() < count) {
        recovery a{random_number(rng).to_be(), random_number(rng), random_number(rng),
                   (rng() & 1) != 0};
        switch (rng() % 8) {
          case 0:
            a.r = rng() % 2 ? n : u256{};
            break;
          case 1:
            a.s = rng() % 2 ? n : u256{};
            break;
          case 2:
            a.r = 5;  // of no point
            break;
          case 3:  // infinity, or twice R
            a = {u256{77}.to_be(), secp256k1_g[0].x, 77, (rng() & 1) != 0};
            break;
          case 4:
            if (!asked.empty()) a = asked[rng() % asked.size()];
            break;
          default:
            break;
        }
        asked.push_back(a);
      }
      found += agree(asked);
    }
  CHECK(found > 1000);
}

TEST_CASE("lanes know no key where it is infinity", "[secp256k1]") {
  std::mt19937_64 rng(3);
  std::vector<recovery> asked;
  for (u64 i = 1; i <= 60; ++i) {
    // given: R = k G and s k = e
    const u256 k = i < 20 ? u256{i} : scalars::reduced(random_number(rng));
    const affine_point r = multiple_of(secp256k1_g[0], k);
    const u256 s = scalars::reduced(random_number(rng));
    const bool odd = (r.y.low() & 1) != 0;
    asked.push_back({scalars::mul(s, k).to_be(), r.x, s, odd});
    // and its mirror image: 2 e / r from infinity
    asked.push_back({scalars::mul(s, k).to_be(), r.x, s, !odd});
  }
  CHECK(agree(asked) == asked.size() / 2);
}

TEST_CASE("points R that are multiples of G are added rightly", "[secp256k1]") {
  // s = r and e = -r g: the key is g G + R for small g, so that equal, opposite and neighbouring
  // multiples of G meet, also those of lambda.
  std::vector<recovery> asked;
  for (const u256& factor : {u256{1}, lambda, scalars::square(lambda)})
    for (u64 k = 1; k <= 33; k += 2)
      for (const bool minus : {false, true}) {
        const u256 by = scalars::mul(factor, k);
        const affine_point r = multiple_of(secp256k1_g[0], minus ? secp256k1_order - by : by);
        for (const u64 g : {0, 1, 2, 31, 33, 1023})
          for (const u256& s : {r.x, scalars::negated(r.x), scalars::mul(r.x, lambda)})
            asked.push_back({scalars::mul(r.x, g).to_be(), r.x, s, (r.y.low() & 1) != 0});
      }
  const std::size_t found = agree(asked);
  CHECK(found < asked.size());  // R = -g G has no key
  CHECK(found > asked.size() - 20);
}

#if defined(__x86_64__)
TEST_CASE("a sum in lanes is right or says that it is not known", "[secp256k1]") {
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512ifma")) {
    WARN("this processor has no AVX-512 IFMA: not run");
    return;
  }
  std::mt19937_64 rng(4);
  // given: the odd multiples of G and 2^130 G, by the scalar code
  auto table = std::make_unique<secp256k1_generator_table>();
  const auto fill = [](secp256k1_packed_point* to, jacobian_point p) {
    const jacobian_point twice = curve::doubled(p);
    for (std::size_t i = 0; i < strings::generator_multiples; ++i, p = curve::add(p, twice)) {
      const affine_point at = curve::to_affine(p);
      std::memcpy(to[i].x, at.x.limb, 32);
      std::memcpy(to[i].y, at.y.limb, 32);
    }
  };
  fill(table->low, curve::from(secp256k1_g[0]));
  fill(table->high, curve::from(multiple_of(secp256k1_g[0], u256{1} << 130)));

  constexpr unsigned window = strings::point_window, top = strings::point_bits - window;
  int exceptional = 0;
  for (int turn = 0; turn < 40; ++turn) {
    secp256k1_lanes_question q{};
    strings_of_signs signs[8];
    affine_point r[8];
    u256 k[8];
    bool meets[8];
    std::vector<recovery> asked;
    for (unsigned lane = 0; lane < 8; ++lane) {
      signs[lane] = random_strings(rng);
      // In half of the lanes R is such that, after two digits of each half, the sum of multiples of
      // R is the multiple of G to be added next, or the opposite one.
      meets[lane] = rng() % 2 == 0;
      const auto digits = [&](const u256& v) { return value_of(v >> (top - window), 2 * window); };
      const u256 so_far =
          scalars::add(digits(signs[lane].first), scalars::mul(lambda, digits(signs[lane].second)));
      const u256 digit = value_of((signs[lane].generator >> 120) & u256{1023}, 10);
      const u256 meeting = scalars::mul(digit, scalars::inverse(so_far));
      do {
        k[lane] = scalars::reduced(random_number(rng));
        if (meets[lane]) k[lane] = rng() % 2 ? meeting : scalars::negated(meeting);
        r[lane] = multiple_of(secp256k1_g[0], k[lane]);
      } while (!meets[lane] && r[lane].x >= secp256k1_order);
      for (std::size_t i = 0; i < 4; ++i) {
        q.x[i][lane] = r[lane].x.limb[i];
        q.generator[i][lane] = signs[lane].generator.limb[i];
        q.first[i][lane] = signs[lane].first.limb[i];
        q.second[i][lane] = signs[lane].second.limb[i];
      }
      q.odd |= static_cast<u8>((r[lane].y.low() & 1) << lane);
      asked.push_back(signs[lane].asked(r[lane]));
    }
    // when
    secp256k1_lanes_answer answer;
    secp256k1_lanes_avx512(q, *table, answer);
    // then
    REQUIRE(answer.on_curve == 0xff);
    for (unsigned lane = 0; lane < 8; ++lane) {
      const auto number = [lane](const secp256k1_lanes_answer::number& from) {
        return u256{from[3][lane], from[2][lane], from[1][lane], from[0][lane]};
      };
      const u256 z = number(answer.z);
      CAPTURE(turn, lane);
      REQUIRE(z.is_zero() == meets[lane]);
      exceptional += meets[lane];
      if (meets[lane]) continue;
      const affine_point got = curve::to_affine({number(answer.x), number(answer.y), z});
      const affine_point expected = multiple_of(
          secp256k1_g[0], scalars::mul_add(k[lane], signs[lane].of_point(), signs[lane].g()));
      REQUIRE((got.x == expected.x && got.y == expected.y));
    }
    // and recovery, which meets the same strings, finds the key nevertheless
    CHECK(agree(asked) == 8);
  }
  CHECK(exceptional > 100);
}
#endif

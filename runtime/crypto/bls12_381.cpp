#include "runtime/crypto/bls12_381.hpp"

#include "runtime/crypto/bls12_381_curve.hpp"
#include "runtime/crypto/bls12_381_map.hpp"

namespace ashlar::crypto {

namespace {

using namespace bls12_381;

constexpr std::size_t fp_bytes = 64, padding_bytes = 16, scalar_bytes = 32;

/// How a group's elements are written. `size` is that of a coordinate.
struct g1_coding {
  using field = fp;
  static constexpr std::size_t size = fp_bytes;
  static const fp& curve_b() noexcept { return g1_b; }
  static bool in_subgroup(const g1_jacobian& p) noexcept { return in_g1(p); }
  static std::optional<fp> parse(const u8* from) noexcept {
    for (std::size_t i = 0; i < padding_bytes; ++i)
      if (from[i] != 0) return std::nullopt;
    return fp::parse(from + padding_bytes);
  }
  static void serialise(const fp& a, u8* to) noexcept { a.serialise(to + padding_bytes); }
};

struct g2_coding {
  using field = fp2;
  static constexpr std::size_t size = 2 * fp_bytes;
  static const fp2& curve_b() noexcept { return g2_b; }
  static bool in_subgroup(const g2_jacobian& q) noexcept { return in_g2(q); }
  static std::optional<fp2> parse(const u8* from) noexcept {
    const auto c0 = g1_coding::parse(from), c1 = g1_coding::parse(from + fp_bytes);
    if (!c0 || !c1) return std::nullopt;
    return fp2{*c0, *c1};
  }
  static void serialise(const fp2& a, u8* to) noexcept {
    g1_coding::serialise(a.c0, to);
    g1_coding::serialise(a.c1, to + fp_bytes);
  }
};

template <class Coding>
using point_of = affine_point<typename Coding::field>;
template <class Coding>
using bytes_of = std::array<u8, 2 * Coding::size>;

/// A point of the curve; of the subgroup only if the caller checks.
template <class Coding>
std::optional<point_of<Coding>> parse_point(const u8* from) noexcept {
  const auto x = Coding::parse(from), y = Coding::parse(from + Coding::size);
  if (!x || !y) return std::nullopt;
  if (x->is_zero() && y->is_zero()) return point_of<Coding>{};
  const point_of<Coding> p{*x, *y, false};
  if (!p.on_curve(Coding::curve_b())) return std::nullopt;
  return p;
}
template <class Coding>
std::optional<point_of<Coding>> parse_member(const u8* from) noexcept {
  const auto p = parse_point<Coding>(from);
  if (!p || !Coding::in_subgroup(*p)) return std::nullopt;
  return p;
}

template <class Coding>
bytes_of<Coding> serialise(const jacobian_point<typename Coding::field>& p) noexcept {
  const auto a = p.to_affine();
  bytes_of<Coding> out{};
  Coding::serialise(a.x, out.data());
  Coding::serialise(a.y, out.data() + Coding::size);
  return out;
}

template <class Coding>
std::optional<bytes_of<Coding>> add(bytes_view input) noexcept {
  if (input.size() != 4 * Coding::size) return std::nullopt;
  const auto a = parse_point<Coding>(input.data());
  const auto b = parse_point<Coding>(input.data() + 2 * Coding::size);
  if (!a || !b) return std::nullopt;
  return serialise<Coding>(jacobian_point<typename Coding::field>{*a} + *b);
}

template <class Coding>
std::optional<bytes_of<Coding>> msm(bytes_view input) {
  constexpr std::size_t term_bytes = 2 * Coding::size + scalar_bytes;
  if (input.empty() || input.size() % term_bytes != 0) return std::nullopt;
  using term = scaled_point<typename Coding::field>;
  std::vector<term> terms;
  terms.reserve(input.size() / term_bytes);
  for (std::size_t at = 0; at < input.size(); at += term_bytes) {
    const auto p = parse_member<Coding>(input.data() + at);
    if (!p) return std::nullopt;
    terms.push_back({*p, u256::from_be(input.data() + at + 2 * Coding::size)});
  }
  return serialise<Coding>(multi_scalar(std::span<const term>(terms)));
}

}  // namespace

std::optional<bls12_g1_bytes> bls12_g1_add(bytes_view input) {
  return add<g1_coding>(input);
}
std::optional<bls12_g2_bytes> bls12_g2_add(bytes_view input) {
  return add<g2_coding>(input);
}
std::optional<bls12_g1_bytes> bls12_g1_msm(bytes_view input) {
  return msm<g1_coding>(input);
}
std::optional<bls12_g2_bytes> bls12_g2_msm(bytes_view input) {
  return msm<g2_coding>(input);
}

std::optional<bool> bls12_pairing_check(bytes_view input) {
  constexpr std::size_t g1_bytes = 2 * g1_coding::size, pair_bytes = g1_bytes + 2 * g2_coding::size;
  if (input.empty() || input.size() % pair_bytes != 0) return std::nullopt;
  std::vector<std::pair<g1_affine, g2_affine>> pairs;
  pairs.reserve(input.size() / pair_bytes);
  for (std::size_t at = 0; at < input.size(); at += pair_bytes) {
    const auto p = parse_member<g1_coding>(input.data() + at);
    const auto q = parse_member<g2_coding>(input.data() + at + g1_bytes);
    if (!p || !q) return std::nullopt;
    pairs.emplace_back(*p, *q);
  }
  return pairing_product_is_one(pairs);
}

std::optional<bls12_g1_bytes> bls12_map_fp_to_g1(bytes_view input) {
  if (input.size() != g1_coding::size) return std::nullopt;
  const auto u = g1_coding::parse(input.data());
  if (!u) return std::nullopt;
  return serialise<g1_coding>(map_to_g1(*u));
}

std::optional<bls12_g2_bytes> bls12_map_fp2_to_g2(bytes_view input) {
  if (input.size() != g2_coding::size) return std::nullopt;
  const auto u = g2_coding::parse(input.data());
  if (!u) return std::nullopt;
  return serialise<g2_coding>(map_to_g2(*u));
}

}  // namespace ashlar::crypto

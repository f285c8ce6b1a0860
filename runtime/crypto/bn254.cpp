#include "runtime/crypto/bn254.hpp"

#include "runtime/crypto/bn254_curve.hpp"

namespace ashlar::crypto {

namespace {

using namespace bn254;

std::optional<g1_affine> parse_g1(const u8* from) noexcept {
  const auto x = fp::parse(from), y = fp::parse(from + 32);
  if (!x || !y) return std::nullopt;
  if (x->is_zero() && y->is_zero()) return g1_affine{};
  const g1_affine p{*x, *y, false};
  if (!p.on_curve(g1_b)) return std::nullopt;
  return p;
}

std::optional<fp2> parse_fp2(const u8* from) noexcept {
  const auto c1 = fp::parse(from), c0 = fp::parse(from + 32);
  if (!c0 || !c1) return std::nullopt;
  return fp2{*c0, *c1};
}

std::optional<g2_affine> parse_g2(const u8* from) noexcept {
  const auto x = parse_fp2(from), y = parse_fp2(from + 64);
  if (!x || !y) return std::nullopt;
  if (x->is_zero() && y->is_zero()) return g2_affine{};
  const g2_affine q{*x, *y, false};
  if (!q.on_curve(g2_b) || !in_g2(q)) return std::nullopt;
  return q;
}

bn254_point serialise(const g1_jacobian& p) noexcept {
  const g1_affine a = p.to_affine();
  bn254_point out{};
  a.x.serialise(out.data());
  a.y.serialise(out.data() + 32);
  return out;
}

template <std::size_t N>
std::array<u8, N> padded(bytes_view input) noexcept {
  std::array<u8, N> out{};
  std::copy_n(input.begin(), std::min(N, input.size()), out.begin());
  return out;
}

}  // namespace

std::optional<bn254_point> bn254_add(bytes_view input) {
  const auto in = padded<128>(input);
  const auto a = parse_g1(in.data()), b = parse_g1(in.data() + 64);
  if (!a || !b) return std::nullopt;
  return serialise(g1_jacobian{*a} + *b);
}

std::optional<bn254_point> bn254_mul(bytes_view input) {
  const auto in = padded<96>(input);
  const auto p = parse_g1(in.data());
  if (!p) return std::nullopt;
  return serialise(g1_times(*p, u256::from_be(in.data() + 64)));
}

std::optional<bool> bn254_pairing_check(bytes_view input) {
  constexpr std::size_t pair_bytes = 192;
  if (input.size() % pair_bytes != 0) return std::nullopt;
  std::vector<std::pair<g1_affine, g2_affine>> pairs;
  pairs.reserve(input.size() / pair_bytes);
  for (std::size_t at = 0; at < input.size(); at += pair_bytes) {
    const auto p = parse_g1(input.data() + at);
    const auto q = parse_g2(input.data() + at + 64);
    if (!p || !q) return std::nullopt;
    pairs.emplace_back(*p, *q);
  }
  return pairing_product_is_one(pairs);
}

}  // namespace ashlar::crypto

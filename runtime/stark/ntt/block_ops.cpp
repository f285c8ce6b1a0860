#include "runtime/stark/ntt/block_ops.hpp"

#include <algorithm>

#include "runtime/stark/ntt/ntt_kernels.hpp"

namespace ashlar::stark {

namespace {

gl3 dot(const gl* a, const gl* const w[3], std::size_t n, const gl* next) {
  const ntt::kernels* k = ntt::chosen_kernels();
  if (k == nullptr) return scalar_block_ops().dot(a, w, n, next);
  u64 lanes[3][8];
  const u64* words[3];
  for (unsigned c = 0; c < 3; ++c) words[c] = reinterpret_cast<const u64*>(w[c]);
  k->dot_lanes(reinterpret_cast<const u64*>(a), words, n, reinterpret_cast<const u64*>(next),
               lanes);
  const std::size_t whole = n - n % k->lanes;
  const gl* const rest[3] = {w[0] + whole, w[1] + whole, w[2] + whole};
  gl3 sum = scalar_block_ops().dot(a + whole, rest, n - whole, a);
  for (unsigned c = 0; c < 3; ++c)
    for (std::size_t i = 0; i < k->lanes; ++i) sum.c[c] += gl(lanes[c][i]);
  return sum;
}

block_ops ops_of(const ntt::kernels* k) {
  if (k == nullptr) return scalar_block_ops();
  return {k->add, k->sub, k->mul, k->add_scaled, k->add_combination, k->mul_base, k->mul_ext, dot};
}

}  // namespace

namespace {

// In place x[i] -> 1 / x[i] in the base field: inversion_chains products side by side, each along
// every inversion_chains-th element.
void invert_base(const block_ops& ops, gl* x, std::size_t n, gl* product) noexcept {
  const std::size_t m = n < inversion_chains ? n : inversion_chains;
  std::copy(x, x + m, product);
  for (std::size_t at = m; at < n; at += m) ops.mul(product + at, product + at - m, x + at, m);
  gl inverse[inversion_chains], spare[inversion_chains];
  std::copy(product + n - m, product + n, inverse);
  invert_all<gl>({inverse, m}, {spare, m});
  for (std::size_t at = n - m; at != 0; at -= m) {
    // The product before becomes 1 / x; then the inverse loses x.
    ops.mul(product + at - m, product + at - m, inverse, m);
    ops.mul(inverse, inverse, x + at, m);
    std::copy(product + at - m, product + at, x + at);
  }
  std::copy(inverse, inverse + m, x);
}

}  // namespace

void invert_runs(const block_ops& ops, gl* const x[3], std::size_t n, gl* scratch) noexcept {
  // x y = norm for y = (x0^2 - 2 x1 x2, 2 x2^2 - x0 x1, x1^2 - x0 x2), as X^3 = 2; and the norm,
  // x0 y0 + 2 (x1 y2 + x2 y1), is in the base field.
  gl* const y[3] = {scratch, scratch + n, scratch + 2 * n};
  gl *const spare = scratch + 3 * n, *const norm = scratch + 4 * n,
            *const product = scratch + 5 * n;
  const auto product_minus = [&](gl* to, const gl* a, const gl* b, const gl* c) {
    ops.mul(spare, b, c, n);
    ops.sub(to, a, spare, n);
  };
  ops.mul(spare, x[1], x[2], n);
  ops.add(spare, spare, spare, n);
  ops.mul(y[0], x[0], x[0], n);
  ops.sub(y[0], y[0], spare, n);
  ops.mul(y[1], x[2], x[2], n);
  ops.add(y[1], y[1], y[1], n);
  product_minus(y[1], y[1], x[0], x[1]);
  ops.mul(y[2], x[1], x[1], n);
  product_minus(y[2], y[2], x[0], x[2]);
  ops.mul(norm, x[1], y[2], n);
  ops.mul(spare, x[2], y[1], n);
  ops.add(norm, norm, spare, n);
  ops.add(norm, norm, norm, n);
  ops.mul(spare, x[0], y[0], n);
  ops.add(norm, norm, spare, n);
  invert_base(ops, norm, n, product);
  ops.mul_base(x, y, norm, n);
}

const block_ops& best_block_ops() noexcept {
#if defined(__x86_64__)
  static const block_ops avx512 = ops_of(&ntt::kernels_avx512), avx2 = ops_of(&ntt::kernels_avx2);
  if (ntt::chosen_kernels() == &ntt::kernels_avx512) return avx512;
  if (ntt::chosen_kernels() == &ntt::kernels_avx2) return avx2;
#endif
  return scalar_block_ops();
}

}  // namespace ashlar::stark

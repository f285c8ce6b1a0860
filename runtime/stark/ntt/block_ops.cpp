#include "runtime/stark/ntt/block_ops.hpp"

#include <array>

#include "runtime/stark/ntt/ntt_kernels.hpp"

namespace ashlar::stark {

namespace {

gl3 dot(const gl* a, const gl* const w[3], std::size_t n) {
  const ntt::kernels* k = ntt::chosen_kernels();
  if (k == nullptr) return scalar_block_ops().dot(a, w, n);
  u64 lanes[3][8];
  const u64* words[3];
  for (unsigned c = 0; c < 3; ++c) words[c] = reinterpret_cast<const u64*>(w[c]);
  k->dot_lanes(reinterpret_cast<const u64*>(a), words, n, lanes);
  const std::size_t whole = n - n % k->lanes;
  const gl* const rest[3] = {w[0] + whole, w[1] + whole, w[2] + whole};
  gl3 sum = scalar_block_ops().dot(a + whole, rest, n - whole);
  for (unsigned c = 0; c < 3; ++c)
    for (std::size_t i = 0; i < k->lanes; ++i) sum.c[c] += gl(lanes[c][i]);
  return sum;
}

block_ops ops_of(const ntt::kernels* k) {
  if (k == nullptr) return scalar_block_ops();
  return {k->add, k->sub, k->mul, k->add_scaled, k->mul_base, k->mul_ext, dot};
}

}  // namespace

void invert_runs(const block_ops& ops, gl* const x[3], std::size_t n, gl* scratch) noexcept {
  // inversion_chains products side by side, each along every inversion_chains-th element.
  const std::size_t m = n < inversion_chains ? n : inversion_chains, steps = n / m;
  gl* const product[3] = {scratch, scratch + n, scratch + 2 * n};
  const auto at = [](gl* const r[3], std::size_t i) {
    return std::array<gl*, 3>{r[0] + i, r[1] + i, r[2] + i};
  };
  for (unsigned k = 0; k < 3; ++k) std::copy(x[k], x[k] + m, product[k]);
  for (std::size_t s = 1; s < steps; ++s)
    ops.mul_ext(at(product, s * m).data(), at(product, (s - 1) * m).data(), at(x, s * m).data(), m);
  gl3 last[inversion_chains], spare[inversion_chains];
  for (std::size_t i = 0; i < m; ++i)
    last[i] = {product[0][n - m + i], product[1][n - m + i], product[2][n - m + i]};
  invert_all<gl3>({last, m}, {spare, m});
  gl cells[3][inversion_chains];
  gl* const inverse[3] = {cells[0], cells[1], cells[2]};
  for (std::size_t i = 0; i < m; ++i)
    for (unsigned k = 0; k < 3; ++k) cells[k][i] = last[i].c[k];
  for (std::size_t s = steps; s-- > 1;) {
    const auto before = at(product, (s - 1) * m), here = at(x, s * m);
    // The product before becomes 1 / x; then the inverse loses x.
    ops.mul_ext(before.data(), before.data(), inverse, m);
    ops.mul_ext(inverse, inverse, here.data(), m);
    for (unsigned k = 0; k < 3; ++k) std::copy(before[k], before[k] + m, here[k]);
  }
  for (unsigned k = 0; k < 3; ++k) std::copy(cells[k], cells[k] + m, x[k]);
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

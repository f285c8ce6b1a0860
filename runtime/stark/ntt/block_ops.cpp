#include "runtime/stark/ntt/block_ops.hpp"

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

const block_ops& best_block_ops() noexcept {
#if defined(__x86_64__)
  static const block_ops avx512 = ops_of(&ntt::kernels_avx512), avx2 = ops_of(&ntt::kernels_avx2);
  if (ntt::chosen_kernels() == &ntt::kernels_avx512) return avx512;
  if (ntt::chosen_kernels() == &ntt::kernels_avx2) return avx2;
#endif
  return scalar_block_ops();
}

}  // namespace ashlar::stark

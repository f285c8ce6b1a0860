#include "runtime/stark/ntt/block_ops.hpp"

namespace ashlar::stark {

namespace {

void add(gl* to, const gl* a, const gl* b, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) to[i] = a[i] + b[i];
}
void sub(gl* to, const gl* a, const gl* b, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) to[i] = a[i] - b[i];
}
void mul(gl* to, const gl* a, const gl* b, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) to[i] = a[i] * b[i];
}
void add_scaled(gl* const to[3], const gl* a, const gl3& c, std::size_t n) {
  for (unsigned k = 0; k < 3; ++k)
    for (std::size_t i = 0; i < n; ++i) to[k][i] += a[i] * c.c[k];
}
void add_combination(gl* const to[3], const gl* const* a, const gl3* c, std::size_t count,
                     std::size_t n, std::size_t /*ahead*/) {
  for (std::size_t j = 0; j < count; ++j) add_scaled(to, a[j], c[j], n);
}
void mul_base(gl* const to[3], const gl* const a[3], const gl* b, std::size_t n) {
  for (unsigned k = 0; k < 3; ++k) mul(to[k], a[k], b, n);
}
void mul_ext(gl* const to[3], const gl* const a[3], const gl* const b[3], std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const gl3 r = gl3(a[0][i], a[1][i], a[2][i]) * gl3(b[0][i], b[1][i], b[2][i]);
    for (unsigned k = 0; k < 3; ++k) to[k][i] = r.c[k];
  }
}
gl3 dot(const gl* a, const gl* const w[3], std::size_t n, const gl* /*next*/) {
  gl3 r;
  for (std::size_t i = 0; i < n; ++i) r += gl3(w[0][i], w[1][i], w[2][i]) * a[i];
  return r;
}

constexpr block_ops ops{add, sub, mul, add_scaled, add_combination, mul_base, mul_ext, dot};

}  // namespace

const block_ops& scalar_block_ops() noexcept {
  return ops;
}

}  // namespace ashlar::stark

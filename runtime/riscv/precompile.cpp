#include "runtime/riscv/precompile.hpp"

#include <algorithm>

#include "runtime/base/u256.hpp"

namespace ashlar::riscv {

namespace {

// t = a b + c: 2 N words.
template <int N>
void multiply_add(const u32* a, const u32* b, const u32* c, u32* t) noexcept {
  for (int i = 0; i < N; ++i) {
    t[i] = c[i];
    t[N + i] = 0;
  }
  for (int i = 0; i < N; ++i) {
    u64 carry = 0;
    for (int j = 0; j < N; ++j) {
      carry += u64{a[i]} * b[j] + t[i + j];
      t[i + j] = static_cast<u32>(carry);
      carry >>= 32;
    }
    t[i + N] = static_cast<u32>(carry);
  }
}

// One digit of Knuth's algorithm D (TAOCP 2, 4.3.1): u[0..n] -= q v[0..n) for the right q, which is
// given back. v is normalised: its top bit is set. n >= 2.
u32 divide_digit(u32* u, const u32* v, int n) noexcept {
  const u64 top = (u64{u[n]} << 32) | u[n - 1];
  u64 q = top / v[n - 1], r = top % v[n - 1];
  while (q >> 32 != 0 || q * v[n - 2] > ((r << 32) | u[n - 2])) {
    --q;
    r += v[n - 1];
    if (r >> 32 != 0) break;
  }
  u64 borrow = 0, carry = 0;
  for (int i = 0; i <= n; ++i) {
    carry += i < n ? q * v[i] : 0;
    const u64 d = u64{u[i]} - static_cast<u32>(carry) - borrow;
    u[i] = static_cast<u32>(d);
    borrow = d >> 63;
    carry >>= 32;
  }
  if (borrow != 0) {
    --q;
    carry = 0;
    for (int i = 0; i < n; ++i) {
      carry += u64{u[i]} + v[i];
      u[i] = static_cast<u32>(carry);
      carry >>= 32;
    }
    u[n] += static_cast<u32>(carry);
  }
  return static_cast<u32>(q);
}

// The words of m up to its highest that is not zero.
template <int N>
int used_words(const u32* m) noexcept {
  int n = N;
  while (n > 0 && m[n - 1] == 0) --n;
  return n;
}

// t = q m + remainder for t of 2 N words with a word behind them to work in. 1 <= n =
// used_words(m).
template <int N>
void divide(u32* t, const u32* m, int n, u32* q, u32* remainder) noexcept {
  std::fill_n(q, 2 * N, 0);
  std::fill_n(remainder, N, 0);
  if (n == 1) {
    u64 r = 0;
    for (int i = 2 * N - 1; i >= 0; --i) {
      r = (r << 32) | t[i];
      q[i] = static_cast<u32>(r / m[0]);
      r %= m[0];
    }
    remainder[0] = static_cast<u32>(r);
    return;
  }
  const int shift = __builtin_clz(m[n - 1]);
  const auto shifted = [&](u32 high, u32 low) {
    return static_cast<u32>((((u64{high} << 32) | low) << shift) >> 32);
  };
  u32 v[N];
  t[2 * N] = 0;
  for (int i = n - 1; i >= 0; --i) v[i] = shifted(m[i], i > 0 ? m[i - 1] : 0);
  for (int i = 2 * N; i >= 0; --i) t[i] = shifted(t[i], i > 0 ? t[i - 1] : 0);
  for (int i = 2 * N - n; i >= 0; --i) {
    const u32 digit = divide_digit(t + i, v, n);
    if (i < 2 * N) q[i] = digit;
  }
  for (int i = 0; i < n; ++i)
    remainder[i] = static_cast<u32>((((u64{i + 1 < n ? t[i + 1] : 0} << 32) | t[i])) >> shift);
}

u256 number_of(const u32 w[8]) noexcept {
  u256 v;
  for (int i = 0; i < 4; ++i) v.limb[i] = (u64{w[2 * i + 1]} << 32) | w[2 * i];
  return v;
}
void put_words(const u256& v, u32 w[8]) noexcept {
  for (int i = 0; i < 4; ++i) {
    w[2 * i] = static_cast<u32>(v.limb[i]);
    w[2 * i + 1] = static_cast<u32>(v.limb[i] >> 32);
  }
}

constexpr u64 p = 0xffffffff00000001;

// x + 2^64 y modulo p, canonical: 2^64 = 2^32 - 1, 2^96 = -1.
u64 reduced(u64 x, u64 y) noexcept {
  const u64 high = y >> 32, middle = static_cast<u32>(y);
  u64 t = x - high;
  if (x < high) t -= 0xffffffff;
  const u64 m = (middle << 32) - middle;
  u64 s = t + m;
  if (s < t) s += 0xffffffff;
  return s >= p ? s - p : s;
}
u64 mul(u64 a, u64 b) noexcept {
  const u64_pair w = mul_wide(a, b);
  return reduced(w.low, w.high);
}
u64 add(u64 a, u64 b) noexcept {
  u64 carry = 0;
  const u64 s = add_carry(a, b, carry);
  return reduced(s, carry);
}

}  // namespace

bool mod256_mul_add(const u32 a[8], const u32 b[8], const u32 c[8], const u32 m[8], u32 out[8],
                    u32 quotient[8]) noexcept {
  if (const u256 by = number_of(m); !by.is_zero()) {
    const auto d = divide_product(number_of(a), number_of(b), number_of(c), by);
    if (!d) return false;
    put_words(d->remainder, out);
    put_words(d->quotient, quotient);
    return true;
  }
  u32 t[16];
  multiply_add<8>(a, b, c, t);
  std::memcpy(out, t, 32);
  std::memcpy(quotient, t + 8, 32);
  return true;
}

bool mod384_mul_add(const u32 a[12], const u32 b[12], const u32 c[12], const u32 m[12], u32 out[12],
                    u32 quotient[12]) noexcept {
  const int n = used_words<12>(m);
  if (n == 0) return false;
  u32 t[25], q[24], remainder[12];
  multiply_add<12>(a, b, c, t);
  divide<12>(t, m, n, q, remainder);
  if (used_words<12>(q + 12) != 0) return false;
  std::memcpy(out, remainder, 48);
  std::memcpy(quotient, q, 48);
  return true;
}

void ext3_mul_add(const u32 a[6], const u32 b[6], const u32 c[6], u32 out[6]) noexcept {
  u64 x[3], y[3], z[3];
  for (int i = 0; i < 3; ++i) {
    x[i] = (u64{a[2 * i + 1]} << 32) | a[2 * i];
    y[i] = (u64{b[2 * i + 1]} << 32) | b[2 * i];
    z[i] = reduced((u64{c[2 * i + 1]} << 32) | c[2 * i], 0);
  }
  u64 product[5] = {};
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) product[i + j] = add(product[i + j], mul(x[i], y[j]));
  for (int i = 0; i < 3; ++i) {
    u64 r = add(product[i], z[i]);
    if (i < 2) r = add(r, add(product[i + 3], product[i + 3]));
    out[2 * i] = static_cast<u32>(r);
    out[2 * i + 1] = static_cast<u32>(r >> 32);
  }
}

void ext3_take_block(u32 v[6], const u32 z[6], const u32 delta[6], const u64 block[8]) noexcept {
  u32 sum[6] = {}, cell[6] = {};
  for (int j = 0; j < 8; ++j) {
    put_element(cell, block[j]);
    ext3_mul_add(sum, z, cell, sum);
  }
  ext3_mul_add(v, delta, sum, v);
}

}  // namespace ashlar::riscv

#include "runtime/base/u256.hpp"

namespace ashlar {
namespace {

u64_pair divide_2by1(u64 high, u64 low, u64 d) noexcept {  // {quotient, remainder}; high < d
#if defined(__x86_64__)
  u64 q, r;
  __asm__("divq %4" : "=a"(q), "=d"(r) : "a"(low), "d"(high), "r"(d) : "cc");
  return {q, r};
#else
  // Hacker's Delight, divlu: d has its top bit set.
  constexpr u64 base = 1ull << 32;
  const u64 d1 = d >> 32, d0 = static_cast<u32>(d), n1 = low >> 32, n0 = static_cast<u32>(low);
  u64 q1 = high / d1, r = high - q1 * d1;
  while (q1 >= base || q1 * d0 > base * r + n1) {
    --q1;
    r += d1;
    if (r >= base) break;
  }
  const u64 n21 = high * base + n1 - q1 * d;
  u64 q0 = n21 / d1;
  r = n21 - q0 * d1;
  while (q0 >= base || q0 * d0 > base * r + n0) {
    --q0;
    r += d1;
    if (r >= base) break;
  }
  return {q1 * base + q0, n21 * base + n0 - q0 * d};
#endif
}

/// Divides the `n` limbs of `a` (little-endian, n <= 8) by `b`, b > 0. Quotient limbs go to `q`
/// where it is not null (n limbs), the remainder is returned.
u256 divide_limbs(const u64* a, int n, const u256& b, u64* q) noexcept {
  int bn = 4;
  while (b.limb[bn - 1] == 0) --bn;
  while (n > 0 && a[n - 1] == 0) --n;
  // Most numbers are small: one limb by one limb is one instruction.
  if (n == 1 && bn == 1) {
    if (q) q[0] = a[0] / b.limb[0];
    return u256{a[0] % b.limb[0]};
  }
  if (n < bn) {
    u256 r;
    for (int i = 0; i < n; ++i) r.limb[i] = a[i];
    return r;
  }
  const unsigned s = static_cast<unsigned>(__builtin_clzll(b.limb[bn - 1]));
  u64 v[4], u[9];
  for (int i = bn - 1; i > 0; --i) v[i] = s ? (b.limb[i] << s) | (b.limb[i - 1] >> (64 - s)) : b.limb[i];
  v[0] = b.limb[0] << s;
  u[n] = s ? a[n - 1] >> (64 - s) : 0;
  for (int i = n - 1; i > 0; --i) u[i] = s ? (a[i] << s) | (a[i - 1] >> (64 - s)) : a[i];
  u[0] = a[0] << s;

  if (bn == 1) {
    u64 rem = u[n];
    for (int j = n - 1; j >= 0; --j) {
      const u64_pair d = divide_2by1(rem, u[j], v[0]);
      if (q) q[j] = d.low;
      rem = d.high;
    }
    return u256{rem >> s};
  }

  for (int j = n - bn; j >= 0; --j) {
    u64 qhat, rhat;
    bool rhat_overflow = false;
    if (u[j + bn] >= v[bn - 1]) {
      qhat = ~0ull;
      rhat = u[j + bn - 1] + v[bn - 1];
      rhat_overflow = rhat < v[bn - 1];
    } else {
      const u64_pair d = divide_2by1(u[j + bn], u[j + bn - 1], v[bn - 1]);
      qhat = d.low;
      rhat = d.high;
    }
    while (!rhat_overflow) {
      const u64_pair p = mul_wide(qhat, v[bn - 2]);
      if (p.high < rhat || (p.high == rhat && p.low <= u[j + bn - 2])) break;
      --qhat;
      rhat += v[bn - 1];
      rhat_overflow = rhat < v[bn - 1];
    }
    u64 borrow = 0, carry = 0;
    for (int i = 0; i < bn; ++i) {
      const u64_pair p = mul_wide(qhat, v[i]);
      u64 c = 0;
      const u64 low = add_carry(p.low, carry, c);
      carry = p.high + c;
      u[i + j] = sub_borrow(u[i + j], low, borrow);
    }
    u[j + bn] = sub_borrow(u[j + bn], carry, borrow);
    if (borrow) {
      --qhat;
      u64 c = 0;
      for (int i = 0; i < bn; ++i) u[i + j] = add_carry(u[i + j], v[i], c);
      u[j + bn] += c;
    }
    if (q) q[j] = qhat;
  }
  u256 r;
  for (int i = 0; i < bn; ++i) {
    r.limb[i] = u[i] >> s;
    if (s && i + 1 < bn) r.limb[i] |= u[i + 1] << (64 - s);
  }
  return r;
}

void multiply_full(const u256& a, const u256& b, u64 out[8]) noexcept {
  for (int i = 0; i < 8; ++i) out[i] = 0;
  for (int i = 0; i < 4; ++i) {
    u64 carry = 0;
    for (int j = 0; j < 4; ++j) {
      const u64_pair p = mul_wide(a.limb[i], b.limb[j]);
      u64 c = 0, c2 = 0;
      const u64 s = add_carry(out[i + j], p.low, c);
      out[i + j] = add_carry(s, carry, c2);
      carry = p.high + c + c2;
    }
    out[i + 4] = carry;
  }
}

}  // namespace

u256_division divide(const u256& a, const u256& b) noexcept {
  if (b.is_zero()) return {};
  if (a.fits_u64() && b.fits_u64()) return {a.limb[0] / b.limb[0], a.limb[0] % b.limb[0]};
  if (a < b) return {u256{}, a};
  u256_division d;
  d.remainder = divide_limbs(a.limb, 4, b, d.quotient.limb);
  return d;
}

u256 operator/(const u256& a, const u256& b) noexcept { return divide(a, b).quotient; }
u256 operator%(const u256& a, const u256& b) noexcept { return divide(a, b).remainder; }

u256 add_mod(const u256& a, const u256& b, const u256& m) noexcept {
  if (m.is_zero()) return {};
  u64 sum[5];
  u64 carry = 0;
  for (int i = 0; i < 4; ++i) sum[i] = add_carry(a.limb[i], b.limb[i], carry);
  sum[4] = carry;
  return divide_limbs(sum, 5, m, nullptr);
}

u256 mul_mod(const u256& a, const u256& b, const u256& m) noexcept {
  if (m.is_zero()) return {};
  u64 product[8];
  multiply_full(a, b, product);
  return divide_limbs(product, 8, m, nullptr);
}

std::optional<u256> checked_add(const u256& a, const u256& b) noexcept {
  const u256 s = a + b;
  if (s < a) return std::nullopt;
  return s;
}

std::optional<u256> checked_mul(const u256& a, const u256& b) noexcept {
  u64 product[8];
  multiply_full(a, b, product);
  if (product[4] | product[5] | product[6] | product[7]) return std::nullopt;
  return u256{product[3], product[2], product[1], product[0]};
}

std::string to_quantity(const u256& v) {
  constexpr char digits[] = "0123456789abcdef";
  if (v.is_zero()) return "0x0";
  std::string out = "0x";
  for (int i = static_cast<int>((v.bit_length() + 3) / 4) - 1; i >= 0; --i)
    out += digits[(v.limb[i / 16] >> (4 * (i % 16))) & 15];
  return out;
}

std::string to_decimal(const u256& v) {
  if (v.is_zero()) return "0";
  std::string out;
  for (u256 rest = v; rest;) {
    const u256_division d = divide(rest, u256{10});
    out += static_cast<char>('0' + d.remainder.limb[0]);
    rest = d.quotient;
  }
  std::reverse(out.begin(), out.end());
  return out;
}

std::optional<u256> parse_u256(std::string_view text) {
  u256 v;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    if (text.empty()) return std::nullopt;
    for (char c : text) {
      if (v.limb[3] >> 60) return std::nullopt;
      unsigned d;
      if (c >= '0' && c <= '9') d = static_cast<unsigned>(c - '0');
      else if (c >= 'a' && c <= 'f') d = static_cast<unsigned>(c - 'a' + 10);
      else if (c >= 'A' && c <= 'F') d = static_cast<unsigned>(c - 'A' + 10);
      else return std::nullopt;
      v = (v << 4) | u256{d};
    }
    return v;
  }
  if (text.empty()) return std::nullopt;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto ten = checked_mul(v, u256{10});
    if (!ten) return std::nullopt;
    const auto sum = checked_add(*ten, u256{static_cast<u64>(c - '0')});
    if (!sum) return std::nullopt;
    v = *sum;
  }
  return v;
}

}  // namespace ashlar

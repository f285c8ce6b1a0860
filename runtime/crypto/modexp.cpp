#include "runtime/crypto/modexp.hpp"

// Limbs of 32 bits, least significant first: what the guest multiplies at once.

namespace ashlar::crypto {

namespace {

using limbs = std::vector<u32>;

limbs from_bytes(bytes_view big_endian) {
  limbs out((big_endian.size() + 3) / 4);
  for (std::size_t i = 0; i < big_endian.size(); ++i)
    out[i / 4] |= static_cast<u32>(big_endian[big_endian.size() - 1 - i]) << (8 * (i % 4));
  return out;
}

void trim(limbs& x) {
  while (!x.empty() && x.back() == 0) x.pop_back();
}

// x := x - y over n limbs; the borrow out.
u32 subtract(u32* x, const u32* y, std::size_t n) {
  u64 borrow = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const u64 t = static_cast<u64>(x[i]) - y[i] - borrow;
    x[i] = static_cast<u32>(t);
    borrow = t >> 63;
  }
  return static_cast<u32>(borrow);
}

u32 add(u32* x, const u32* y, std::size_t n) {
  u64 carry = 0;
  for (std::size_t i = 0; i < n; ++i) {
    carry += static_cast<u64>(x[i]) + y[i];
    x[i] = static_cast<u32>(carry);
    carry >>= 32;
  }
  return static_cast<u32>(carry);
}

bool less(const u32* x, const u32* y, std::size_t n) {
  for (std::size_t i = n; i-- > 0;)
    if (x[i] != y[i]) return x[i] < y[i];
  return false;
}

// x := floor(x / 2^bits), bits < 32.
void shift_right(limbs& x, unsigned bits) {
  if (bits == 0) return;
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = (x[i] >> bits) | (i + 1 < x.size() ? x[i + 1] << (32 - bits) : 0);
}

// x := 2^bits x, bits < 32, with one more limb.
void shift_left(limbs& x, unsigned bits) {
  x.push_back(0);
  if (bits == 0) return;
  for (std::size_t i = x.size(); i-- > 0;)
    x[i] = (x[i] << bits) | (i != 0 ? x[i - 1] >> (32 - bits) : 0);
}

// x mod m by Knuth's algorithm D (The Art of Computer Programming 2, 4.3.1), as many limbs as m.
// Precondition: m's top limb is not 0.
limbs remainder(limbs x, const limbs& m) {
  const std::size_t n = m.size();
  if (x.size() < n) {
    x.resize(n);
    return x;
  }
  const unsigned shift = static_cast<unsigned>(__builtin_clz(m.back()));
  limbs v = m;
  shift_left(v, shift);  // v[n] is 0
  shift_left(x, shift);
  const u64 top = v[n - 1], next = n >= 2 ? v[n - 2] : 0;
  for (std::size_t j = x.size() - n; j-- > 0;) {
    const u64 numerator = (static_cast<u64>(x[j + n]) << 32) | x[j + n - 1];
    u64 q = numerator / top, r = numerator % top;
    const u32 third = n >= 2 ? x[j + n - 2] : 0;
    while ((q >> 32) != 0 || q * next > ((r << 32) | third)) {
      --q;
      r += top;
      if ((r >> 32) != 0) break;
    }
    u64 carry = 0, borrow = 0;
    for (std::size_t i = 0; i <= n; ++i) {
      carry += q * v[i];
      const u64 t = static_cast<u64>(x[i + j]) - static_cast<u32>(carry) - borrow;
      x[i + j] = static_cast<u32>(t);
      borrow = t >> 63;
      carry >>= 32;
    }
    if (borrow != 0) add(x.data() + j, v.data(), n + 1);
  }
  x.resize(n);
  shift_right(x, shift);
  return x;
}

// Walks the exponent four bits at a time from its first non-zero digit: result starts as 1 in the
// ring's own form, `multiply(x, y)` sets x to x y.
template <class Multiply>
limbs power(const limbs& one, const limbs& base, bytes_view exponent, Multiply multiply) {
  limbs table[16];
  table[0] = one;
  for (int i = 1; i < 16; ++i) {
    table[i] = table[i - 1];
    multiply(table[i], base);
  }
  limbs x = one;
  bool started = false;
  for (std::size_t i = 0; i < 2 * exponent.size(); ++i) {
    const unsigned digit = (exponent[i / 2] >> (i % 2 ? 0 : 4)) & 15;
    if (started)
      for (int k = 0; k < 4; ++k) multiply(x, x);
    if (digit != 0) multiply(x, table[digit]);
    started |= digit != 0;
  }
  return x;
}

// -1 / x modulo 2^32 for odd x, by Newton: each step doubles the right bits, from three.
u32 negated_inverse(u32 x) {
  u32 y = x;
  for (int i = 0; i < 4; ++i) y *= 2 - x * y;
  return 0 - y;
}

// x := x y / 2^(32 n) mod m (Montgomery, coarsely integrated operand scanning). t: n + 2 limbs.
void montgomery_multiply(limbs& x, const limbs& y, const limbs& m, u32 m_prime, limbs& t) {
  const std::size_t n = m.size();
  std::fill(t.begin(), t.end(), 0);
  for (std::size_t i = 0; i < n; ++i) {
    u64 carry = 0;
    for (std::size_t j = 0; j < n; ++j) {
      carry += static_cast<u64>(x[i]) * y[j] + t[j];
      t[j] = static_cast<u32>(carry);
      carry >>= 32;
    }
    carry += t[n];
    t[n] = static_cast<u32>(carry);
    t[n + 1] = static_cast<u32>(carry >> 32);

    const u32 q = t[0] * m_prime;
    carry = (static_cast<u64>(q) * m[0] + t[0]) >> 32;
    for (std::size_t j = 1; j < n; ++j) {
      carry += static_cast<u64>(q) * m[j] + t[j];
      t[j - 1] = static_cast<u32>(carry);
      carry >>= 32;
    }
    carry += t[n];
    t[n - 1] = static_cast<u32>(carry);
    t[n] = t[n + 1] + static_cast<u32>(carry >> 32);
  }
  if (t[n] != 0 || !less(t.data(), m.data(), n)) subtract(t.data(), m.data(), n);
  std::copy(t.begin(), t.begin() + static_cast<std::ptrdiff_t>(n), x.begin());
}

limbs power_odd(const limbs& base, bytes_view exponent, const limbs& m) {
  const std::size_t n = m.size();
  const u32 m_prime = negated_inverse(m[0]);
  limbs scratch(n + 2);
  const auto multiply = [&](limbs& x, const limbs& y) {
    montgomery_multiply(x, y, m, m_prime, scratch);
  };
  limbs r(n + 1), r2(2 * n + 1);
  r[n] = 1;
  r2[2 * n] = 1;
  const limbs one = remainder(std::move(r), m), square = remainder(std::move(r2), m);
  limbs b = remainder(base, m);
  multiply(b, square);
  limbs x = power(one, b, exponent, multiply);
  limbs plain(n);
  plain[0] = 1;
  multiply(x, plain);
  return x;
}

// x := x y modulo 2^(32 n), n = x.size(); y of as many limbs.
void multiply_low(limbs& x, const limbs& y) {
  const std::size_t n = x.size();
  limbs t(n);
  for (std::size_t i = 0; i < n; ++i) {
    u64 carry = 0;
    for (std::size_t j = 0; i + j < n; ++j) {
      carry += static_cast<u64>(x[i]) * y[j] + t[i + j];
      t[i + j] = static_cast<u32>(carry);
      carry >>= 32;
    }
  }
  x = std::move(t);
}

void mask_to(limbs& x, std::size_t bits) {
  x.resize((bits + 31) / 32);
  if (bits % 32 != 0) x.back() &= (1u << (bits % 32)) - 1;
}

// base^exponent modulo 2^bits, bits > 0.
limbs power_of_two(limbs base, bytes_view exponent, std::size_t bits) {
  mask_to(base, bits);
  limbs one(base.size());
  one[0] = 1;
  limbs x = power(one, base, exponent, [](limbs& a, const limbs& b) {
    if (&a == &b) {
      const limbs copy = b;
      multiply_low(a, copy);
    } else {
      multiply_low(a, b);
    }
  });
  mask_to(x, bits);
  return x;
}

// 1 / q modulo 2^bits for odd q, by Newton.
limbs inverse_of_odd(limbs q, std::size_t bits) {
  mask_to(q, bits);
  limbs y(q.size());
  y[0] = 0 - negated_inverse(q[0]);
  for (std::size_t right = 32; right < bits; right *= 2) {
    // y := y (2 - q y)
    limbs t = y;
    multiply_low(t, q);
    limbs two(q.size());
    two[0] = 2;
    subtract(two.data(), t.data(), t.size());
    multiply_low(y, two);
  }
  mask_to(y, bits);
  return y;
}

// The modulus is 2^bits q with odd q > 1: x = a + q ((b - a) / q mod 2^bits), where a is the power
// modulo q and b the one modulo 2^bits.
limbs power_even(const limbs& base, bytes_view exponent, const limbs& q, std::size_t bits) {
  limbs a = power_odd(base, exponent, q);
  limbs d = power_of_two(base, exponent, bits);
  limbs a_low = a;
  mask_to(a_low, bits);
  subtract(d.data(), a_low.data(), d.size());
  multiply_low(d, inverse_of_odd(q, bits));
  mask_to(d, bits);

  limbs x(q.size() + d.size() + 1);
  std::copy(a.begin(), a.end(), x.begin());
  for (std::size_t i = 0; i < d.size(); ++i) {
    u64 carry = 0;
    for (std::size_t j = 0; j < q.size(); ++j) {
      carry += static_cast<u64>(d[i]) * q[j] + x[i + j];
      x[i + j] = static_cast<u32>(carry);
      carry >>= 32;
    }
    for (std::size_t k = i + q.size(); carry != 0; ++k) {
      carry += x[k];
      x[k] = static_cast<u32>(carry);
      carry >>= 32;
    }
  }
  return x;
}

}  // namespace

bytes modexp_own(bytes_view base, bytes_view exponent, bytes_view modulus) {
  bytes out(modulus.size());
  limbs m = from_bytes(modulus);
  trim(m);
  if (m.empty()) return out;

  std::size_t zeros = 0;
  while (m[zeros / 32] == 0) zeros += 32;
  zeros += static_cast<std::size_t>(__builtin_ctz(m[zeros / 32]));
  limbs q(m.begin() + static_cast<std::ptrdiff_t>(zeros / 32), m.end());
  shift_right(q, zeros % 32);
  trim(q);
  const bool q_is_one = q.size() == 1 && q[0] == 1;

  limbs b = from_bytes(base), x;
  trim(b);
  if (zeros == 0)
    x = power_odd(b, exponent, q);
  else if (q_is_one)
    x = power_of_two(std::move(b), exponent, zeros);
  else
    x = power_even(b, exponent, q, zeros);

  for (std::size_t i = 0; i < out.size() && i / 4 < x.size(); ++i)
    out[out.size() - 1 - i] = static_cast<u8>(x[i / 4] >> (8 * (i % 4)));
  return out;
}

}  // namespace ashlar::crypto

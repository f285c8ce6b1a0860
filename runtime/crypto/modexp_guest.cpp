#include <algorithm>

#include "runtime/crypto/mod256.hpp"
#include "runtime/crypto/modexp.hpp"

namespace ashlar::crypto {

namespace {

/// Numbers below a modulus of at most 32 bytes and above 1, multiplied by the machine's chip.
class short_ring {
 public:
  explicit short_ring(const u256& m) noexcept : m_(m) {}

  /// a b + c; b < m.
  u256 mul_add(const u256& a, const u256& b, const u256& c) const noexcept {
    u256 out;
    mod256_mul_add(out.limb, a.limb, b.limb, c.limb, reinterpret_cast<const modulus256*>(m_.limb));
    return out;
  }
  u256 mul(const u256& a, const u256& b) const noexcept { return mul_add(a, b, zero_); }

  /// A number of any length, 32 bytes at a time.
  u256 reduced(bytes_view big_endian) const noexcept {
    const u256 shift = mul_add(u256::max(), one_, one_);  // 2^256
    u256 x;
    while (!big_endian.empty()) {
      const std::size_t n = (big_endian.size() - 1) % 32 + 1;
      u8 word[32] = {};
      std::memcpy(word + 32 - n, big_endian.data(), n);
      x = mul_add(x, shift, u256::from_be(word));
      big_endian = big_endian.subspan(n);
    }
    return x;
  }

  /// By windows of four bits, from the first digit that is not zero.
  u256 power(const u256& base, bytes_view exponent) const noexcept {
    u256 table[16];
    table[0] = one_;
    for (int i = 1; i < 16; ++i) table[i] = mul(table[i - 1], base);
    u256 x = one_;
    bool started = false;
    for (std::size_t i = 0; i < 2 * exponent.size(); ++i) {
      const unsigned digit = (exponent[i / 2] >> (i % 2 ? 0 : 4)) & 15;
      if (started)
        for (int k = 0; k < 4; ++k) x = mul(x, x);
      if (digit != 0) x = started ? mul(x, table[digit]) : table[digit];
      started |= digit != 0;
    }
    return x;
  }

 private:
  u256 m_, zero_, one_ = 1;
};

}  // namespace

bytes modexp(bytes_view base, bytes_view exponent, bytes_view modulus) {
  bytes_view m = modulus;
  while (!m.empty() && m[0] == 0) m = m.subspan(1);
  if (m.empty() || (m.size() == 1 && m[0] == 1)) return bytes(modulus.size());
  if (m.size() > 32) return modexp_own(base, exponent, modulus);
  u8 word[32] = {};
  std::memcpy(word + 32 - m.size(), m.data(), m.size());
  const short_ring ring(u256::from_be(word));
  ring.power(ring.reduced(base), exponent).to_be(word);
  bytes out(modulus.size());
  const std::size_t n = std::min<std::size_t>(32, out.size());
  std::memcpy(out.data() + out.size() - n, word + 32 - n, n);
  return out;
}

}  // namespace ashlar::crypto

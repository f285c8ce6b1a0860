#include "runtime/crypto/poseidon2.hpp"

#include "runtime/base/u256.hpp"

namespace ashlar::crypto {

namespace {

constexpr u64 p = 0xffffffff00000001, epsilon = 0xffffffff;  // 2^64 mod p

// All ones where `c`: a branch on what is hashed would be guessed wrong every other time.
constexpr u64 mask(bool c) noexcept {
  return 0 - u64{c};
}

// A canonical residue.
struct element {
  u64 value;
  friend element operator+(element a, element b) noexcept {
    const u64 c = p - a.value;
    return {b.value - c + (p & mask(b.value < c))};
  }
  friend element operator-(element a, element b) noexcept {
    return {a.value - b.value + (p & mask(a.value < b.value))};
  }
  friend element operator*(element a, element b) noexcept {
    // 2^64 = 2^32 - 1 and 2^96 = -1.
    const u64_pair w = mul_wide(a.value, b.value);
    const u64 top = w.high >> 32, middle = w.high & epsilon;
    const u64 t = w.low - top - (epsilon & mask(w.low < top));
    const u64 m = (middle << 32) - middle;
    const u64 s = t + m, word = s + (epsilon & mask(s < m));
    return {word - (p & mask(word >= p))};
  }
};

struct ops {
  static element plus(element e, u64 c) noexcept { return e + element{c}; }
  static element power7(element e) noexcept {
    const element e2 = e * e, e3 = e2 * e;
    return e2 * e2 * e3;
  }
  // An odd residue is made even by p, which is (p + 1) / 2 more in the half.
  static element half(element e) noexcept {
    return {(e.value >> 1) + (((p >> 1) + 1) & mask((e.value & 1) != 0))};
  }
};

}  // namespace

void poseidon2_absorb(u64 state[poseidon2_width], const u64 block[poseidon2_rate]) noexcept {
  element s[poseidon2_width];
  for (unsigned i = 0; i < poseidon2_width; ++i) {
    const u64 word = i < poseidon2_rate ? block[i] : state[i];
    s[i] = {word >= p ? word - p : word};
  }
  poseidon2_permute<ops>(s);
  for (unsigned i = 0; i < poseidon2_width; ++i) state[i] = s[i].value;
}

}  // namespace ashlar::crypto

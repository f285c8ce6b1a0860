#include "runtime/crypto/sha256.hpp"

#include "runtime/crypto/sha256_constants.hpp"

namespace ashlar::crypto {

namespace {

u32 rotated(u32 x, unsigned n) {
  return (x >> n) | (x << (32 - n));
}

void absorb(u32* state, const u8* block) {
  u32 w[64];
  for (int t = 0; t < 16; ++t) w[t] = load_be32(block + 4 * t);
  for (int t = 16; t < 64; ++t) {
    const u32 s0 = rotated(w[t - 15], 7) ^ rotated(w[t - 15], 18) ^ (w[t - 15] >> 3);
    const u32 s1 = rotated(w[t - 2], 17) ^ rotated(w[t - 2], 19) ^ (w[t - 2] >> 10);
    w[t] = w[t - 16] + s0 + w[t - 7] + s1;
  }
  u32 a = state[0], b = state[1], c = state[2], d = state[3];
  u32 e = state[4], f = state[5], g = state[6], h = state[7];
  for (int t = 0; t < 64; ++t) {
    const u32 s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const u32 t1 = h + s1 + ((e & f) ^ (~e & g)) + sha256_constants[t] + w[t];
    const u32 s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const u32 t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  const u32 after[8] = {a, b, c, d, e, f, g, h};
  for (int i = 0; i < 8; ++i) state[i] += after[i];
}

}  // namespace

void sha256_blocks_scalar(u32 state[8], const u8* data, std::size_t blocks) noexcept {
  for (; blocks != 0; --blocks, data += 64) absorb(state, data);
}

hash256 sha256(bytes_view data) noexcept {
  u32 state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  const std::size_t whole = data.size() / 64, rest = data.size() % 64;
  sha256_blocks(state, data.data(), whole);
  u8 tail[128] = {};
  if (rest != 0) std::memcpy(tail, data.data() + 64 * whole, rest);
  tail[rest] = 0x80;
  const std::size_t tail_blocks = rest < 56 ? 1 : 2;
  store_be64(tail + 64 * tail_blocks - 8, static_cast<u64>(data.size()) * 8);
  sha256_blocks(state, tail, tail_blocks);
  hash256 out;
  for (std::size_t i = 0; i < 8; ++i) store_be32(out.data() + 4 * i, state[i]);
  return out;
}

}  // namespace ashlar::crypto

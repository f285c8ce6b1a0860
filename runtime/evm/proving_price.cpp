#include "runtime/evm/proving_price.hpp"

#include <algorithm>

namespace ashlar::evm {

namespace {

/// What a call of modexp is about, bytes each. Longer than `most` is refused (EIP-7823), or more
/// than a transaction pays for.
struct modexp_size {
  static constexpr u64 most = u64{1} << 16;
  u64 base, exponent, modulus;
  u64 bits;  ///< of the exponent: zeros in front of its first 32 bytes cost next to nothing
};

/// The big-endian number in a word of the input, or `most` where that is less.
u64 length_at(bytes_view in, std::size_t offset) noexcept {
  u8 b[32] = {};
  if (offset < in.size())
    std::memcpy(b, in.data() + offset, std::min<std::size_t>(32, in.size() - offset));
  const u256 n = u256::from_be(b);
  return n < u256{modexp_size::most} ? n.low() : modexp_size::most;
}

modexp_size modexp_size_of(bytes_view in) noexcept {
  modexp_size s{length_at(in, 0), length_at(in, 32), length_at(in, 64), 0};
  const u64 head = std::min<u64>(s.exponent, 32), at = 96 + s.base;
  s.bits = 8 * s.exponent;
  for (u64 i = 0; i < head; ++i, s.bits -= 8)
    if (at + i < in.size() && in[at + i] != 0) break;
  return s;
}

u64 modexp_cycles(bytes_view in) noexcept {
  const modexp_size s = modexp_size_of(in);
  if (s.modulus == 0) return 6'000;
  if (s.modulus <= 32) return 9'000 + 60 * s.base + 66 * s.bits + 10 * s.exponent;
  const u64 words = (std::max(s.base, s.modulus) + 7) / 8;
  // A product of n words of 32 bits and its reduction: 4 n^2 + 2 n multiplications; 5 in 4 bits.
  const u64 per_bit = 320 * words * words + 80 * words;
  // Whatever the exponent: 17 products, among them 15 of a table, and the remainder of a square.
  const u64 fixed = 40'000 + 4'600 * words * words + 1'100 * words;
  return fixed + per_bit * s.bits + 150 * s.exponent;
}

u64 blocks_of_64(u64 bytes) noexcept {
  return (bytes + 9 + 63) / 64;
}

}  // namespace

u64 proving_cycles(precompile which, bytes_view in) noexcept {
  const u64 n = in.size();
  switch (which) {
    case precompile::none:
      return 0;
    case precompile::identity:
      return 850 + n * 9 / 2;
    case precompile::ecrecover:
      return 40'000;
    case precompile::p256_verify:
      return 530'000;
    case precompile::sha256:
      return 4'000 + 10'500 * blocks_of_64(n);
    case precompile::ripemd160:
      return 4'000 + 8'500 * blocks_of_64(n);
    case precompile::modexp:
      return modexp_cycles(in);
    case precompile::bn254_add:
      return 6'000;
    case precompile::bn254_mul:
      return 72'000;
    case precompile::bn254_pairing:
      return 1'100'000 + 500'000 * (n / 192);
    case precompile::blake2f:
      return 2'500 + (n == 213 ? 780 * u64{load_be32(in.data())} : 0);
    case precompile::point_evaluation:
      return 5'300'000;
    case precompile::bls_g1_add:
      return 28'000;
    case precompile::bls_g1_msm:
      return 170'000 + 225'000 * (n / 160);
    case precompile::bls_g2_add:
      return 32'000;
    case precompile::bls_g2_msm:
      return 250'000 + 630'000 * (n / 288);
    case precompile::bls_pairing:
      return 3'000'000 + 1'250'000 * (n / 384);
    case precompile::bls_map_fp_to_g1:
      return 190'000;
    case precompile::bls_map_fp2_to_g2:
      return 730'000;
  }
  return 0;
}

}  // namespace ashlar::evm

#include "runtime/evm/proving_price.hpp"

#include <algorithm>

namespace ashlar::evm {

namespace {

/// The big-endian number in a word of the input, or `most` where that is less.
u64 length_at(bytes_view in, std::size_t offset, u64 most) noexcept {
  u8 b[32] = {};
  if (offset < in.size())
    std::memcpy(b, in.data() + offset, std::min<std::size_t>(32, in.size() - offset));
  const u256 n = u256::from_be(b);
  return n < u256{most} ? n.low() : most;
}

/// Zeros in front of the exponent's first 32 bytes cost next to nothing.
u64 exponent_bits(bytes_view in, u64 base, u64 length) noexcept {
  const u64 head = std::min<u64>(length, 32), at = 96 + base;
  u64 bits = 8 * head;
  for (u64 i = 0; i < head && bits != 0; ++i, bits -= 8)
    if (at + i < in.size() && in[at + i] != 0) break;
  return bits + 8 * (length - head);
}

/// Longer than `most` is refused (EIP-7823), or more than a transaction pays for.
u64 modexp_cycles(bytes_view in) noexcept {
  constexpr u64 most = u64{1} << 16;
  const u64 base = length_at(in, 0, most), exponent = length_at(in, 32, most),
            modulus = length_at(in, 64, most), bits = exponent_bits(in, base, exponent);
  if (modulus == 0) return 5'000;
  if (modulus <= 32) return 20'000 + 60 * base + 100 * bits + 20 * exponent;
  const u64 words = (std::max(base, modulus) + 7) / 8, square = words * words + 8;
  return 50'000 + square * (3'000 + 190 * bits) + 100 * exponent;
}

}  // namespace

u64 proving_cycles(precompile which, bytes_view in) noexcept {
  const u64 n = in.size();
  switch (which) {
    case precompile::none:
    case precompile::identity:
    case precompile::ecrecover:
    case precompile::p256_verify:
    case precompile::bn254_mul:
    case precompile::bn254_pairing:
      return 0;  // their gas is more than enough
    case precompile::sha256:
      return 10'000 + 80 * n;
    case precompile::ripemd160:
      return 10'000 + 90 * n;
    case precompile::modexp:
      return modexp_cycles(in);
    case precompile::bn254_add:
      return 6'000;
    case precompile::blake2f:
      return n == 213 ? 5'000 + 500 * u64{load_be32(in.data())} : 0;
    case precompile::point_evaluation:
      return 1'200'000;
    case precompile::bls_g1_add:
      return 30'000;
    case precompile::bls_g1_msm:
      return 60'000 + 75'000 * (n / 160);
    case precompile::bls_g2_add:
      return 35'000;
    case precompile::bls_g2_msm:
      return 80'000 + 170'000 * (n / 288);
    case precompile::bls_pairing:
      return 500'000 + 280'000 * (n / 384);
    case precompile::bls_map_fp_to_g1:
      return 90'000;
    case precompile::bls_map_fp2_to_g2:
      return 270'000;
  }
  return 0;
}

}  // namespace ashlar::evm

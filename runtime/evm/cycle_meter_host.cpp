#include <algorithm>
#include <bit>

#include "runtime/evm/cycle_meter.hpp"
#include "runtime/evm/precompiles.hpp"

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

u64 modexp_weight(bytes_view in) noexcept {
  constexpr u64 most = u64{1} << 16;
  const u64 base = length_at(in, 0, most), exponent = length_at(in, 32, most),
            modulus = length_at(in, 64, most), bits = exponent_bits(in, base, exponent);
  if (modulus == 0) return 6'000;
  if (modulus <= 32) return 9'000 + 60 * base + 66 * bits + 10 * exponent;
  const u64 words = (std::max(base, modulus) + 7) / 8, square = words * words + 8;
  return 60'000 + square * (5'000 + 320 * bits) + 150 * exponent;
}

u64 blocks_of_64(u64 bytes) noexcept {
  return (bytes + 9 + 63) / 64;
}

}  // namespace

u64 exp_weight(const u256& exponent) noexcept {
  u64 ones = 0;
  for (const u64 limb : exponent.limb) ones += static_cast<u64>(std::popcount(limb));
  return (exponent.bit_length() + ones) * cycle_weight::exp_step;
}

u64 precompile_weight(precompile which, bytes_view in) noexcept {
  const u64 n = in.size();
  switch (which) {
    case precompile::none:
      return 0;
    case precompile::identity:
      return 700 + copy_weight(nullptr, in.data(), n);
    case precompile::ecrecover:
      return 40'000;
    case precompile::p256_verify:
      return 530'000;
    case precompile::sha256:
      return 4'000 + 11'000 * blocks_of_64(n);
    case precompile::ripemd160:
      return 4'000 + 8'500 * blocks_of_64(n);
    case precompile::modexp:
      return modexp_weight(in);
    case precompile::bn254_add:
      return 6'000;
    case precompile::bn254_mul:
      return 72'000;
    case precompile::bn254_pairing:
      return 1'100'000 + 500'000 * (n / 192);
    case precompile::blake2f:
      return 2'500 + (n == 213 ? 800 * u64{load_be32(in.data())} : 0);
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
      return 145'000;
    case precompile::bls_map_fp2_to_g2:
      return 730'000;
  }
  return 0;
}

u64 txn_weight(const txn& t, u64 envelope_bytes) noexcept {
  // Hashed to be signed, to be known and into the block's trie; copied some times between.
  constexpr u64 each = 30'000, per_byte = 60;
  return each + per_byte * envelope_bytes +
         cycle_weight::authorization * u64{t.authorizations.size()};
}

u64 proof_cycles(u64 metered, u64 blocks, u64 pubdata_bytes, const memory_use& use,
                 u64 leaf_count) noexcept {
  constexpr u64 fixed = 250'000, per_block = 20'000, per_pubdata_byte = 120, per_leaf = 900,
                per_node = 400;
  return fixed + metered + blocks * per_block + pubdata_bytes * per_pubdata_byte +
         use.leaves * per_leaf + covered_nodes_max(use.leaves, leaf_count) * per_node;
}

}  // namespace ashlar::evm

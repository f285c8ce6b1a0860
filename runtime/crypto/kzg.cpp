#include "runtime/crypto/kzg.hpp"

#include "runtime/crypto/bls12_381_curve.hpp"
#include "runtime/crypto/sha256.hpp"

namespace ashlar::crypto {

namespace {

using namespace bls12_381;

/// [tau]G2: the second power of tau in G2 of the mainnet ceremony's output of 2023; compressed,
/// b5bfd7dd 8cdeb128 ... c98edada 20c1def2.
constexpr g2_affine tau_g2{
    fp2::from_integers({0xc98edada20c1def2, 0x087041de621000ed, 0xa36851477ba4c60b,
                        0x3926c911cceceac9, 0x734429b7b38608e2, 0x185cbfee53492714},
                       {0xafaaab24f3499f72, 0x2914e5870cb452d2, 0x1009a2ce615ac53d,
                        0x26187075cbfbefa8, 0x843bc287230af389, 0x15bfd7dd8cdeb128}),
    fp2::from_integers({0xee689bfbbb832a99, 0x4ce26d105941f383, 0xe82451a496a9c979,
                        0x131569490e28de18, 0xd7d5ee8599d1fca2, 0x014353bdb96b626d},
                       {0x23048ef30d0a154f, 0x9495346f3d7ac9cd, 0xda5ed1ba9bfa0789,
                        0xef79de09fc63671f, 0x03432fcae0181b4b, 0x1666c54b0a325295}),
    false};

constexpr u8 flag_compressed = 0x80, flag_infinity = 0x40, flag_larger_y = 0x20;

/// The 48-byte compressed form of a point of G1, as the Zcash and Ethereum specifications define
/// it: flags in the top three bits of x.
std::optional<g1_affine> decompress(const kzg_point& from) noexcept {
  const u8 flags = from[0] & 0xe0;
  if ((flags & flag_compressed) == 0) return std::nullopt;
  kzg_point rest = from;
  rest[0] &= 0x1f;
  if ((flags & flag_infinity) != 0) {
    if ((flags & flag_larger_y) != 0 || !rest.is_zero()) return std::nullopt;
    return g1_affine{};
  }
  const auto x = fp::parse(rest.data());
  if (!x) return std::nullopt;
  const auto y = (x->square() * *x + g1_b).sqrt();
  if (!y) return std::nullopt;
  const bool larger = (flags & flag_larger_y) != 0;
  const g1_affine p{*x, y->is_larger_half() == larger ? *y : -*y, false};
  if (!in_g1(p)) return std::nullopt;
  return p;
}

}  // namespace

hash256 kzg_versioned_hash(const kzg_point& commitment) noexcept {
  hash256 out = sha256(commitment.data_);
  out[0] = kzg_versioned_hash_version;
  return out;
}

bool kzg_verify_opening(const kzg_point& commitment, const hash256& z, const hash256& y,
                        const kzg_point& proof) {
  const u256 point = u256::from_be(z), value = u256::from_be(y);
  if (!(point < group_order) || !(value < group_order)) return false;
  const auto c = decompress(commitment), w = decompress(proof);
  if (!c || !w) return false;
  const std::array<g1_term, 2> terms = {{{g1_generator, value, true}, {*w, point}}};
  const g1_affine left = (multi_scalar(std::span<const g1_term>(terms)) + *c).to_affine();
  const std::array<std::pair<g1_affine, g2_affine>, 2> pairs = {
      {{left, g2_generator}, {-*w, tau_g2}}};
  return pairing_product_is_one(pairs);
}

std::optional<std::array<u8, 64>> kzg_point_evaluation(bytes_view input) {
  if (input.size() != 192) return std::nullopt;
  const u8* at = input.data();
  const auto commitment = kzg_point::copy_of(at + 96), proof = kzg_point::copy_of(at + 144);
  if (kzg_versioned_hash(commitment) != hash256::copy_of(at)) return std::nullopt;
  if (!kzg_verify_opening(commitment, hash256::copy_of(at + 32), hash256::copy_of(at + 64), proof))
    return std::nullopt;
  std::array<u8, 64> out{};
  u256{kzg_field_elements_per_blob}.to_be(out.data());
  group_order.to_be(out.data() + 32);
  return out;
}

}  // namespace ashlar::crypto

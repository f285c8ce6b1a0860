#include "runtime/evm/precompiles.hpp"

#include <algorithm>

#include "runtime/crypto/blake2f.hpp"
#include "runtime/crypto/bls12_381.hpp"
#include "runtime/crypto/bn254.hpp"
#include "runtime/crypto/kzg.hpp"
#include "runtime/crypto/modexp.hpp"
#include "runtime/crypto/p256.hpp"
#include "runtime/crypto/ripemd160.hpp"
#include "runtime/crypto/secp256k1.hpp"
#include "runtime/crypto/sha256.hpp"
#include "runtime/evm/gas.hpp"

namespace ashlar::evm {

namespace {

constexpr u64 no_gas_enough = ~u64{0};

/// What a precompile answers once it is paid for.
struct answer {
  bool ok = true;
  bytes_view output{};
};
constexpr answer failed{false, {}};

/// `count` bytes of the input at `offset`, as if zeros followed it without end.
bytes padded(bytes_view in, std::size_t offset, std::size_t count) {
  bytes out(count, 0);
  if (offset < in.size())
    std::memcpy(out.data(), in.data() + offset, std::min(count, in.size() - offset));
  return out;
}

u256 word_at(bytes_view in, std::size_t offset) noexcept {
  u8 b[32] = {};
  if (offset < in.size())
    std::memcpy(b, in.data() + offset, std::min<std::size_t>(32, in.size() - offset));
  return u256::from_be(b);
}

template <class Container>
answer put(bytes& to, const Container& from) {
  to.assign(from.begin(), from.end());
  return {true, to};
}
answer put_word(bytes& to, const u256& v) {
  to.resize(32);
  v.to_be(to.data());
  return {true, to};
}

answer run_ecrecover(bytes_view in, bytes& to) {
  const u256 v = word_at(in, 32);
  if (v != 27 && v != 28) return {};
  const auto who =
      crypto::recover(word_at(in, 0).to_be(), word_at(in, 64), word_at(in, 96), v == 28);
  return who ? put_word(to, to_word(*who)) : answer{};
}

answer run_ripemd160(bytes_view in, bytes& to) {
  const auto h = crypto::ripemd160(in);
  return put_word(to, u256::from_be(bytes_view(h.data_)));
}

answer run_modexp(bytes_view in, bytes& to) {
  const u256 base_len = word_at(in, 0), exp_len = word_at(in, 32), mod_len = word_at(in, 64);
  // Lengths that the gas could not pay for never come here; an exponent of any length may, where
  // base and modulus are empty.
  if (mod_len.is_zero()) return {};
  const std::size_t b = static_cast<std::size_t>(base_len.low());
  const std::size_t e = static_cast<std::size_t>(exp_len.low());
  const std::size_t m = static_cast<std::size_t>(mod_len.low());
  // Copied, since `to` has its room for good.
  return put(to,
             crypto::modexp(padded(in, 96, b), padded(in, 96 + b, e), padded(in, 96 + b + e, m)));
}

answer run_blake2f(bytes_view in, bytes& to) {
  if (in.size() != 213 || in[212] > 1) return failed;
  u64 h[8], m[16], t[2];
  for (int i = 0; i < 8; ++i) h[i] = load_le64(in.data() + 4 + 8 * i);
  for (int i = 0; i < 16; ++i) m[i] = load_le64(in.data() + 68 + 8 * i);
  for (int i = 0; i < 2; ++i) t[i] = load_le64(in.data() + 196 + 8 * i);
  crypto::blake2f(load_be32(in.data()), h, m, t, in[212] != 0);
  to.resize(64);
  for (int i = 0; i < 8; ++i) store_le64(to.data() + 8 * i, h[i]);
  return {true, to};
}

answer run_p256_verify(bytes_view in, bytes& to) {
  if (in.size() != 160) return {};
  const bool good = crypto::p256_verify(word_at(in, 0).to_be(), word_at(in, 32), word_at(in, 64),
                                        word_at(in, 96), word_at(in, 128));
  return good ? put_word(to, 1) : answer{};
}

template <class Optional>
answer put_if(bytes& to, const Optional& point) {
  return point ? put(to, *point) : failed;
}
answer put_truth(bytes& to, const std::optional<bool>& holds) {
  return holds ? put_word(to, u64{*holds}) : failed;
}

answer execute(precompile which, bytes_view in, bytes& to) {
  switch (which) {
    case precompile::ecrecover:
      return run_ecrecover(in, to);
    case precompile::sha256:
      return put(to, crypto::sha256(in));
    case precompile::ripemd160:
      return run_ripemd160(in, to);
    case precompile::identity:
      return put(to, in);
    case precompile::modexp:
      return run_modexp(in, to);
    case precompile::bn254_add:
      return put_if(to, crypto::bn254_add(in));
    case precompile::bn254_mul:
      return put_if(to, crypto::bn254_mul(in));
    case precompile::bn254_pairing:
      return put_truth(to, crypto::bn254_pairing_check(in));
    case precompile::blake2f:
      return run_blake2f(in, to);
    case precompile::point_evaluation:
      return put_if(to, crypto::kzg_point_evaluation(in));
    case precompile::bls_g1_add:
      return put_if(to, crypto::bls12_g1_add(in));
    case precompile::bls_g1_msm:
      return put_if(to, crypto::bls12_g1_msm(in));
    case precompile::bls_g2_add:
      return put_if(to, crypto::bls12_g2_add(in));
    case precompile::bls_g2_msm:
      return put_if(to, crypto::bls12_g2_msm(in));
    case precompile::bls_pairing:
      return put_truth(to, crypto::bls12_pairing_check(in));
    case precompile::bls_map_fp_to_g1:
      return put_if(to, crypto::bls12_map_fp_to_g1(in));
    case precompile::bls_map_fp2_to_g2:
      return put_if(to, crypto::bls12_map_fp2_to_g2(in));
    case precompile::p256_verify:
      return run_p256_verify(in, to);
    case precompile::none:
      break;
  }
  ensure(which != precompile::none);
  return failed;
}

}  // namespace

u256 modexp_gas(bytes_view in, revision rev) noexcept {
  const bool osaka = rev >= revision::osaka;
  const u256 base_len = word_at(in, 0), exp_len = word_at(in, 32), mod_len = word_at(in, 64);
  constexpr u64 bytes_max = 1024;  // EIP-7823
  if (osaka && (base_len > bytes_max || exp_len > bytes_max || mod_len > bytes_max))
    return u256::max();
  const u64 least = osaka ? 500 : 200;
  const u256 longest = base_len < mod_len ? mod_len : base_len;
  if (longest.is_zero() && !osaka) return least;
  // No gas pays for more than 2^32 bytes.
  if (longest > (u64{1} << 32) || !exp_len.fits_u64() || exp_len.low() > (u64{1} << 56))
    return u256::max();
  const u256 words = (longest.low() + 7) / 8;
  const u256 complexity = !osaka ? words * words : longest <= 32 ? u256{16} : 2 * words * words;

  const u64 e = exp_len.low();
  u256 head = 0;
  if (const u64 head_bytes = std::min<u64>(e, 32); head_bytes != 0) {
    head = word_at(in, static_cast<std::size_t>(96 + std::min(base_len.low(), u64{in.size()})));
    head = head >> static_cast<unsigned>(256 - 8 * head_bytes);
  }
  const u64 head_bits = head.is_zero() ? 0 : head.bit_length() - 1;
  const u64 tail = e > 32 ? (osaka ? 16 : 8) * (e - 32) : 0;
  const u256 iterations = std::max<u64>(tail + head_bits, 1);
  const u256 cost = complexity * iterations / u256{osaka ? 1u : 3u};
  return cost < least ? u256{least} : cost;
}

u64 bls_msm_gas(bool g2, u64 points) noexcept {
  // EIP-2537's discounts in thousandths for 1 to 128 points; the last holds for more.
  static constexpr u16 g1_discount[128] = {
      1000, 949, 848, 797, 764, 750, 738, 728, 719, 712, 705, 698, 692, 687, 682, 677,
      673,  669, 665, 661, 658, 654, 651, 648, 645, 642, 640, 637, 635, 632, 630, 627,
      625,  623, 621, 619, 617, 615, 613, 611, 609, 608, 606, 604, 603, 601, 599, 598,
      596,  595, 593, 592, 591, 589, 588, 586, 585, 584, 582, 581, 580, 579, 577, 576,
      575,  574, 573, 572, 570, 569, 568, 567, 566, 565, 564, 563, 562, 561, 560, 559,
      558,  557, 556, 555, 554, 553, 552, 551, 550, 549, 548, 547, 547, 546, 545, 544,
      543,  542, 541, 540, 540, 539, 538, 537, 536, 536, 535, 534, 533, 532, 532, 531,
      530,  529, 528, 528, 527, 526, 525, 525, 524, 523, 522, 522, 521, 520, 520, 519};
  static constexpr u16 g2_discount[128] = {
      1000, 1000, 923, 884, 855, 832, 812, 796, 782, 770, 759, 749, 740, 732, 724, 717,
      711,  704,  699, 693, 688, 683, 679, 674, 670, 666, 663, 659, 655, 652, 649, 646,
      643,  640,  637, 634, 632, 629, 627, 624, 622, 620, 618, 615, 613, 611, 609, 607,
      606,  604,  602, 600, 598, 597, 595, 593, 592, 590, 589, 587, 586, 584, 583, 582,
      580,  579,  578, 576, 575, 574, 573, 571, 570, 569, 568, 567, 566, 565, 563, 562,
      561,  560,  559, 558, 557, 556, 555, 554, 553, 552, 552, 551, 550, 549, 548, 547,
      546,  545,  545, 544, 543, 542, 541, 541, 540, 539, 538, 537, 537, 536, 535, 535,
      534,  533,  532, 532, 531, 530, 530, 529, 528, 528, 527, 526, 526, 525, 524, 524};
  if (points == 0) return 0;
  const u16* const table = g2 ? g2_discount : g1_discount;
  const u64 discount = table[std::min<u64>(points, 128) - 1];
  return points * (g2 ? 22500 : 12000) * discount / 1000;
}

u64 precompile_gas(precompile which, revision rev, bytes_view in) noexcept {
  const u64 n = in.size(), w = gas::words(n);
  switch (which) {
    case precompile::none:
      break;
    case precompile::ecrecover:
      return 3000;
    case precompile::sha256:
      return 60 + 12 * w;
    case precompile::ripemd160:
      return 600 + 120 * w;
    case precompile::identity:
      return 15 + 3 * w;
    case precompile::modexp: {
      const u256 g = modexp_gas(in, rev);
      return g.fits_u64() ? g.low() : no_gas_enough;
    }
    case precompile::bn254_add:
      return 150;
    case precompile::bn254_mul:
      return 6000;
    case precompile::bn254_pairing:
      return 45000 + 34000 * (n / 192);
    case precompile::blake2f:
      return n == 213 ? load_be32(in.data()) : no_gas_enough;
    case precompile::point_evaluation:
      return 50000;
    case precompile::bls_g1_add:
      return 375;
    case precompile::bls_g1_msm:
      return bls_msm_gas(false, n / 160);
    case precompile::bls_g2_add:
      return 600;
    case precompile::bls_g2_msm:
      return bls_msm_gas(true, n / 288);
    case precompile::bls_pairing:
      return 37700 + 32600 * (n / 384);
    case precompile::bls_map_fp_to_g1:
      return 5500;
    case precompile::bls_map_fp2_to_g2:
      return 23800;
    case precompile::p256_verify:
      return 6900;
  }
  return no_gas_enough;
}

frame_result run_precompile(precompile which, u64 cost, bytes_view input, i64 gas, bytes& to) {
  if (cost > static_cast<u64>(gas)) return {halt_reason::out_of_gas, 0, {}};
  const answer a = execute(which, input, to);
  if (!a.ok) return {halt_reason::precompile_failure, 0, {}};
  return {halt_reason::success, gas - static_cast<i64>(cost), a.output};
}

}  // namespace ashlar::evm

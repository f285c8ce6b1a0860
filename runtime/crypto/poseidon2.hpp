#pragma once

#include "runtime/base/bytes.hpp"

namespace ashlar::crypto {

// Poseidon2 (Grassi, Khovratovich, Schofnegger: Poseidon2, 2023) over Goldilocks, p = 2^64 - 2^32 +
// 1: width 12, S-box x^7, 8 full and 22 partial rounds, for 128 bits with rate 8 and capacity 4.
// The instance is the one that Plonky3 publishes for this width: the round constants are the Grain
// LFSR's (GF(p), x^alpha, n = 64, t = 12, R_F = 8, R_P = 22), the external matrix is circ(2 M, M,
// M) with M = circ(2, 3, 1, 1), and the internal one is J + diag(d) with the small d below. Tests
// generate the constants anew, check the published vector of (0, 1, .., 11), that M is MDS, and the
// paper's condition on the internal matrix.
//
// The layers are templates over the element, so that constraints, kernels and this library read one
// text. An element E has + and -, by value or by reference, and nothing else.

inline constexpr unsigned poseidon2_width = 12;
inline constexpr unsigned poseidon2_rate = 8;  ///< cells 0..7; the capacity is cells 8..11
inline constexpr unsigned poseidon2_full_rounds = 8, poseidon2_partial_rounds = 22;

/// Of the full rounds: four before the partial ones, four after.
inline constexpr u64 poseidon2_full_constants[poseidon2_full_rounds][poseidon2_width] = {
    {0x13dcf33aba214f46, 0x30b3b654a1da6d83, 0x1fc634ada6159b56, 0x937459964dc03466,
     0xedd2ef2ca7949924, 0xede9affde0e22f68, 0x8515b9d6bac9282d, 0x6b5c07b4e9e900d8,
     0x1ec66368838c8a08, 0x9042367d80d1fbab, 0x400283564a3c3799, 0x4a00be0466bca75e},
    {0x7913beee58e3817f, 0xf545e88532237d90, 0x22f8cb8736042005, 0x6f04990e247a2623,
     0xfe22e87ba37c38cd, 0xd20e32c85ffe2815, 0x117227674048fe73, 0x4e9fb7ea98a6b145,
     0xe0866c232b8af08b, 0x00bbc77916884964, 0x7031c0fb990d7116, 0x240a9e87cf35108f},
    {0x2e6363a5a12244b3, 0x5e1c3787d1b5011c, 0x4132660e2a196e8b, 0x3a013b648d3d4327,
     0xf79839f49888ea43, 0xfe85658ebafe1439, 0xb6889825a14240bd, 0x578453605541382b,
     0x4508cda8f6b63ce9, 0x9c3ef35848684c91, 0x0812bde23c87178c, 0xfe49638f7f722c14},
    {0x8e3f688ce885cbf5, 0xb8e110acf746a87d, 0xb4b2e8973a6dabef, 0x9e714c5da3d462ec,
     0x6438f9033d3d0c15, 0x24312f7cf1a27199, 0x23f843bb47acbf71, 0x9183f11a34be9f01,
     0x839062fbb9d45dbf, 0x24b56e7e6c2e43fa, 0xe1683da61c962a72, 0xa95c63971a19bfa7},
    {0xc68be7c94882a24d, 0xaf996d5d5cdaedd9, 0x9717f025e7daf6a5, 0x6436679e6e7216f4,
     0x8a223d99047af267, 0xbb512e35a133ba9a, 0xfbbf44097671aa03, 0xf04058ebf6811e61,
     0x5cca84703fac7ffb, 0x9b55c7945de6469f, 0x8e05bf09808e934f, 0x2ea900de876307d7},
    {0x7748fff2b38dfb89, 0x6b99a676dd3b5d81, 0xac4bb7c627cf7c13, 0xadb6ebe5e9e2f5ba,
     0x2d33378cafa24ae3, 0x1e5b73807543f8c2, 0x09208814bfebb10f, 0x782e64b6bb5b93dd,
     0xadd5a48eac90b50f, 0xadd4c54c736ea4b1, 0xd58dbb86ed817fd8, 0x6d5ed1a533f34ddd},
    {0x28686aa3e36b7cb9, 0x591abd3476689f36, 0x047d766678f13875, 0xa2a11112625f5b49,
     0x21fd10a3f8304958, 0xf9b40711443b0280, 0xd2697eb8b2bde88e, 0x3493790b51731b3f,
     0x11caf9dd73764023, 0x7acfb8f72878164e, 0x744ec4db23cefc26, 0x1e00e58f422c6340},
    {0x21dd28d906a62dda, 0xf32a46ab5f465b5f, 0xbfce13201f3f7e6b, 0xf30d2e7adb5304e2,
     0xecdf4ee4abad48e9, 0xf94e82182d395019, 0x4ee52e3744d887c5, 0xa1341c7cac0083b2,
     0x2302fb26c30c834a, 0xaea3c587273bf7d3, 0xf798e24961823ec7, 0x962deba3e9a2cd94},
};
/// Of the partial rounds, added to cell 0.
inline constexpr u64 poseidon2_partial_constants[poseidon2_partial_rounds] = {
    0x4adf842aa75d4316, 0xf8fbb871aa4ab4eb, 0x68e85b6eb2dd6aeb, 0x07a0b06b2d270380,
    0xd94e0228bd282de4, 0x8bdd91d3250c5278, 0x209c68b88bba778f, 0xb5e18cdab77f3877,
    0xb296a3e808da93fa, 0x8370ecbda11a327e, 0x3f9075283775dad8, 0xb78095bb23c6aa84,
    0x3f36b9fe72ad4e5f, 0x69bc96780b10b553, 0x3f1d341f2eb7b881, 0x4e939e9815838818,
    0xda366b3ae2a31604, 0xbc89db1e7287d509, 0x6102f411f9ef5659, 0x58725c5e7ac1f0ab,
    0x0df5856c798883e7, 0xf7bb62a8da4c961b};
/// d, canonical: -2, 1, 2, 1/2, 3, 4, -1/2, -3, -4, 1/4, -1/4, 1/8.
inline constexpr u64 poseidon2_diagonal[poseidon2_width] = {
    0xfffffffeffffffff, 0x0000000000000001, 0x0000000000000002, 0x7fffffff80000001,
    0x0000000000000003, 0x0000000000000004, 0x7fffffff80000000, 0xfffffffefffffffe,
    0xfffffffefffffffd, 0xbfffffff40000001, 0x3fffffffc0000000, 0xdfffffff20000001};

/// circ(2 M, M, M): M of each four, then each four plus the sum of all three.
template <class E>
constexpr void poseidon2_external_layer(E (&s)[poseidon2_width]) {
  for (unsigned i = 0; i < poseidon2_width; i += 4) {
    const E left = s[i] + s[i + 1], right = s[i + 2] + s[i + 3], all = left + right;
    const E upper = all + s[i + 1], lower = all + s[i + 3];
    const E first = s[i] + s[i], third = s[i + 2] + s[i + 2];
    s[i] = upper + left;
    s[i + 1] = upper + third;
    s[i + 2] = lower + right;
    s[i + 3] = lower + first;
  }
  for (unsigned i = 0; i < 4; ++i) {
    const E sum = s[i] + s[i + 4] + s[i + 8];
    s[i] = s[i] + sum;
    s[i + 4] = s[i + 4] + sum;
    s[i + 8] = s[i + 8] + sum;
  }
}

/// J + diag(d). `half(e)` gives e / 2.
template <class E, class Half>
constexpr void poseidon2_internal_layer(E (&s)[poseidon2_width], const Half& half) {
  E sum = s[0] + s[1];
  for (unsigned i = 2; i < poseidon2_width; ++i) sum = sum + s[i];
  const E s4 = s[4] + s[4], s5 = s[5] + s[5], s7 = s[7] + s[7], s8 = s[8] + s[8];
  s[0] = sum - (s[0] + s[0]);
  s[1] = sum + s[1];
  s[2] = sum + (s[2] + s[2]);
  s[3] = sum + half(s[3]);
  s[4] = sum + (s4 + s[4]);
  s[5] = sum + (s5 + s5);
  s[6] = sum - half(s[6]);
  s[7] = sum - (s7 + s[7]);
  s[8] = sum - (s8 + s8);
  s[9] = sum + half(half(s[9]));
  s[10] = sum - half(half(s[10]));
  s[11] = sum + half(half(half(s[11])));
}

/// The permutation. `Ops` has, besides E's + and -, static functions of an element: `plus(e, c)`
/// for a constant c as a canonical u64, `power7(e)` and `half(e)`.
template <class Ops, class E>
constexpr void poseidon2_permute(E (&s)[poseidon2_width]) {
  const auto full_round = [&s](unsigned round) {
    for (unsigned i = 0; i < poseidon2_width; ++i)
      s[i] = Ops::power7(Ops::plus(s[i], poseidon2_full_constants[round][i]));
    poseidon2_external_layer(s);
  };
  poseidon2_external_layer(s);
  for (unsigned r = 0; r < poseidon2_full_rounds / 2; ++r) full_round(r);
  for (const u64 c : poseidon2_partial_constants) {
    s[0] = Ops::power7(Ops::plus(s[0], c));
    poseidon2_internal_layer(s, [](const E& e) { return Ops::half(e); });
  }
  for (unsigned r = poseidon2_full_rounds / 2; r < poseidon2_full_rounds; ++r) full_round(r);
}

/// One step of the sponge in overwrite mode: cells 0..7 become `block`, then the permutation. Words
/// of any value stand for their residues; what is left in `state` is canonical. In the guest a chip
/// stands behind this name.
void poseidon2_absorb(u64 state[poseidon2_width], const u64 block[poseidon2_rate]) noexcept;

}  // namespace ashlar::crypto

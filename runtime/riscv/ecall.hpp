#pragma once

#include "runtime/base/bytes.hpp"

// The calls that a guest program makes of its machine: `ecall` with the number in a7 (x17) and the
// arguments in a0, a1, ... (x10, x11, ...). Shared with the guest, so constants only.
//
// Pointers are byte addresses of RAM, a multiple of 4; every word of an operand lies in RAM. A call
// changes no register. Anything else (unknown number, bad pointer, a limit below exceeded) ends the
// run with an error, and no proof exists.
//
// A word may be in several operands of one call, except where two operands share a time slot (see
// trace.hpp): there they must not overlap. As the slots are ordered, reads come before writes.

namespace ashlar::riscv {

enum class ecall : u32 {
  /// Ends the run. a0: exit code; 0 is the only one that can be proved.
  halt = 0,
  /// Writes words that nothing vouches for to RAM. a0: destination, a1: words, 1 to
  /// ecall_words_max. a2: an `advice`: none for the next words of the private input (fewer left
  /// than
  /// asked for is an error), else what the machine computes on the spot. A proof does not look at
  /// a2: it is all input that the program must check.
  read = 1,
  /// Gives the 32 bytes of public output, once in a run. a0: their address.
  commit = 2,

  /// One BLAKE3 compression, the first 8 words of its result. a0: out, 8 words; a1: chaining value,
  /// 8 words; a2: block, 16 words; a3: low word of the counter, the high one being 0;
  /// a4: block length | flags << 8, below 2^16. out may be any of the operands.
  blake3_compress = 16,
  /// keccak-f[1600] in place. a0: 25 lanes of 64 bits, little-endian: 50 words.
  keccak_f1600 = 17,
  /// out = (a b + c) mod m over 256-bit little-endian integers of 8 words. a0: out, a1: a, a2: b,
  /// a3: c, a4: m. m = 0 stands for 2^256. The quotient floor((a b + c) / m) must be below 2^256,
  /// which b < m ensures. out may be a, b or c, not m.
  mod256_mul_add = 18,
  /// Copies words, as memmove does. a0: destination, a1: source, a2: words, 1 to ecall_words_max.
  copy_words = 19,
  /// out = a b + c in Goldilocks' cubic extension (X^3 = 2): three elements of 64 bits each, 6
  /// words. a0: out, a1: a, a2: b, a3: c. Operands are taken modulo p; out is canonical. out may be
  /// any of the operands.
  ext3_mul_add = 20,

  // The hashing of proofs inside the machine: Poseidon2 (crypto/poseidon2.hpp). An element is two
  // words, low first; any two are read, modulo p, and what is written is canonical.

  /// Takes a row of elements from the private input, and leaves its digest and its value at a
  /// challenge. a0: out, the digest (4 elements) and behind it the value (3); a1: challenge, z and
  /// delta of the cubic extension (6 elements); a2: n, the elements of the row; a3: `each`, 1 to 8.
  /// The row is cut into blocks: the first has ((n - 1) mod each) + 1 elements, all others `each`,
  /// and there are at most ecall_words_max of them. A block stands at the end of 8 cells with zeros
  /// in front. Digest: the sponge that absorbs the blocks, its capacity starting as
  /// (n + 2^32 each, 0, 0, 0). Value: v = 0, and for each block v = v delta + the sum over the 8
  /// cells j of z^(7 - j) cell_j.
  open_row = 21,
  /// Goes up a Merkle tree by siblings of the private input, 4 elements each. a0: the digest of 4
  /// elements, in place; a1: index, below 2^depth; a2: depth, 1 to climb_depth_max. On each level
  /// the digest becomes the hash of (sibling, digest) where the lowest bit of the index is 1, of
  /// (digest, sibling) where it is 0, and the index loses that bit. a3 is read and has no meaning.
  climb = 22,
  /// One step of the sponge: the first 8 of the 12 elements of the state become the block, and the
  /// state is permuted. a0: state, in place, of which only the last 4 elements are read; a1: block,
  /// 8 elements. They may overlap.
  absorb = 23,

  /// out = (a b + c) mod m over 384-bit little-endian integers of 12 words. a0: out, a1: a, a2: b,
  /// a3: c, a4: m. The quotient floor((a b + c) / m) must be below 2^384, which b < m ensures; m is
  /// not 0. out may be a, b or c, not m.
  mod384_mul_add = 24,
};

/// Whether a number is one of them.
constexpr bool is_ecall(u32 number) noexcept {
  return number <= static_cast<u32>(ecall::commit) ||
         (number >= static_cast<u32>(ecall::blake3_compress) &&
          number <= static_cast<u32>(ecall::mod384_mul_add));
}

/// Calls that a machine knows.
class ecall_set {
 public:
  constexpr ecall_set() = default;
  static constexpr ecall_set all() noexcept {
    ecall_set s;
    s.bits_ = ~u64{0};
    return s;
  }
  constexpr void add(ecall call) noexcept { bits_ |= bit(call); }
  constexpr bool has(ecall call) const noexcept { return (bits_ & bit(call)) != 0; }

 private:
  static constexpr u64 bit(ecall call) noexcept {
    return static_cast<u32>(call) < 64 ? u64{1} << static_cast<u32>(call) : 0;
  }
  u64 bits_ = 0;
};

/// What `read` gives, where that is not the private input: numbers of 8 words (a1 is 8 for each)
/// found from such numbers at a3, a4 and a5. These make witnesses short, and are no part of the
/// proved machine.
enum class advice : u32 {
  none = 0,
  negated_quotient = 1,  ///< -[a3] / [a4] modulo [a5]
  root = 2,              ///< [a3]^(([a5] + 1) / 4) modulo [a5]
  secp256k1_key = 3,     ///< two: secp256k1_key_advice of the four at a3
  secp256k1_split = 4,   ///< two: secp256k1_split_advice of [a3] and [a4]
  quotient = 5,          ///< [a3] / [a4] rounded down
};
inline constexpr advice last_advice = advice::quotient;
/// How many words a kind of advice has.
constexpr u32 advice_words(advice kind) noexcept {
  return kind == advice::secp256k1_key || kind == advice::secp256k1_split ? 16 : 8;
}

/// The most words that one `read` or `copy_words` moves, and the most blocks of an `open_row`.
inline constexpr u32 ecall_words_max = 1024;
/// The most levels of one `climb`.
inline constexpr u32 climb_depth_max = 32;
/// The most elements of a block of `open_row`.
inline constexpr u32 open_row_each_max = 8;

/// The register that holds the number of a call, and the one that holds its first argument.
inline constexpr unsigned ecall_number_register = 17;
inline constexpr unsigned ecall_argument_register = 10;

}  // namespace ashlar::riscv

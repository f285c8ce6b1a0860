#pragma once

#include <array>
#include <optional>
#include <vector>

#include "runtime/riscv/ecall.hpp"
#include "runtime/riscv/program.hpp"

// What an execution leaves behind for the prover, segment by segment.
//
// Times are local to a segment. The first instruction has time 4, each next one 4 more, an ecall of
// any kind too. Within the instruction at time t:
//
//   rs1 at t, rs2 at t + 1, RAM at t + 2, rd at t + 3
//
// Every instruction but ecall reads both rs1 and rs2 (x0 where it has none). The operations add ...
// sltu, jal, jalr, mul ... remu and the loads write rd (x0 being replaced by the sink register);
// branches and stores do not. Loads and stores access the one word that holds their bytes.
//
// An ecall reads a7 and its arguments, all at t. Its RAM slots:
//
//   read: destination t + 2      commit: t + 2        keccak_f1600: t (read and written at once)
//   blake3_compress: chaining value t, block t + 1, out t + 2
//   mod256_mul_add, mod384_mul_add: a t, b t + 1, c t + 2, m and out t + 3 (they do not overlap)
//   copy_words: source t, destination t + 1
//   ext3_mul_add: a t, b t + 1, c t + 2, out t + 3
//   open_row: challenge t, out t + 1       climb: digest read t, written t + 1
//   absorb: the last 8 words of the state read t, block t + 1, state written t + 2
//
// An access names the time of the access before it to the same cell: 0 where the segment has not
// touched it before.

namespace ashlar::riscv {

/// A cell that is read: its value, and when it was accessed before.
struct read_access {
  u32 value;
  u32 time;

  friend constexpr bool operator==(const read_access&, const read_access&) = default;
};

/// A cell that is written.
struct write_access {
  u32 old_value;
  u32 value;
  u32 time;

  friend constexpr bool operator==(const write_access&, const write_access&) = default;
};

/// add, bitwise, shift, compare-branch-jump and mul-div families.
struct alu_record {
  u32 index;  ///< into program::code
  u32 time;
  read_access rs1, rs2;
  write_access rd;  ///< all zero for branches
};

/// Load-store families. `ram` is the whole word at `address`; a load writes what it reads.
struct memory_record {
  u32 index;
  u32 time;
  read_access rs1, rs2;
  write_access rd;  ///< all zero for stores
  u32 address;      ///< of the word: (rs1 + imm) with its two low bits cleared
  write_access ram;
};

/// halt, read and commit. Arguments that a call does not have are zero and not accessed: halt and
/// commit have a0, read has a0 and a1.
struct system_record {
  u32 index;
  u32 time;
  read_access number;  ///< a7
  read_access a0, a1;
  u32 words_begin;                    ///< read: into segment::read_words; commit: 0
  std::array<read_access, 8> output;  ///< commit: the words at a0
};

struct blake3_record {
  u32 index;
  u32 time;
  read_access number;
  read_access out, cv, block, counter, length_flags;  ///< a0 ... a4
  std::array<read_access, 8> cv_words;
  std::array<read_access, 16> block_words;
  std::array<write_access, 8> out_words;
};

struct keccak_record {
  u32 index;
  u32 time;
  read_access number;
  read_access state;  ///< a0
  std::array<write_access, 50> words;
};

/// mod256_mul_add and mod384_mul_add, over numbers of N words.
template <std::size_t N>
struct modular_record {
  u32 index;
  u32 time;
  read_access number;
  read_access out, a, b, c, m;  ///< a0 ... a4
  std::array<read_access, N> a_words, b_words, c_words, m_words;
  std::array<write_access, N> out_words;
  std::array<u32, N> quotient;
};
using mod256_record = modular_record<8>;
using mod384_record = modular_record<12>;

struct copy_record {
  u32 index;
  u32 time;
  read_access number;
  read_access to, from, words;  ///< a0 ... a2
  u32 words_begin;              ///< into segment::copied_words
};

struct copied_word {
  read_access source;
  write_access destination;
};

struct ext3_record {
  u32 index;
  u32 time;
  read_access number;
  read_access out, a, b, c;  ///< a0 ... a3
  std::array<read_access, 6> a_words, b_words, c_words;
  std::array<write_access, 6> out_words;
};

/// One permutation of Poseidon2, with canonical elements.
struct permutation_record {
  std::array<u64, 12> in, out;
};

struct open_row_record {
  u32 index;
  u32 time;
  read_access number;
  read_access out, challenge, elements, each;  ///< a0 ... a3
  u32 permutations_begin;  ///< into segment::permutations: one a block, the blocks being their
                           ///< input
  std::array<read_access, 12> challenge_words;
  std::array<write_access, 14> out_words;
};

struct climb_record {
  u32 index;
  u32 time;
  read_access number;
  read_access digest, position, depth, unused;  ///< a0 ... a3; position: the index in the tree
  u32 permutations_begin;                       ///< one a level
  std::array<read_access, 8> digest_words;
  std::array<write_access, 8> out_words;
};

struct absorb_record {
  u32 index;
  u32 time;
  read_access number;
  read_access state, block;  ///< a0, a1
  u32 permutations_begin;    ///< one
  std::array<read_access, 8> capacity_words;
  std::array<read_access, 16> block_words;
  std::array<write_access, 24> out_words;
};

/// A cell at the two ends of a segment.
struct register_boundary {
  u32 initial, final;
  u32 last_time;  ///< 0 where the segment did not access it
};

struct memory_boundary {
  u32 address;
  u32 initial, final;
  u32 last_time;  ///< never 0
  /// The segment that accessed it last before this one; 0: none, so that `initial` is the image's.
  u32 previous_segment;
};

/// A run of instructions that is proved on its own.
struct segment {
  u32 index = 0;  ///< 1, 2, ...
  u32 start_pc = 0;
  u32 end_pc = 0;  ///< pc of the next segment's first instruction; after halt, of the ecall itself
  u32 cycles = 0;
  bool last = false;  ///< its last instruction is halt

  std::vector<alu_record> add, bitwise, shift, compare, mul_div;
  std::vector<memory_record> word, sub_word;
  std::vector<system_record> system;

  std::vector<blake3_record> blake3;
  std::vector<keccak_record> keccak;
  std::vector<mod256_record> mod256;
  std::vector<mod384_record> mod384;
  std::vector<copy_record> copy;
  std::vector<ext3_record> ext3;
  std::vector<open_row_record> open_row;
  std::vector<climb_record> climb;
  std::vector<absorb_record> absorb;

  std::vector<write_access> read_words;          ///< of `read`, in order
  std::vector<copied_word> copied_words;         ///< of `copy_words`, in order
  std::vector<permutation_record> permutations;  ///< of open_row, climb and absorb, in order

  /// All registers, the sink included. The segment before this one ended with `initial`; at first
  /// all are zero.
  std::array<register_boundary, register_count> registers{};
  /// Every word of RAM that the segment touched, by ascending address.
  std::vector<memory_boundary> memory;

  /// Empties it and keeps what it has allocated.
  void clear();
};

/// How many pairs of cells these calls access: elements in RAM, and two argument registers each.
constexpr u32 hash_operands_of(ecall call) noexcept {
  return call == ecall::open_row ? 15 : call == ecall::climb ? 10 : call == ecall::absorb ? 25 : 0;
}

/// Where an execution is cut: when one of these is reached, or before the call that might exceed
/// one. They are rows of the prover's tables, so that a full table ends a segment, whatever the
/// program does.
struct segment_limits {
  u32 cycles = 1u << 21;  ///< at most segment_cycles_max

  // Instructions, by the table that they are recorded in. At least 1 each.
  u32 add = 1u << 19;
  u32 word = 1u << 19;
  u32 compare = 1u << 18;
  u32 bitwise = 1u << 18;
  u32 shift = 1u << 17;
  u32 sub_word = 1u << 17;
  u32 mul_div = 1u << 16;

  // Calls. At least 1 each where nothing else is said.
  u32 calls = 1u << 17;  ///< of all kinds together
  u32 blake3 = 1u << 12;
  u32 keccak = 546;  ///< 240 rows of a table each
  u32 mod256 = 1u << 16;
  u32 mod384 = (1u << 19) / 25;  ///< 25 rows of operands each
  u32 ext3 = 1u << 17;
  u32 permutations = 1u << 18;   ///< of open_row, climb and absorb; at least ecall_words_max
  u32 hash_operands = 1u << 19;  ///< of the same, see hash_operands_of; at least 32
  u32 read_words = 1u << 17;     ///< at least ecall_words_max
  u32 copied_words = 1u << 18;   ///< at least ecall_words_max

  u32 memory_words = (1u << 18) - 33;  ///< touched words of RAM; at least 4 ecall_words_max
};

/// All of them, for whoever treats them alike.
inline constexpr u32 segment_limits::*segment_limit_members[] = {
    &segment_limits::cycles,        &segment_limits::add,        &segment_limits::word,
    &segment_limits::compare,       &segment_limits::bitwise,    &segment_limits::shift,
    &segment_limits::sub_word,      &segment_limits::mul_div,    &segment_limits::calls,
    &segment_limits::blake3,        &segment_limits::keccak,     &segment_limits::mod256,
    &segment_limits::mod384,        &segment_limits::ext3,       &segment_limits::permutations,
    &segment_limits::hash_operands, &segment_limits::read_words, &segment_limits::copied_words,
    &segment_limits::memory_words,
};
static_assert(sizeof(segment_limits) == sizeof(u32) * std::size(segment_limit_members));

/// About what a segment of these limits holds at least of the base program, to expect sizes by.
inline constexpr u32 segment_cycles_expected = 1u << 20;
/// So that every time is below 2^24.
inline constexpr u32 segment_cycles_max = (1u << 22) - 2;

}  // namespace ashlar::riscv

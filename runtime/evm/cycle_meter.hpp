#pragma once

#include "runtime/base/u256.hpp"
#include "runtime/evm/opcodes.hpp"
#include "runtime/types/memory_limits.hpp"
#include "runtime/types/txn.hpp"

/// What proving takes, counted natively while transactions execute: the sequencer lays no block,
/// and the batch role no batch, that is more than a worker may prove. No rule of the state
/// transition: the program that is proved counts nothing, and two nodes need not agree.
///
/// The unit is a proving cycle, of which a segment of a run holds riscv::segment_cycles_expected.
/// An instruction of the guest is one, unless it takes more of one of the tables that cut segments:
/// a multiplication is 16 where all are multiplications, a permutation of Keccak 1,921. The sum
/// over operations of the largest share of each is an upper bound of the segments. Weights are what
/// was measured of the worst operands and a margin; test/unit/guest/cycle_meter_test.cpp holds them
/// to the guest.
namespace ashlar::evm {

/// Counts them. Nothing, and of no size, in the guest.
///
/// A limit stops a tentative execution that has passed it: each frame halts for `proving_limit`,
/// and what comes out is no outcome of the transaction and must be undone. Loops count in a
/// register, and tell the meter after `cycles_untold_max` and before each call: that much, and what
/// lies between two jump targets, may come above the limit.
class cycle_meter {
 public:
#ifdef ASHLAR_GUEST
  static constexpr bool counts = false;
  static constexpr bool is_over() noexcept {
    return false;
  }
  void add(u64) noexcept {}
  u64 cycles() const noexcept {
    return 0;
  }
#else
  static constexpr bool counts = true;
  void add(u64 cycles) noexcept {
    cycles_ += cycles;
  }
  u64 cycles() const noexcept {
    return cycles_;
  }
  void set_limit(u64 cycles_max) noexcept {
    limit_ = cycles_max;
  }
  void clear_limit() noexcept {
    limit_ = ~u64{0};
  }
  bool is_over() const noexcept {
    return cycles_ > limit_;
  }

 private:
  u64 cycles_ = 0, limit_ = ~u64{0};
#endif
};

/// What a loop counts in its register before it tells the meter.
inline constexpr i64 cycles_untold_max = i64{1} << 18;

/// What one execution of an opcode takes whatever its operands, and the frame that it calls. What
/// depends on sizes, and on what the state holds, is added where that is known.
constexpr u16 opcode_weight(u8 opcode) noexcept {
  if (opcode >= op::push1 && opcode <= op::push32) {
    const unsigned bytes = opcode - op::push1 + 1u;  // read byte by byte, the next opcode too
    return static_cast<u16>(bytes < 4 ? 38 : 8 * bytes + 8);
  }
  if (opcode >= op::dup1 && opcode < op::dup1 + 16) return 40;
  if (opcode >= op::swap1 && opcode < op::swap1 + 16) return 70;
  switch (opcode) {
    case op::stop:
    case op::jumpdest:
      return 27;
    case op::add:
    case op::sub:
    case op::lt:
    case op::gt:
    case op::slt:
    case op::sgt:
      return 105;
    case op::mul:
      return 90;
    case op::div:
      return 230;
    case op::sdiv:
      return 400;
    case op::mod:
      return 120;
    case op::smod:
      return 270;
    case op::addmod:
    case op::mulmod:
      return 140;
    case op::exp:
      return 320;  // and its steps
    case op::signextend:
    case op::sar:
      return 260;
    case op::shl:
    case op::shr:
      return 190;
    case op::eq:
    case op::and_:
    case op::or_:
    case op::xor_:
      return 70;
    case op::iszero:
    case op::not_:
      return 50;
    case op::clz:
    case op::byte:
    case op::mstore8:
    case op::jump:
    case op::blobhash:
      return 95;
    case op::jumpi:
      return 115;
    case op::keccak256:
      return 100;  // and its permutations
    case op::address:
    case op::origin:
    case op::caller:
    case op::coinbase:
      return 185;
    case op::prevrandao:
      return 270;
    case op::mload:
    case op::mstore:
      return 275;
    case op::calldataload:
      return 290;
    case op::blockhash:
      return 330;
    case op::calldatacopy:
    case op::codecopy:
    case op::returndatacopy:
    case op::mcopy:
      return 360;
    case op::balance:
    case op::extcodesize:
    case op::extcodehash:
      return 600;
    case op::extcodecopy:
      return 800;
    case op::sload:
    case op::sstore:
      return 500;
    case op::tload:
      return 550;
    case op::tstore:
      return 720;
    case op::log0:
    case op::log1:
    case op::log2:
    case op::log3:
    case op::log4:
      return static_cast<u16>(2'700 + 2'900 * (opcode - op::log0));
    case op::call:
    case op::callcode:
    case op::delegatecall:
    case op::staticcall:
      return 2'900;
    case op::create:
    case op::create2:
      return 9'500;
    case op::selfdestruct:
      return 1'500;
    default:  // a word from the frame or the block, or the end of a frame
      return 44;
  }
}

/// Weights of what is more than an opcode.
namespace cycle_weight {
inline constexpr u64 permutation = 1'925;  ///< of Keccak: a segment has room for 546
inline constexpr u64 exp_step = 24;        ///< a squaring or a multiplication
inline constexpr u64 memory_byte = 2;      ///< zeroed, and a word that the segment had not touched
inline constexpr u64 memory_growth = 400;
inline constexpr u64 value_transfer = 900;
inline constexpr u64 log_byte = 26;
inline constexpr u64 account_read = 4'000, slot_read = 2'000;  ///< the first time in a batch
inline constexpr u64 slot_written = 3'500;                     ///< of a value that was the original
inline constexpr u64 code = 4'000;
/// Read, copied, hashed and searched for jump targets, each in segments of its own: 2, 1, 14.2
/// and 12.3, the last by the rows of comparisons of an opcode that is no jump target.
inline constexpr u64 code_byte = 30;
inline constexpr u64 new_code_byte = 46;  ///< deployed: hashed twice, and searched
inline constexpr u64 initcode_byte = 14;  ///< searched for jump targets to its end
inline constexpr u64 authorization = 42'000;
}  // namespace cycle_weight

/// Hashing so many bytes.
constexpr u64 keccak_weight(u64 bytes) noexcept {
  return 350 + (bytes / 136 + 1) * cycle_weight::permutation;
}
/// Copying so many bytes: word by word where the places differ in their last two bits, or where
/// they overlap so that it goes from the end.
inline u64 copy_weight(const u8* to, const u8* from, u64 bytes) noexcept {
  const auto t = reinterpret_cast<std::uintptr_t>(to), f = reinterpret_cast<std::uintptr_t>(from);
  if (((t ^ f) & 3) != 0) return 150 + bytes * 9 / 2;
  return 60 + bytes * 2;
}
/// EXP by this exponent.
u64 exp_weight(const u256& exponent) noexcept;
/// What a transaction takes before and after its execution: decoding, hashes, signature, receipt.
/// `envelope_bytes`: an upper bound of its encoding.
u64 txn_weight(const txn& t, u64 envelope_bytes) noexcept;

/// The most that is metered for a unit of gas: a call of the largest code that the batch had not
/// used is the dearest, 298.
inline constexpr u64 cycles_per_gas_worst = 310;
/// What one transaction of so much gas takes at most. Codes that the batch had not used are the
/// dearest, of which memory's bounds let it call 6 MiB, 256 of the largest; nothing else is over
/// 137 (README).
constexpr u64 operation_cycles_max(u64 gas) noexcept {
  constexpr u64 codes = 192'000'000, per_gas = 140;
  constexpr u64 codes_gas = codes / cycles_per_gas_worst;
  if (gas <= codes_gas) return gas * cycles_per_gas_worst;
  return codes + (gas - codes_gas) * per_gas;
}
/// The most that is metered of transactions that used so much gas, refunds of a fifth included.
constexpr u64 metered_cycles_max(u64 gas_used) noexcept {
  return gas_used * 5 / 4 * cycles_per_gas_worst;
}

/// Proving cycles of a batch: what was metered, its blocks, what it published or was charged for,
/// and the part of a state tree of `leaf_count` leaves that proves what it used.
u64 proof_cycles(u64 metered, u64 blocks, u64 pubdata_bytes, const memory_use& use,
                 u64 leaf_count) noexcept;

}  // namespace ashlar::evm

#pragma once

#include "runtime/stark/chips/access.hpp"

// How an instruction is fetched. The program table holds, for every pc, the operation with its
// registers packed in one element, and imm in another. Packing is sound because every part is
// bounded where it is used: the code is a sum of flags, and a register that is accessed is one of
// the 33 cells of the register space; a chip that does not access one puts a constant there.
// A store has its rs2 in rd's place: it is the other register that it accesses.

namespace ashlar::stark {

/// The numbers of operations in the program table. Families are ranges, flags are added.
namespace code {
inline constexpr gl add(1u), sub(2u), xor_(3u), or_(4u), and_(5u), sll(6u), srl(7u), sra(8u);
inline constexpr gl branch(16u), set(24u), jal(32u), jalr(40u);
inline constexpr gl is_equal(1u), negated(2u), with_sign(4u);
inline constexpr gl multiply(48u), divide(56u);
inline constexpr gl first_signed(1u), second_signed(2u), upper(4u);
inline constexpr gl load_word(64u), store_word(65u);
inline constexpr gl sub_word(72u), zero_extended(1u), half(2u), store(4u);
inline constexpr gl ecall(80u), illegal(255u);
}  // namespace code

/// Where the pc stands after halt. No instruction can jump there: the sums that jalr may reach are
/// below 2^33, and no row of the program table has it.
inline constexpr u64 halted_pc_value = u64{1} << 40;
inline constexpr gl halted_pc(halted_pc_value);
/// The time of the first instruction of a segment, and what each takes.
inline constexpr gl first_time(4u), time_step(4u);

inline constexpr gl rd_shift(1u << 8), rs1_shift(1u << 14), rs2_shift(1u << 20);

/// Takes (pc, time) from the execution bus and the instruction there from the program table.
template <class B, class E = typename B::expr>
void fetch(B& b, const E& active, const E& pc, const E& time, const E& operation, const E& rd,
           const E& rs1, const E& rs2, const E& imm) {
  b.receive(bus::execution, active, {pc, time});
  b.send(bus::program, active,
         {pc, operation + rd * rd_shift + rs1 * rs1_shift + rs2 * rs2_shift, imm});
}

/// Sends the execution on to the instruction at next_pc.
template <class B, class E = typename B::expr>
void proceed(B& b, const E& active, const E& next_pc, const E& time) {
  b.send(bus::execution, active, {next_pc, time + time_step});
}

}  // namespace ashlar::stark

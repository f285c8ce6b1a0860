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

/// The registers of an instruction with two operands and a result: rs1 is read at the row's time,
/// rs2 at + 1, rd is written at + 3, as riscv/trace.hpp says. R has the cells; what rs1 and rs2
/// hold may be expressions of others.
template <class B, class R, class E = typename B::expr>
void access_registers(B& b, const E& active, const R& r, const E& first, const E& second,
                      const E& result) {
  const E gap1 = read_cell(b, active, register_space, r.rs1, first, r.time, r.rs1_link);
  const E gap2 = read_cell(b, active, register_space, r.rs2, second, r.time + gl(1u), r.rs2_link);
  const E gap3 =
      access_cell(b, active, register_space, r.rd, r.rd_old, result, r.time + gl(3u), r.rd_link);
  check_bytes(b, active, gap1, gap2);
  check_byte(b, active, gap3);
}

}  // namespace ashlar::stark

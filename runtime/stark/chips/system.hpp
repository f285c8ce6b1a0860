#pragma once

#include "runtime/riscv/ecall.hpp"
#include "runtime/stark/chips/instruction.hpp"

namespace ashlar::stark {

/// ECALL: reads the number from a7 and hands (number, time) to the table that does that call; the
/// table reads the arguments. halt is done here: a0 is 0, and the pc goes where no instruction is.
/// A number that no table takes cannot be balanced.
struct system_chip {
  static constexpr std::string_view name = "system";

  template <class E>
  struct columns {
    E pc, time;
    E is_call, is_halt;
    E number;
    access_link<E> number_link, status_link;
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const E real = r.is_call + r.is_halt;
    check_bit(b, r.is_call);
    check_bit(b, r.is_halt);
    check_bit(b, real);
    b.zero(r.is_halt * r.number);

    fetch(b, real, r.pc, r.time, real * code::ecall, real * gl(32u), E(gl()), E(gl()), E(gl()));
    proceed(b, r.is_call, r.pc + gl(4u), r.time);
    proceed(b, r.is_halt, E(halted_pc), r.time);
    b.send(bus::call, r.is_call, {r.number, r.time});
    const E gap1 = read_cell(b, real, register_space, E(gl(17u)), r.number, r.time, r.number_link);
    const E gap2 =
        read_cell(b, r.is_halt, register_space, E(gl(10u)), E(gl()), r.time, r.status_link);
    check_byte(b, real, gap1);
    check_byte(b, r.is_halt, gap2);
  }
};

/// What a table of calls takes from the bus: the number that it declares as its `call`.
template <class E>
E call_number(riscv::ecall call) {
  return E(gl(static_cast<u32>(call)));
}

/// Reads a call's argument a0 + n at the time of the call.
template <class B, class E = typename B::expr>
void read_argument(B& b, const E& active, unsigned n, const E& value, const E& time,
                   const access_link<E>& link) {
  check_byte(b, active, read_cell(b, active, register_space, E(gl(10u + n)), value, time, link));
}

}  // namespace ashlar::stark

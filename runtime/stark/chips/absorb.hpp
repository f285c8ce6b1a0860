#pragma once

#include "runtime/stark/chips/cell_pair.hpp"
#include "runtime/stark/chips/poseidon2.hpp"

namespace ashlar::stark {

/// ECALL absorb: a row a call. Of the state only the capacity is read.
struct absorb_chip {
  static constexpr std::string_view name = "absorb";
  static constexpr riscv::ecall call = riscv::ecall::absorb;

  template <class E>
  struct columns {
    E is_real, time;
    E state, from;  ///< pointers: the state, the block
    E block[8], capacity[4], after[12];
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    check_bit(b, r.is_real);
    b.receive(bus::call, r.is_real, {call_number<E>(call), r.time});
    read_argument_pair(b, r.is_real, 0, r.time, r.state, r.from);
    read_elements<4>(b, r.is_real, r.state + gl(64u), r.time, r.capacity);
    read_elements<8>(b, r.is_real, r.from, r.time + gl(1u), r.block);
    permute(b, r.is_real, r.block, r.capacity, r.after);
    write_elements<12>(b, r.is_real, r.state, r.time + gl(2u), r.after);
  }
};

}  // namespace ashlar::stark

#pragma once

#include "runtime/stark/chips/cell_pair.hpp"
#include "runtime/stark/chips/ext3.hpp"
#include "runtime/stark/chips/poseidon2.hpp"
#include "runtime/stark/chips/words.hpp"

namespace ashlar::stark {

/// ECALL open_row: a row a block. The elements are private: any that the field has, as any two
/// words of the input are one. What binds them is the digest.
///
/// The cut: the cells in use are the last of the eight, at least one; the first block uses at most
/// `each` of them, all others exactly `each`, and the uses add up to n. So n, below 2^32, is
/// k + m each with 1 <= k <= each in one way.
struct open_row_chip {
  static constexpr std::string_view name = "open_row";
  static constexpr riscv::ecall call = riscv::ecall::open_row;

  template <class E>
  struct columns {
    E is_real, is_first, is_last;
    E time, remaining;  ///< remaining: elements, this block's included
    E each;
    E out, challenge;  ///< pointers
    E used[7];         ///< whether a cell holds an element; the eighth always does
    E block[8], capacity[4], after[12];
    E z[3], delta[3], z2[3];  ///< z2 = z^2
    E upper[3];               ///< of the first five cells: the sum over j of z^(4 - j) block[j]
    E sum[3], value[3];       ///< before this block and after it
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const auto& n = b.next();
    const E goes_on = walk_rows(b, r, n);
    cut(b, goes_on);
    evaluate(b, goes_on);

    b.zero(r.is_first * (r.capacity[0] - sponge_start(r.remaining, r.each)));
    for (unsigned i = 1; i < 4; ++i) b.zero(r.is_first * r.capacity[i]);
    for (unsigned i = 0; i < 4; ++i) b.zero_transition(goes_on * (n.capacity[i] - r.after[8 + i]));
    permute(b, r.is_real, r.block, r.capacity, r.after);

    b.receive(bus::call, r.is_first, {call_number<E>(call), r.time});
    b.zero_transition(goes_on * (n.out - r.out));
    read_argument_pair(b, r.is_first, 0, r.time, r.out, r.challenge);
    read_argument_pair(b, r.is_first, 2, r.time, r.remaining, r.each);
    read_elements<3>(b, r.is_first, r.challenge, r.time, r.z);
    read_elements<3>(b, r.is_first, r.challenge + gl(24u), r.time, r.delta);
    write_elements<4>(b, r.is_last, r.out, r.time + gl(1u), r.after);
    write_elements<3>(b, r.is_last, r.out + gl(32u), r.time + gl(1u), r.value);
  }

 private:
  // How many cells a row uses.
  template <class R>
  static auto used_by(const R& r) {
    auto sum = r.is_real;
    for (const auto& u : r.used) sum = sum + u;
    return sum;
  }

  template <class B, class E = typename B::expr>
  static void cut(B& b, const E& goes_on) {
    const auto& r = b.row();
    const auto& n = b.next();
    for (unsigned i = 0; i < 7; ++i) {
      check_bit(b, r.used[i]);
      b.zero(r.used[i] * ((i < 6 ? r.used[i + 1] : r.is_real) - gl(1u)));
      b.zero((r.used[i] - gl(1u)) * r.block[i]);
    }
    const E used = used_by(r);
    // each <= 8 by the second, so the first is a number of this size and not a negative one.
    check_bytes(b, r.is_first, r.each - used, r.is_first * gl(8u) - r.each);
    b.zero(r.is_last * (r.remaining - used));
    b.zero_transition(goes_on * (n.remaining - r.remaining + used));
    b.zero_transition(goes_on * (n.each - r.each));
    b.zero_transition(goes_on * (used_by(n) - r.each));
  }

  // value = sum delta + the block at z.
  template <class B, class E = typename B::expr>
  static void evaluate(B& b, const E& goes_on) {
    const auto& r = b.row();
    const auto& n = b.next();
    const auto& x = r.block;
    E z2[3], z3[3], z4[3], shifted[3], raised[3];
    ext3_product(r.z, r.z, z2);
    ext3_product(r.z2, r.z, z3);
    ext3_product(r.z2, r.z2, z4);
    ext3_product(r.sum, r.delta, shifted);
    ext3_product(r.upper, z3, raised);
    for (unsigned i = 0; i < 3; ++i) {
      b.zero(z2[i] - r.z2[i]);
      E upper = x[0] * z4[i] + x[1] * z3[i] + x[2] * r.z2[i] + x[3] * r.z[i];
      E value = shifted[i] + raised[i] + x[5] * r.z2[i] + x[6] * r.z[i];
      if (i == 0) {
        upper = upper + x[4];
        value = value + x[7];
      }
      b.zero(upper - r.upper[i]);
      b.zero(value - r.value[i]);
      b.zero(r.is_first * r.sum[i]);
      b.zero_transition(goes_on * (n.sum[i] - r.value[i]));
      b.zero_transition(goes_on * (n.z[i] - r.z[i]));
      b.zero_transition(goes_on * (n.delta[i] - r.delta[i]));
    }
  }
};

}  // namespace ashlar::stark

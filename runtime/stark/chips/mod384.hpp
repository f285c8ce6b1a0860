#pragma once

#include "runtime/stark/chips/operands.hpp"
#include "runtime/stark/chips/word_quad.hpp"

namespace ashlar::stark {

/// ECALL mod384_mul_add: a b + c = q m + out over the integers with out < m, one row a call. All
/// cells of memory and all range checks are quads of words (word_quad.hpp), so a row holds numbers
/// and nothing about them:
///
///   a, b, m      halves of 16 bits of what is read;  c        words that are read
///   q            halves, range-checked;              out      words, range-checked when written
///   carries      halves of c_k + 2^31, range-checked
///
/// Columns of the schoolbook sum, two 16-bit places each: with halves below 2^16,
///
///   S_k = (a b - q m)_(2k) + 2^16 (a b - q m)_(2k+1) + (c - out)_k,   |S_k| < 2^53,
///   S_k + c_(k-1) = 2^32 c_k,   c_(-1) = c_23 = 0,
///
/// and |c_k| <= 2^31. The two sides differ by less than 2^63 + 2^54, so by less than p: what holds
/// modulo p holds over the integers. The sum of S_k 2^(32 k) is then 0, which is the
/// identity; q is what its halves say, so below 2^384. An honest |c_k| is below 2^22.
///
/// out < m makes q and out the only ones there are. m = 0 has none.
struct mod384_chip {
  static constexpr std::string_view name = "mod384";
  static constexpr riscv::ecall call = riscv::ecall::mod384_mul_add;
  static constexpr unsigned words = 12, halves = 24, carries = 23;
  static constexpr unsigned quads = 25;  ///< that a call sends

  template <class E>
  struct columns {
    E is_real, time;
    E pointer[4];  ///< out, a, b, c
    argument_cells<E> modulus;
    E a[halves], b[halves], m[halves], quotient[halves];
    E c[words], out[words];
    E differs[words];  ///< marks the highest word in which out and m differ
    /// Halves of c_k + 2^31; behind the last carry, of what there is room for: m - out - 1 in the
    /// word that is marked.
    E carry[2 * carries + 2];
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    check_bit(b, r.is_real);
    b.receive(bus::call, r.is_real, {call_number<E>(call), r.time});
    read_four_arguments(b, r.is_real, r.time, r.pointer);
    read_argument(b, r.is_real, 4, r.time, r.modulus);
    read_halves(b, r.is_real, r.pointer[1], r.time, r.a);
    read_halves(b, r.is_real, r.pointer[2], r.time + gl(1u), r.b);
    access_quads(b, r.is_real, r.pointer[3], r.time + gl(2u), false, r.c);
    read_halves(b, r.is_real, r.modulus.value, r.time + gl(3u), r.m);
    access_quads(b, r.is_real, r.pointer[0], r.time + gl(3u), true, r.out);
    check_halves(b, r.is_real, r.quotient);
    check_halves(b, r.is_real, r.carry);
    remainder(b);
    sums(b);
  }

 private:
  // out < m, by the highest word in which they differ.
  template <class B>
  static void remainder(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    E above = r.is_real, room(gl(0u));
    for (unsigned i = words; i-- > 0;) {
      check_bit(b, r.differs[i]);
      above = above - r.differs[i];
      const E more = r.m[2 * i] + r.m[2 * i + 1] * two16 - r.out[i];
      b.zero(above * more);
      room = room + r.differs[i] * more;
    }
    b.zero(above);  // one mark
    b.zero(room - r.is_real - r.carry[2 * carries] - r.carry[2 * carries + 1] * two16);
  }

  template <class B>
  static void sums(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    E before(gl(0u));
    for (unsigned k = 0; k < halves; ++k) {
      E sum = half_column(r, 2 * k) + before;
      if (k < carries) sum = sum + half_column(r, 2 * k + 1) * two16;
      if (k < words) sum = sum + r.c[k] - r.out[k];
      if (k == carries) {
        b.zero(sum);
        break;
      }
      before = r.carry[2 * k] + r.carry[2 * k + 1] * two16 - r.is_real * two31;
      b.zero(sum - before * two32);
    }
  }

  // The coefficient of 2^(16 k) in a b - q m.
  template <class E>
  static E half_column(const columns<E>& r, unsigned k) {
    E sum(gl(0u));
    for (unsigned i = k < halves ? 0 : k - (halves - 1); i < halves && i <= k; ++i)
      sum = sum + r.a[i] * r.b[k - i] - r.quotient[i] * r.m[k - i];
    return sum;
  }
};

}  // namespace ashlar::stark

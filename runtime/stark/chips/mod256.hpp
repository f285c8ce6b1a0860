#pragma once

#include "runtime/stark/chips/operands.hpp"

namespace ashlar::stark {

/// ECALL mod256_mul_add: a b + c = q m + out over the integers with out < m, one row a call; m = 0
/// stands for 2^256. Products are of 16-bit halves, so that a column of the schoolbook sum stays
/// below 2^54; sixteen columns of 32 bits with carries c_k,
///
///   (a b + c - q m - out)_k + c_(k-1) = 2^32 c_k,   c_(-1) = c_15 = 0,
///
/// and every |c_k| < 2^31, so each side stays below 2^63 + 2^55 and the equations hold as integers.
struct mod256_chip {
  static constexpr std::string_view name = "mod256";
  static constexpr riscv::ecall call = riscv::ecall::mod256_mul_add;

  template <class E>
  struct columns {
    E is_real, time;
    argument_cells<E> argument[5];  ///< out, a, b, c, m
    read_operand<E, 8> a, b, c, m;
    written_operand<E, 8> out;
    E quotient[8];
    E a_low[8], b_low[8], m_low[8], quotient_low[8];
    E carry[15], carry_low[15];  ///< c_k + 2^31, and its low half
    E m_is_zero;
    E differs[8];      ///< marks the highest word in which out and m differ
    E room, room_low;  ///< there, m - out - 1
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    check_bit(b, r.is_real);
    b.receive(bus::call, r.is_real, {call_number<E>(call), r.time});
    for (unsigned i = 0; i < 5; ++i) read_argument(b, r.is_real, i, r.time, r.argument[i]);
    read_words(b, r.is_real, r.argument[1].value, r.time, r.a);
    read_words(b, r.is_real, r.argument[2].value, r.time + gl(1u), r.b);
    read_words(b, r.is_real, r.argument[3].value, r.time + gl(2u), r.c);
    read_words(b, r.is_real, r.argument[4].value, r.time + gl(3u), r.m);
    write_words(b, r.is_real, r.argument[0].value, r.time + gl(3u), r.out);
    for (unsigned i = 0; i < 8; ++i) {
      check_word(b, r.is_real, r.a.word[i], r.a_low[i]);
      check_word(b, r.is_real, r.b.word[i], r.b_low[i]);
      check_word(b, r.is_real, r.m.word[i], r.m_low[i]);
      check_word(b, r.is_real, r.quotient[i], r.quotient_low[i]);
    }
    remainder(b);
    sums(b);
  }

 private:
  // out < m, by the highest word in which they differ.
  template <class B>
  static void remainder(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    check_bit(b, r.m_is_zero);
    b.zero(r.m_is_zero * (r.is_real - gl(1u)));
    E m_sum = r.m.word[0], marks = r.differs[0],
      room = r.differs[0] * (r.m.word[0] - r.out.word[0]);
    for (unsigned i = 1; i < 8; ++i) {
      m_sum = m_sum + r.m.word[i];
      marks = marks + r.differs[i];
      room = room + r.differs[i] * (r.m.word[i] - r.out.word[i]);
    }
    b.zero(r.m_is_zero * m_sum);  // words, so the sum is zero only if all are
    const E compared = r.is_real - r.m_is_zero;
    b.zero(marks - compared);
    E above = compared;
    for (unsigned i = 8; i-- > 0;) {
      check_bit(b, r.differs[i]);
      above = above - r.differs[i];
      b.zero(above * (r.m.word[i] - r.out.word[i]));
    }
    b.zero(room - compared - r.room);
    check_word(b, compared, r.room, r.room_low);
  }

  template <class B>
  static void sums(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    E a[16], x[16], q[16], m[16];
    halves(r.a.word, r.a_low, a);
    halves(r.b.word, r.b_low, x);
    halves(r.quotient, r.quotient_low, q);
    halves(r.m.word, r.m_low, m);
    E before(gl(0u));
    for (unsigned k = 0; k < 16; ++k) {
      E sum = half_column(a, x, q, m, 2 * k);
      if (k < 15) sum = sum + half_column(a, x, q, m, 2 * k + 1) * two16;
      if (k < 8) sum = sum + r.c.word[k] - r.out.word[k];
      if (k >= 8) sum = sum - r.m_is_zero * r.quotient[k - 8];
      if (k == 15) {
        b.zero(sum + half_column(a, x, q, m, 31) * two16 + before);
        break;
      }
      const E carry = r.carry[k] - r.is_real * two31;
      b.zero(sum + before - carry * two32);
      check_word(b, r.is_real, r.carry[k], r.carry_low[k]);
      before = carry;
    }
  }

  template <class E>
  static void halves(const E (&words)[8], const E (&low)[8], E (&out)[16]) {
    for (unsigned i = 0; i < 8; ++i) {
      out[2 * i] = low[i];
      out[2 * i + 1] = (words[i] - low[i]) * inverse_two16;
    }
  }

  // The coefficient of 2^(16 k) in a b - q m.
  template <class E>
  static E half_column(const E (&a)[16], const E (&x)[16], const E (&q)[16], const E (&m)[16],
                       unsigned k) {
    E sum(gl(0u));
    for (unsigned i = k < 16 ? 0 : k - 15; i < 16 && i <= k; ++i)
      sum = sum + a[i] * x[k - i] - q[i] * m[k - i];
    return sum;
  }
};

}  // namespace ashlar::stark

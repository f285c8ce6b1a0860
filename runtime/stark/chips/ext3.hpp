#pragma once

#include "runtime/stark/chips/operands.hpp"

namespace ashlar::stark {

/// out = a b in gl[X]/(X^3 - 2).
template <class E>
void ext3_product(const E (&a)[3], const E (&b)[3], E (&out)[3]) {
  out[0] = a[0] * b[0] + (a[1] * b[2] + a[2] * b[1]) * gl(2u);
  out[1] = a[0] * b[1] + a[1] * b[0] + a[2] * b[2] * gl(2u);
  out[2] = a[0] * b[2] + a[1] * b[1] + a[2] * b[0];
}

/// ECALL ext3_mul_add: out = a b + c in gl[X]/(X^3 - 2), one row a call. Two words are an element
/// as they stand, since the field is the machine's own; only the result must be canonical.
struct ext3_chip {
  static constexpr std::string_view name = "ext3";
  static constexpr riscv::ecall call = riscv::ecall::ext3_mul_add;

  template <class E>
  struct columns {
    E is_real, time;
    argument_cells<E> argument[4];  ///< out, a, b, c
    read_operand<E, 6> a, b, c;
    written_operand<E, 6> out;
    E inverse[3];  ///< of (upper word - (2^32 - 1)), where that is not zero
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    check_bit(b, r.is_real);
    b.receive(bus::call, r.is_real, {call_number<E>(call), r.time});
    for (unsigned i = 0; i < 4; ++i) read_argument(b, r.is_real, i, r.time, r.argument[i]);
    read_words(b, r.is_real, r.argument[1].value, r.time, r.a);
    read_words(b, r.is_real, r.argument[2].value, r.time + gl(1u), r.b);
    read_words(b, r.is_real, r.argument[3].value, r.time + gl(2u), r.c);
    write_words(b, r.is_real, r.argument[0].value, r.time + gl(3u), r.out);

    const auto element = [](const E(&words)[6], unsigned i) {
      return words[2 * i] + words[2 * i + 1] * two32;
    };
    E x[3], y[3], product[3];
    for (unsigned i = 0; i < 3; ++i) {
      x[i] = element(r.a.word, i);
      y[i] = element(r.b.word, i);
    }
    ext3_product(x, y, product);
    for (unsigned i = 0; i < 3; ++i)
      b.zero(product[i] + element(r.c.word, i) - element(r.out.word, i));
    // lower + 2^32 upper >= p exactly where upper = 2^32 - 1 and lower is not 0.
    for (unsigned i = 0; i < 3; ++i)
      b.zero(r.out.word[2 * i] *
             (gl(1u) - (r.out.word[2 * i + 1] - gl(0xffffffffu)) * r.inverse[i]));
  }
};

}  // namespace ashlar::stark

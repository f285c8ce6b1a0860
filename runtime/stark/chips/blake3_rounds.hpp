#pragma once

#include "runtime/stark/chips/access.hpp"

namespace ashlar::stark {

/// One application of BLAKE3's quarter-round G to (a, b, c, d) with two message words, over bytes.
/// Sums are of words; what is xored is held as bytes, which the table of conjunctions checks.
template <class E>
struct mix_cells {
  E a, c;          ///< words that go in
  E b[4], d[4];    ///< bytes that go in
  E a1[4], d1[4];  ///< a + b + m, d ^ a1
  E c1[4], b1[4];  ///< c + rotated d1, b ^ c1
  E b1_low[4];     ///< low halves of b1's bytes, for the rotation by 12
  E a2[4], d2[4];  ///< a1 + rotated b1 + m', rotated d1 ^ a2
  E c2[4], b2[4];  ///< c1 + rotated d2, rotated b1 ^ c2
  E b2_top[4];     ///< top bits of b2's bytes, for the rotation by 7
};

/// What G gives.
template <class E>
struct mixed {
  E a, c;
  E b[4], d[4];
};

template <class E>
E word_of(const E (&v)[4]) {
  return v[0] + v[1] * gl(1u << 8) + v[2] * gl(1u << 16) + v[3] * gl(1u << 24);
}

/// z = x ^ y, byte by byte: x & y = (x + y - z) / 2.
template <class B, class E = typename B::expr>
void check_xor(B& b, const E& active, const E (&x)[4], const E (&y)[4], const E (&z)[4]) {
  constexpr gl half = gl(2u).inverse();
  for (unsigned i = 0; i < 4; ++i)
    b.send(bus::byte_and, active, {x[i], y[i], (x[i] + y[i] - z[i]) * half});
}

/// The compression's seven rounds: two rows a round, four G's a row, first over columns, then over
/// diagonals. Fourteen rows a compression, which the step counts; the state goes from row to row.
struct blake3_rounds_chip {
  static constexpr std::string_view name = "blake3_rounds";
  static constexpr u32 rows = 14;
  static constexpr u8 permutation[16] = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};

  template <class E>
  struct columns {
    E time, step;
    E is_first, is_last, is_column, is_diagonal;
    mix_cells<E> mix[4];
    E now[8], later[8];  ///< message words of this half round, and of the other half
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const E real = r.is_column + r.is_diagonal;
    const E goes_on = real - r.is_last;
    control(b, real, goes_on);
    mixed<E> out[4];
    for (unsigned j = 0; j < 4; ++j) mix(b, real, r.mix[j], r.now[2 * j], r.now[2 * j + 1], out[j]);
    state(b, goes_on, out);
    message(b);

    const auto& m = r.mix;
    b.receive(bus::blake3_in, r.is_first,
              {r.time,          m[0].a,          m[1].a,          m[2].a,          m[3].a,
               word_of(m[0].b), word_of(m[1].b), word_of(m[2].b), word_of(m[3].b), m[0].c,
               m[1].c,          m[2].c,          m[3].c,          word_of(m[0].d), word_of(m[1].d),
               word_of(m[2].d), word_of(m[3].d), r.now[0],        r.now[1],        r.now[2],
               r.now[3],        r.now[4],        r.now[5],        r.now[6],        r.now[7],
               r.later[0],      r.later[1],      r.later[2],      r.later[3],      r.later[4],
               r.later[5],      r.later[6],      r.later[7]});
    b.send(bus::blake3_out, r.is_last,
           {r.time, out[0].a, out[1].a, out[2].a, out[3].a, word_of(out[3].b), word_of(out[0].b),
            word_of(out[1].b), word_of(out[2].b), out[2].c, out[3].c, out[0].c, out[1].c,
            word_of(out[1].d), word_of(out[2].d), word_of(out[3].d), word_of(out[0].d)});
  }

 private:
  template <class B, class E = typename B::expr>
  static void control(B& b, const E& real, const E& goes_on) {
    const auto& r = b.row();
    const auto& n = b.next();
    for (const E* flag : {&r.is_first, &r.is_last, &r.is_column, &r.is_diagonal, &real})
      check_bit(b, *flag);
    b.zero(r.is_first * (r.is_column - gl(1u)));
    b.zero(r.is_first * r.step);
    b.zero(r.is_last * (r.is_diagonal - gl(1u)));
    b.zero(r.is_last * (r.step - gl(rows - 1)));
    b.zero_first(real - r.is_first);
    b.zero_last(goes_on);
    b.zero_transition(r.is_column * (n.is_diagonal - gl(1u)));
    b.zero_transition((r.is_diagonal - r.is_last) * (n.is_column - gl(1u)));
    b.zero_transition(goes_on * n.is_first);
    b.zero_transition((gl(1u) - goes_on) * (n.is_column + n.is_diagonal - n.is_first));
    b.zero_transition(goes_on * (n.time - r.time));
    b.zero_transition(goes_on * (n.step - r.step - gl(1u)));
  }

  template <class B, class E = typename B::expr>
  static void mix(B& b, const E& real, const mix_cells<E>& m, const E& x, const E& y,
                  mixed<E>& out) {
    constexpr gl inverse_two32 = two32.inverse(), inverse16 = gl(16u).inverse();
    const auto check_sum = [&](const E& sum, const E(&result)[4], bool of_three) {
      const E carry = (sum - word_of(result)) * inverse_two32;
      b.zero(of_three ? carry * (carry - gl(1u)) * (carry - gl(2u)) : carry * (carry - gl(1u)));
    };
    check_sum(m.a + word_of(m.b) + x, m.a1, true);
    check_xor(b, real, m.d, m.a1, m.d1);
    const E d1[4] = {m.d1[2], m.d1[3], m.d1[0], m.d1[1]};
    check_sum(m.c + word_of(d1), m.c1, false);
    check_xor(b, real, m.b, m.c1, m.b1);
    // 16 low < 2^8 and high < 2^8 with byte = low + 16 high: both are halves of the byte.
    E high[4];
    for (unsigned i = 0; i < 4; ++i) {
      high[i] = (m.b1[i] - m.b1_low[i]) * inverse16;
      check_bytes(b, real, m.b1_low[i] * gl(16u), high[i]);
    }
    const E b1[4] = {high[1] + m.b1_low[2] * gl(16u), high[2] + m.b1_low[3] * gl(16u),
                     high[3] + m.b1_low[0] * gl(16u), high[0] + m.b1_low[1] * gl(16u)};
    check_sum(word_of(m.a1) + word_of(b1) + y, m.a2, true);
    check_xor(b, real, d1, m.a2, m.d2);
    for (unsigned i = 0; i < 4; ++i) out.d[i] = m.d2[(i + 1) % 4];
    check_sum(word_of(m.c1) + word_of(out.d), m.c2, false);
    check_xor(b, real, b1, m.c2, m.b2);
    // 2 (byte - 128 top) < 2^8 and top < 2^8, a number: top is the byte's top bit.
    E rest[4];
    for (unsigned i = 0; i < 4; ++i) {
      rest[i] = (m.b2[i] - m.b2_top[i] * gl(128u)) * gl(2u);
      check_bytes(b, real, rest[i], m.b2_top[i]);
    }
    for (unsigned i = 0; i < 4; ++i) out.b[i] = rest[(i + 1) % 4] + m.b2_top[i];
    out.a = word_of(m.a2);
    out.c = word_of(m.c2);
  }

  // Columns are followed by diagonals, diagonals by columns.
  template <class B, class E = typename B::expr>
  static void state(B& b, const E& goes_on, const mixed<E> (&out)[4]) {
    const auto& r = b.row();
    const auto& n = b.next();
    const E again = r.is_diagonal - r.is_last;
    for (unsigned j = 0; j < 4; ++j) {
      b.zero_transition(goes_on * (n.mix[j].a - out[j].a));
      b.zero_transition(goes_on * (n.mix[j].c - out[(j + 2) % 4].c));
      for (unsigned i = 0; i < 4; ++i) {
        b.zero_transition(r.is_column * (n.mix[j].b[i] - out[(j + 1) % 4].b[i]) +
                          again * (n.mix[j].b[i] - out[(j + 3) % 4].b[i]));
        b.zero_transition(r.is_column * (n.mix[j].d[i] - out[(j + 3) % 4].d[i]) +
                          again * (n.mix[j].d[i] - out[(j + 1) % 4].d[i]));
      }
    }
  }

  template <class B>
  static void message(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const auto& n = b.next();
    const E again = r.is_diagonal - r.is_last;
    const auto whole = [&](unsigned i) { return i < 8 ? r.later[i] : r.now[i - 8]; };
    for (unsigned i = 0; i < 8; ++i) {
      b.zero_transition(r.is_column * (n.now[i] - r.later[i]) +
                        again * (n.now[i] - whole(permutation[i])));
      b.zero_transition(r.is_column * (n.later[i] - r.now[i]) +
                        again * (n.later[i] - whole(permutation[8 + i])));
    }
  }
};

}  // namespace ashlar::stark

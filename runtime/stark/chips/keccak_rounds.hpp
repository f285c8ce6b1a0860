#pragma once

#include "runtime/stark/chips/blake3_rounds.hpp"
#include "runtime/stark/chips/keccak_tables.hpp"

// A round of keccak-f[1600] is five rows of one table and ten of another.
//
//   sheets   row x: the lanes (x, 0) ... (x, 4): theta, then rho and pi, which move them
//   planes   row (y, half): one half of the lanes (0, y) ... (4, y): chi and iota
//
// Words go to and fro by two buses, keccak_state before a round and keccak_moved inside it, in
// tuples (time of the call, round, number of the word, value). No order of rows is needed for
// that. Let n(t, r) be the number of groups of sheets at time t and round r. A group takes each of
// the 50 words of (t, r) once, so each is sent n(t, r) times to the planes, which send it n(t, r)
// times on to round r + 1. Hence n(t, r + 1) = n(t, r), but for r + 1 = 0, which the call adds its
// words to, and r + 1 = 24, which it takes them from. Rounds are elements of the field and rows
// are fewer than p, so n cannot be above 0 everywhere: it is 1 for the rounds 0 to 23 of a call,
// and 0 for everything else. So each tuple is sent once and taken once, and its value is what was
// sent.

namespace ashlar::stark {

/// theta, rho and pi. Five rows in succession, one a sheet, agree on the parities of all columns.
struct keccak_sheets_chip {
  static constexpr std::string_view name = "keccak_sheets";

  template <class E>
  struct columns {
    E sheet[5];  ///< which x this row is
    E time, round;
    E parity[5][2];           ///< of the columns of every sheet, as words
    E lane[5][2][4];          ///< the sheet's, as bytes
    E chain[4][2][4];         ///< exclusive or of its first two lanes, three, four, five
    E before[2][4];           ///< parity of sheet x - 1
    E after[2][4], top[2];    ///< that of x + 1, rotated by 1; its words' top bits
    E effect[2][4];           ///< before ^ after
    E mixed[5][2][4];         ///< lane ^ effect
    E low[5][2], high[5][2];  ///< mixed 2^(rotation mod 32) = low + 2^32 high, word by word
    E low_half[5][2], high_half[5][2];
    E moved[5][2];  ///< mixed, rotated
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const E real = r.sheet[0] + r.sheet[1] + r.sheet[2] + r.sheet[3] + r.sheet[4];
    control(b, real);
    theta(b, real);
    for (u32 y = 0; y < 5; ++y) {
      rotate(b, real, y);
      for (u32 h = 0; h < 2; ++h) {
        const E from = by_sheet(r, [&](u32 x) { return 2 * keccak::lane(x, y) + h; });
        const E to = by_sheet(r, [&](u32 x) { return 2 * keccak::moved_lane(x, y) + h; });
        b.receive(bus::keccak_state, real, {r.time, r.round, from, word_of(r.lane[y][h])});
        b.send(bus::keccak_moved, real, {r.time, r.round, to, r.moved[y][h]});
      }
    }
  }

 private:
  /// The number that f gives for the row's x; 0 in a row without one.
  template <class R, class F>
  static auto by_sheet(const R& r, F&& f) {
    auto sum = r.sheet[0] * gl(f(0u));
    for (u32 x = 1; x < 5; ++x) sum = sum + r.sheet[x] * gl(f(x));
    return sum;
  }

  template <class B, class E = typename B::expr>
  static void control(B& b, const E& real) {
    const auto& r = b.row();
    const auto& n = b.next();
    const E goes_on = real - r.sheet[4];
    for (const E& flag : r.sheet) check_bit(b, flag);
    check_bit(b, real);
    for (u32 x = 0; x < 4; ++x) {
      b.zero_first(r.sheet[x + 1]);
      b.zero_transition(n.sheet[x + 1] - r.sheet[x]);
      b.zero_last(r.sheet[x]);
    }
    b.zero_transition(goes_on * (n.time - r.time));
    b.zero_transition(goes_on * (n.round - r.round));
    for (u32 x = 0; x < 5; ++x)
      for (u32 h = 0; h < 2; ++h) b.zero_transition(goes_on * (n.parity[x][h] - r.parity[x][h]));
  }

  template <class B, class E = typename B::expr>
  static void theta(B& b, const E& real) {
    const auto& r = b.row();
    E own[2], before[2], after[2];
    for (u32 h = 0; h < 2; ++h) {
      own[h] = before[h] = after[h] = E(gl());
      for (u32 x = 0; x < 5; ++x) {
        own[h] = own[h] + r.sheet[x] * r.parity[x][h];
        before[h] = before[h] + r.sheet[x] * r.parity[(x + 4) % 5][h];
        after[h] = after[h] + r.sheet[x] * r.parity[(x + 1) % 5][h];
      }
      check_bit(b, r.top[h]);
    }
    for (u32 h = 0; h < 2; ++h) {
      check_xor(b, real, r.lane[0][h], r.lane[1][h], r.chain[0][h]);
      for (u32 i = 1; i < 4; ++i)
        check_xor(b, real, r.chain[i - 1][h], r.lane[i + 1][h], r.chain[i][h]);
      b.zero(real * word_of(r.chain[3][h]) - own[h]);
      b.zero(real * word_of(r.before[h]) - before[h]);
      // Both are words, so the top bit is the only one that lets this hold.
      b.zero(real * (word_of(r.after[h]) + r.top[h] * two32 - r.top[1 - h]) - after[h] * gl(2u));
      check_xor(b, real, r.before[h], r.after[h], r.effect[h]);
      for (u32 y = 0; y < 5; ++y) check_xor(b, real, r.lane[y][h], r.effect[h], r.mixed[y][h]);
    }
  }

  // A rotation by 32 and more exchanges the words first. low < 2^32 and high < 2^31: neither side
  // of the equation reaches p, so they are quotient and remainder.
  template <class B, class E = typename B::expr>
  static void rotate(B& b, const E& real, u32 y) {
    const auto& r = b.row();
    const auto places = [&](u32 x) { return keccak::rotations[keccak::lane(x, y)]; };
    const E factor = by_sheet(r, [&](u32 x) { return 1u << places(x) % 32; });
    const E crossed = by_sheet(r, [&](u32 x) { return places(x) / 32; });
    for (u32 h = 0; h < 2; ++h) {
      b.zero(word_of(r.mixed[y][h]) * factor - r.low[y][h] - r.high[y][h] * two32);
      check_word(b, real, r.low[y][h], r.low_half[y][h]);
      check_word31(b, real, r.high[y][h], r.high_half[y][h]);
      b.zero(r.moved[y][h] - (real - crossed) * (r.low[y][h] + r.high[y][1 - h]) -
             crossed * (r.low[y][1 - h] + r.high[y][h]));
    }
  }
};

/// chi and iota, on one half of the five lanes of a plane. Rows stand alone.
struct keccak_planes_chip {
  static constexpr std::string_view name = "keccak_planes";
  /// The bytes of a word that iota may change: only bits 0, 1, 3, 7, 15 and 31.
  static constexpr u32 changed[3] = {0, 1, 3};

  template <class E>
  struct columns {
    E plane[5];  ///< which y this row is
    E is_upper;  ///< upper halves
    E time, round;
    E in[5][4];     ///< words as bytes
    E taken[5][4];  ///< ~in[x + 1] & in[x + 2]
    E out[5][4];    ///< in ^ taken
    E constant[2];  ///< of the round, as words, where y = 0; else 0
    E added[3];     ///< its bytes in this half, and out[0] with them added
    E sum[3];
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const E real = r.plane[0] + r.plane[1] + r.plane[2] + r.plane[3] + r.plane[4];
    for (const E& flag : r.plane) check_bit(b, flag);
    check_bit(b, real);
    check_bit(b, r.is_upper);

    E out[5];
    for (u32 x = 0; x < 5; ++x) {
      const auto &next = r.in[(x + 1) % 5], &after = r.in[(x + 2) % 5];
      for (u32 i = 0; i < 4; ++i)
        b.send(bus::byte_and, real, {gl(255u) - next[i], after[i], r.taken[x][i]});
      check_xor(b, real, r.in[x], r.taken[x], r.out[x]);
      out[x] = word_of(r.out[x]);
    }
    out[0] = iota(b, real);
    for (u32 x = 0; x < 5; ++x) {
      E word = r.is_upper + gl(2 * x);
      for (u32 y = 1; y < 5; ++y) word = word + r.plane[y] * gl(2 * keccak::lane(0, y));
      b.receive(bus::keccak_moved, real, {r.time, r.round, word, word_of(r.in[x])});
      b.send(bus::keccak_state, real, {r.time, r.round + gl(1u), word, out[x]});
    }
  }

 private:
  // The word of lane 0 that leaves. The constants are 0 where they do not apply.
  template <class B, class E = typename B::expr>
  static E iota(B& b, const E& real) {
    constexpr gl half = gl(2u).inverse();
    const auto& r = b.row();
    b.send(bus::keccak_round, r.plane[0], {r.round, r.constant[0], r.constant[1]});
    for (const E& c : r.constant) b.zero((gl(1u) - r.plane[0]) * c);
    E bytes[4] = {r.out[0][0], r.out[0][1], r.out[0][2], r.out[0][3]};
    E added = r.constant[0] + r.is_upper * (r.constant[1] - r.constant[0]);
    for (u32 i = 0; i < 3; ++i) {
      const u32 place = changed[i];
      const E& was = r.out[0][place];
      b.send(bus::byte_and, real, {was, r.added[i], (was + r.added[i] - r.sum[i]) * half});
      bytes[place] = r.sum[i];
      added = added - r.added[i] * gl(1u << 8 * place);
    }
    b.zero(added);
    return word_of(bytes);
  }
};

}  // namespace ashlar::stark

#pragma once

#include "runtime/crypto/poseidon2.hpp"
#include "runtime/stark/hash/poseidon2_packs.hpp"

// Poseidon2 on many states at once, for the vector files alone: each includes this with its own
// Lanes (runtime/stark/field), so everything is in an unnamed namespace.
//
// What is written here differently from crypto/poseidon2.hpp, for the same values:
// - An S-box of a full round leaves low + 2^32 high without reduction, as the external layer sums
//   halves: two additions where a sum of residues takes four operations. Words come after it.
// - Partial rounds have cells with a positive factor negated, so that nearly all sums are
//   differences of canonical words (three operations), and s[0] is sum - 2 y = (sum - y) - y.
// - Behind the last full round only the cells that are wanted are made.
namespace ashlar::stark {

namespace {

template <class L>
struct poseidon2_lanes {
  using vec = typename L::vec;
  using packs = poseidon2_packs<L>;
  using halves = typename packs::halves;
  static constexpr unsigned cells = crypto::poseidon2_width, rate = crypto::poseidon2_rate;
  // Vectors of states side by side, and S-boxes worked on together: the processor looks ahead some
  // hundred instructions, and a power of seven alone is eighty in one chain.
  static constexpr unsigned vectors = L::states_at_once, boxes = L::boxes_at_once;
  static constexpr std::size_t width = vectors * L::width;
  static_assert(cells * vectors % boxes == 0);
  using lane = typename packs::template pack<vectors>;

  /// One of the two is what counts, in turn.
  struct state {
    halves sums[cells][vectors];
    vec words[cells][vectors];
  };

  // Added where no round constant is, and taken off again: what is summed may be negative.
  static constexpr u64 bias = u64{1} << 50;
  struct constants {
    u64 of[cells];
  };
  // Halves are under 2^34 in size behind an S-box; a layer makes 28 times that at most, and what is
  // left in the capacity goes through a second one. So |low| < 2^46, the product that a high half
  // leaves in `joined` is less, and these bounds keep the word that a constant starts from
  // wrapping.
  static constexpr bool fits(u64 constant) { return constant >= bias && constant < 0 - bias; }
  static constexpr bool all_fit() {
    for (const auto& round : crypto::poseidon2_full_constants)
      for (const u64 c : round)
        if (!fits(c)) return false;
    return fits(crypto::poseidon2_partial_constants[0]);
  }
  static_assert(all_fit());

  [[gnu::always_inline]] static void external_layer(state& s, const u64 (&next)[cells]) {
#pragma GCC unroll 1
    for (unsigned v = 0; v < vectors; ++v) {
      halves t[cells];
#pragma GCC unroll 12
      for (unsigned i = 0; i < cells; ++i) t[i] = s.sums[i][v];
      crypto::poseidon2_external_layer(t);
#pragma GCC unroll 12
      for (unsigned i = 0; i < cells; ++i) s.words[i][v] = packs::joined(t[i], next[i]);
    }
  }

  // Of cells 4 block .. 4 block + 3 alone.
  [[gnu::always_inline]] static void external_block(state& s, unsigned block) {
    const unsigned at = 4 * block;
#pragma GCC unroll 1
    for (unsigned v = 0; v < vectors; ++v) {
      halves t[4];
#pragma GCC unroll 4
      for (unsigned i = 0; i < 4; ++i)
        t[i] = s.sums[i][v] + s.sums[i + 4][v] + s.sums[i + 8][v] + s.sums[at + i][v];
      const halves left = t[0] + t[1], right = t[2] + t[3], all = left + right;
      const halves upper = all + t[1], lower = all + t[3];
      s.sums[at][v] = upper + left;
      s.sums[at + 1][v] = upper + (t[2] + t[2]);
      s.sums[at + 2][v] = lower + right;
      s.sums[at + 3][v] = lower + (t[0] + t[0]);
    }
  }

  [[gnu::always_inline]] static void power_all(state& s) {
    const vec* const in = &s.words[0][0];
    halves* const out = &s.sums[0][0];
#pragma GCC unroll 1
    for (unsigned k = 0; k < cells * vectors; k += boxes)
      packs::template power7_halves<boxes>(in + k, out + k);
  }

  static constexpr bool negated(unsigned cell) {
    return (cell >= 1 && cell <= 5) || cell == 9 || cell == 11;
  }

  [[gnu::always_inline]] static void partial_round(state& s, u64 next) {
    lane w[cells];
#pragma GCC unroll 12
    for (unsigned i = 0; i < cells; ++i) w[i] = lane::load(s.words[i]);
    const lane y = packs::power7(w[0]).canonical();
    // All but y: the negated ones are taken off.
    const lane one = w[6].plus(w[7]).minus(w[1]).minus(w[2]).minus(w[3]).minus(w[4]);
    const lane two = w[8].plus(w[10]).minus(w[5]).minus(w[9]).minus(w[11]);
    const lane rest = two.plus(one.canonical());
    const lane sum = rest.plus(y).canonical();
    const lane five = w[5].doubled(), eight = w[8].doubled();
    const lane out[cells] = {
        rest.plus(lane::all(next)).minus(y),
        w[1].minus(sum),
        w[2].minus(sum.minus(w[2])),
        w[3].template over<1>().minus(sum),
        w[4].minus(sum.minus(w[4]).minus(w[4])),
        five.minus(sum.minus(five)),
        sum.minus(w[6].template over<1>()),
        sum.minus(w[7]).minus(w[7]).minus(w[7]),
        sum.minus(eight).minus(eight),
        w[9].template over<2>().minus(sum),
        sum.minus(w[10].template over<2>()),
        w[11].template over<3>().minus(sum),
    };
#pragma GCC unroll 12
    for (unsigned i = 0; i < cells; ++i) out[i].store(s.words[i]);
  }

  // To the form of the partial rounds, from words with the bias on all cells but the first.
  [[gnu::always_inline]] static void enter_partial(state& s) {
    const vec biased = L::broadcast(bias);
#pragma GCC unroll 1
    for (unsigned v = 0; v < vectors; ++v)
#pragma GCC unroll 12
      for (unsigned i = 1; i < cells; ++i) {
        const vec x = L::canonical(s.words[i][v]);
        s.words[i][v] = negated(i) ? L::sub(biased, x) : L::sub(x, biased);
      }
  }
  // From it to words with the round's constants, which the first cell has already.
  [[gnu::always_inline]] static void leave_partial(state& s, const u64 (&next)[cells]) {
#pragma GCC unroll 1
    for (unsigned v = 0; v < vectors; ++v)
#pragma GCC unroll 12
      for (unsigned i = 1; i < cells; ++i) {
        const vec c = L::broadcast(next[i]), x = s.words[i][v];
        s.words[i][v] = negated(i) ? L::sub(c, x) : L::add(c, x);
      }
  }

  static constexpr constants before_partial() {
    constants c{};
    for (u64& e : c.of) e = bias;
    c.of[0] = crypto::poseidon2_partial_constants[0];
    return c;
  }

  // From sums to sums; behind it cells 4 block .. 4 block + 3 count alone.
  [[gnu::noinline, gnu::flatten]] static void permute(state& s, unsigned block) {
    using namespace crypto;
    constexpr unsigned half = poseidon2_full_rounds / 2, partial = poseidon2_partial_rounds;
    static constexpr constants entry = before_partial();
    for (unsigned r = 0; r < half; ++r) {
      external_layer(s, poseidon2_full_constants[r]);
      power_all(s);
    }
    external_layer(s, entry.of);
    enter_partial(s);
    for (unsigned r = 1; r < partial; ++r) partial_round(s, poseidon2_partial_constants[r]);
    partial_round(s, poseidon2_full_constants[half][0]);
    leave_partial(s, poseidon2_full_constants[half]);
    for (unsigned r = half + 1; r < poseidon2_full_rounds; ++r) {
      power_all(s);
      external_layer(s, poseidon2_full_constants[r]);
    }
    power_all(s);
    external_block(s, block);
  }

  static void start(state& s, u64 capacity) {
    for (unsigned v = 0; v < vectors; ++v) {
      s.sums[rate][v] = packs::split(L::broadcast(capacity));
      for (unsigned i = rate + 1; i < cells; ++i) s.sums[i][v] = packs::split(L::broadcast(0));
    }
  }
  static void clear(state& s, unsigned cell) {
    for (unsigned v = 0; v < vectors; ++v) s.sums[cell][v] = packs::split(L::broadcast(0));
  }
  static void put(state& s, unsigned cell, const u64* p) {
    for (unsigned v = 0; v < vectors; ++v)
      s.sums[cell][v] = packs::split(L::load(p + v * L::width));
  }
  static void store_digests(const state& s, u8* out) {
    u64 words[4][width];
    for (unsigned k = 0; k < 4; ++k)
      for (unsigned v = 0; v < vectors; ++v) {
        const vec x = L::canonical(packs::joined(s.sums[k][v], bias));
        L::store(words[k] + v * L::width, L::sub(x, L::broadcast(bias)));
      }
    for (std::size_t lane = 0; lane < width; ++lane)
      for (unsigned k = 0; k < 4; ++k)
        __builtin_memcpy(out + 32 * lane + 8 * k, &words[k][lane], 8);
  }

  static void rows(const poseidon2_rows_job& job) noexcept {
    state s;
    for (std::size_t i = 0; i < job.n; i += width) {
      start(s, job.start);
      unsigned take = job.first_block;
      for (std::size_t at = 0; at < job.count; at += take, take = job.each) {
        for (unsigned j = 0; j < rate - take; ++j) clear(s, j);
        for (unsigned j = 0; j < take; ++j)
          put(s, rate - take + j, job.columns[at + j] + job.first + i);
        permute(s, at + take == job.count ? 0 : 2);
      }
      store_digests(s, job.out + 32 * i);
    }
  }

  static void nodes(const u8* pairs, u8* out, std::size_t n) noexcept {
    state s;
    for (std::size_t i = 0; i < n; i += width) {
      u64 words[rate][width];
      for (std::size_t lane = 0; lane < width; ++lane)
        for (unsigned j = 0; j < rate; ++j)
          __builtin_memcpy(&words[j][lane], pairs + 64 * (i + lane) + 8 * j, 8);
      start(s, rate + (u64{rate} << 32));
      for (unsigned j = 0; j < rate; ++j) put(s, j, words[j]);
      permute(s, 0);
      store_digests(s, out + 32 * i);
    }
  }
};

}  // namespace

}  // namespace ashlar::stark

#pragma once

#include <functional>

#include "runtime/crypto/poseidon2.hpp"
#include "runtime/stark/field/gl3.hpp"
#include "runtime/stark/machine/fill.hpp"
#include "test/unit/chips/forgery.hpp"

// Tables of the calls that hash, made row by row from what a dishonest prover says: rows are as
// consistent as they can be with that, and permutations are true ones.

namespace ashlar::test {

using open_row_row = row_of<stark::open_row_chip>;
using climb_row = row_of<stark::climb_chip>;

inline void run_permutation(const stark::gl (&rate)[8], const stark::gl (&capacity)[4],
                            stark::gl (&after)[12]) {
  u64 block[8], state[12] = {};
  for (unsigned i = 0; i < 8; ++i) block[i] = rate[i].value();
  for (unsigned i = 0; i < 4; ++i) state[8 + i] = capacity[i].value();
  crypto::poseidon2_absorb(state, block);
  for (unsigned i = 0; i < 12; ++i) after[i] = stark::gl(state[i]);
}

/// Rows as a table, zeros behind them.
template <class Chip>
stark::checked_table table_of_rows(const std::vector<row_of<Chip>>& rows, std::size_t height = 0) {
  stark::checked_table t{&stark::checked<Chip>,
                         stark::matrix(height != 0 ? height : stark::table_height(rows.size()),
                                       stark::main_width<Chip>),
                         {},
                         {}};
  for (std::size_t i = 0; i < rows.size(); ++i) put_row<Chip>(t, i, rows[i]);
  return t;
}

/// The table that answers every permutation asked for in these messages, truly: what is asked for
/// as the input, what the permutation makes of it as the output.
inline stark::checked_table answering(const std::vector<stark::bus_message>& messages) {
  riscv::segment s;
  for (const auto& m : messages) {
    if (m.on != stark::bus::permutation) continue;
    riscv::permutation_record p;
    for (unsigned i = 0; i < 12; ++i) p.out[i] = p.in[i] = m.tuple[i].value();
    crypto::poseidon2_absorb(p.out.data(), p.in.data());
    s.permutations.push_back(p);
  }
  const riscv::program program;
  const stark::x0_times x0(s, program);
  stark::lookup_counts lookups;
  std::vector<u32> fetches;
  return {&stark::checked<stark::poseidon2_chip>,
          stark::fill_poseidon2({s, program, x0, lookups, fetches}),
          {},
          {}};
}

/// What refuses the table where every permutation is answered truly: "constraint", a lookup, or
/// "bus permutation"; empty where nothing does.
inline std::string refusal_of(const stark::checked_table& t) {
  const riscv::program none;
  std::vector<stark::bus_message> messages;
  if (std::string wrong = table_verdict(t, none, messages); !wrong.empty()) return wrong;
  const auto answers = answering(messages);
  if (std::string wrong = table_verdict(answers, none, messages); !wrong.empty()) return wrong;
  std::erase_if(messages, [](const auto& m) { return m.on != stark::bus::permutation; });
  return stark::balance(messages) ? "bus permutation" : "";
}

/// What a prover says of one open_row.
struct told_row {
  u32 n, each;
  std::vector<u32> sizes;  ///< of the blocks
  stark::gl3 z{stark::gl(3u), stark::gl(5u), stark::gl(7u)}, delta = z.squared(3);
  u32 time = 4;
};
inline told_row honest_row(u32 n, u32 each) {
  told_row r{n, each, {}};
  for (u32 left = n; left != 0; left -= r.sizes.back()) r.sizes.push_back((left - 1) % each + 1);
  return r;
}

/// Fills what follows of a row: the permutation, the value; then the next row's start.
inline void settle(open_row_row& r) {
  using stark::gl3;
  const auto ext = [](const stark::gl(&v)[3]) { return gl3(v[0], v[1], v[2]); };
  const auto put = [](stark::gl(&v)[3], const gl3& x) { std::copy_n(x.c, 3, v); };
  run_permutation(r.block, r.capacity, r.after);
  const gl3 z = ext(r.z);
  put(r.z2, z.square());
  gl3 upper;
  for (unsigned j = 0; j < 5; ++j) upper = upper * z + r.block[j];
  put(r.upper, upper);
  for (unsigned j = 5; j < 8; ++j) upper = upper * z + r.block[j];
  put(r.value, ext(r.sum) * ext(r.delta) + upper);
}
/// Each row takes what the one before left, from row `from` on.
inline void settle_from(std::vector<open_row_row>& rows, std::size_t from) {
  for (std::size_t i = from; i < rows.size(); ++i) {
    if (i != 0 && rows[i].is_first.is_zero()) {
      std::copy_n(rows[i - 1].after + 8, 4, rows[i].capacity);
      std::copy_n(rows[i - 1].value, 3, rows[i].sum);
    }
    settle(rows[i]);
  }
}

inline std::vector<open_row_row> open_rows(const told_row& told) {
  using stark::gl;
  std::vector<open_row_row> rows;
  gl remaining(told.n);
  u32 element = 1;
  for (std::size_t i = 0; i < told.sizes.size(); ++i) {
    open_row_row r{};
    r.is_real = gl(1u);
    r.is_first = gl(u32{i == 0});
    r.is_last = gl(u32{i + 1 == told.sizes.size()});
    r.time = gl(told.time);
    r.remaining = remaining;
    r.each = gl(told.each);
    r.out = gl(0x200u);
    r.challenge = gl(i == 0 ? 0x100u : 0u);
    for (u32 j = 0; j < 8; ++j) {
      const bool used = j + told.sizes[i] >= 8;
      if (j < 7) r.used[j] = gl(u32{used});
      if (used) r.block[j] = gl(1000 * element++);
    }
    std::copy_n(told.z.c, 3, r.z);
    std::copy_n(told.delta.c, 3, r.delta);
    if (i == 0) r.capacity[0] = gl(told.n) + gl(told.each) * stark::two32;
    remaining -= gl(told.sizes[i]);
    rows.push_back(r);
  }
  settle_from(rows, 0);
  return rows;
}

/// Rows of one climb: bits from the lowest level up, `remaining` and `position` as they follow.
inline std::vector<climb_row> climb_rows(const std::vector<u32>& bits, stark::gl position,
                                         u32 time = 4) {
  using stark::gl;
  std::vector<climb_row> rows;
  gl node[4] = {gl(11u), gl(12u), gl(13u), gl(14u)};
  for (std::size_t i = 0; i < bits.size(); ++i) {
    climb_row r{};
    r.is_real = gl(1u);
    r.is_first = gl(u32{i == 0});
    r.is_last = gl(u32{i + 1 == bits.size()});
    r.time = gl(time);
    r.remaining = gl(static_cast<u32>(bits.size() - i));
    r.digest = gl(0x300u);
    r.position = position;
    r.bit = gl(bits[i]);
    position = (position - gl(bits[i])) * gl(2u).inverse();
    for (unsigned k = 0; k < 4; ++k) {
      r.node[k] = node[k];
      r.children[4 * bits[i] + k] = node[k];
      r.children[4 - 4 * bits[i] + k] = gl(static_cast<u32>(100 * i + k));
    }
    const gl start[4] = {stark::sponge_start(gl(8u), gl(8u))};
    run_permutation(r.children, start, r.after);
    std::copy_n(r.after, 4, node);
    rows.push_back(r);
  }
  return rows;
}

}  // namespace ashlar::test

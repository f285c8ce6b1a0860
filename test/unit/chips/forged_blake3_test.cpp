#include <bit>
#include <random>

#include <catch2/catch.hpp>

#include "runtime/crypto/blake3.hpp"
#include "test/unit/chips/forgery.hpp"

// Rows of the two BLAKE3 chips that a dishonest prover might make: the arithmetic of one half round
// with an error anywhere in it, and whole calls with rounds left out, repeated, exchanged or mixed.

using namespace ashlar;
using namespace ashlar::stark;
using namespace ashlar::test;

namespace {

using rounds = blake3_rounds_chip;
using rounds_row = row_of<rounds>;
const riscv::program no_program;

// What is added to the value after each of the eight steps of one G before it goes on.
using errors = std::array<u32, 8>;

struct state {
  std::array<u32, 16> v, m;
};

void mix(mix_cells<gl>& cells, u32& a, u32& b, u32& c, u32& d, u32 x, u32 y, const errors& wrong) {
  cells.a = gl(a);
  cells.c = gl(c);
  put_bytes(cells.b, b);
  put_bytes(cells.d, d);
  a += b + x + wrong[0];
  put_bytes(cells.a1, a);
  d = (d ^ a) + wrong[1];
  put_bytes(cells.d1, d);
  d = std::rotr(d, 16);
  c += d + wrong[2];
  put_bytes(cells.c1, c);
  b = (b ^ c) + wrong[3];
  put_bytes(cells.b1, b);
  put_bytes(cells.b1_low, b & 0x0f0f0f0f);
  b = std::rotr(b, 12);
  a += b + y + wrong[4];
  put_bytes(cells.a2, a);
  d = (d ^ a) + wrong[5];
  put_bytes(cells.d2, d);
  d = std::rotr(d, 8);
  c += d + wrong[6];
  put_bytes(cells.c2, c);
  b = (b ^ c) + wrong[7];
  put_bytes(cells.b2, b);
  put_bytes(cells.b2_top, b >> 7 & 0x01010101);
  b = std::rotr(b, 7);
}

// The half round `turn` (0: columns, 1: diagonals) of s, as the row numbered `step`; s goes on.
rounds_row half_round(state& s, u32 step, unsigned turn, u32 time, unsigned g = 4,
                      const errors& wrong = {}) {
  rounds_row r{};
  r.time = gl(time);
  r.step = gl(step);
  (turn == 0 ? r.is_column : r.is_diagonal) = gl(1u);
  const u32 *now = s.m.data() + 8 * turn, *later = s.m.data() + 8 * (1 - turn);
  for (unsigned i = 0; i < 8; ++i) {
    r.now[i] = gl(now[i]);
    r.later[i] = gl(later[i]);
  }
  for (unsigned j = 0; j < 4; ++j)
    mix(r.mix[j], s.v[j], s.v[4 + (j + turn) % 4], s.v[8 + (j + 2 * turn) % 4],
        s.v[12 + (j + 3 * turn) % 4], now[2 * j], now[2 * j + 1], j == g ? wrong : errors{});
  if (turn == 1) {
    const auto before = s.m;
    for (unsigned i = 0; i < 16; ++i) s.m[i] = before[rounds::permutation[i]];
  }
  return r;
}

state any_state(u32 seed) {
  std::mt19937 random(seed);
  state s;
  for (u32& v : s.v) v = static_cast<u32>(random());
  for (u32& v : s.m) v = static_cast<u32>(random());
  return s;
}

// The rows of one honest call, in pieces to be put together wrongly.
std::vector<rounds_row> honest_rows(state& s, u32 time, u32 count = rounds::rows) {
  std::vector<rounds_row> rows;
  for (u32 step = 0; step < count; ++step) rows.push_back(half_round(s, step, step & 1, time));
  rows.front().is_first = gl(1u);
  rows.back().is_last = gl(1u);
  return rows;
}

// The rows as a table: what is wrong with them, or the messages of its calls.
std::string verdict_of(const std::vector<rounds_row>& rows, std::vector<bus_message>& messages,
                       std::size_t height = 64) {
  checked_table t{&checked<rounds>, matrix(height, main_width<rounds>), {}, {}};
  for (std::size_t i = 0; i < rows.size(); ++i) put_row<rounds>(t, i, rows[i]);
  messages.clear();
  return table_verdict(t, no_program, messages);
}

bus_message end_message(u32 time, const state& s) {
  bus_message m{bus::blake3_out, gl(1u), {}};
  m.tuple[0] = gl(time);
  for (unsigned i = 0; i < 16; ++i) m.tuple[1 + i] = gl(s.v[i]);
  return m;
}

// No table passes that sends another end than the seven rounds' of the start it takes.
bool refused(const std::vector<rounds_row>& rows) {
  std::vector<bus_message> messages;
  return !verdict_of(rows, messages).empty();
}

}  // namespace

TEST_CASE("blake3 rounds: an honest call's end is the compression's", "[chips][forged]") {
  state s = any_state(1);
  const state start = s;
  std::vector<bus_message> messages;
  REQUIRE(verdict_of(honest_rows(s, 4), messages) == "");
  REQUIRE(messages.size() == 2);
  CHECK(messages[1].same_tuple(end_message(4, s)));
  // and the state at the end is what the library's compression folds up
  u32 out[8], value[8];
  state of_iv = start;
  for (unsigned i = 0; i < 4; ++i) of_iv.v[8 + i] = crypto::blake3_iv[i];
  of_iv.v[12] = 77;
  of_iv.v[13] = 0;
  of_iv.v[14] = 64;
  of_iv.v[15] = 11;
  std::copy_n(of_iv.v.begin(), 8, value);
  crypto::blake3_compress(value, of_iv.m.data(), 77, 64, 11, out);
  honest_rows(of_iv, 4);
  for (unsigned i = 0; i < 8; ++i) CHECK((of_iv.v[i] ^ of_iv.v[8 + i]) == out[i]);
}

TEST_CASE("blake3 rounds: every step of every G is checked, carries and rotations too",
          "[chips][forged]") {
  const auto holds = [](const rounds_row& row, state after) {
    const rounds_row next = half_round(after, 1, 1, 4);
    row_check out;
    return row_holds<rounds>(row, next, no_program, out);
  };
  for (u32 seed : {2u, 3u, 4u}) {
    state s = any_state(seed);
    const rounds_row honest = half_round(s, 0, 0, 4);
    REQUIRE(holds(honest, s));
    for (unsigned g = 0; g < 4; ++g)
      for (unsigned at = 0; at < 8; ++at)
        for (u32 by : {1u, 0xffffffffu, 0x80000000u, 0x100u}) {
          errors wrong{};
          wrong[at] = by;
          state t = any_state(seed);
          const rounds_row row = half_round(t, 0, 0, 4, g, wrong);
          INFO("G " << g << ", step " << at << ", off by " << by);
          CHECK_FALSE(holds(row, t));
        }
  }
}

TEST_CASE("blake3 rounds: a byte is split in one way", "[chips][forged]") {
  state s = any_state(5);
  const rounds_row honest = half_round(s, 0, 0, 4);
  state t = s;
  const rounds_row next = half_round(t, 1, 1, 4);
  row_check out;
  const gl inverse16 = gl(16u).inverse(), inverse128 = gl(128u).inverse();
  unsigned nibbles = 0, tops = 0;
  // All that the lookups of the low half and of the rest allow, fractions included. Constraints
  // that the split enters are left out by looking at the row's lookups alone.
  for (u32 v = 0; v < 256; ++v) {
    rounds_row r = honest;
    r.mix[0].b1_low[0] = gl(v) * inverse16;
    row_holds<rounds>(r, next, no_program, out);
    nibbles += std::all_of(out.messages.begin(), out.messages.end(),
                           [&](const auto& m) { return in_tables(m, no_program); });
    r = honest;
    r.mix[0].b2_top[0] = (r.mix[0].b2[0] - gl(v) * gl(2u).inverse()) * inverse128;
    row_holds<rounds>(r, next, no_program, out);
    tops += std::all_of(out.messages.begin(), out.messages.end(),
                        [&](const auto& m) { return in_tables(m, no_program); });
  }
  CHECK(nibbles == 1);
  CHECK(tops == 1);
}

TEST_CASE("blake3 rounds: none can be left out, repeated or exchanged", "[chips][forged]") {
  const u32 time = 4;
  // given: six rounds, eight, or thirteen and fifteen halves, each with steps that fit as they may
  for (u32 halves : {2u, 12u, 13u, 15u, 16u}) {
    state s = any_state(6);
    auto rows = honest_rows(s, time, halves);
    CHECK(refused(rows));
    rows.back().step = gl(rounds::rows - 1);
    CHECK(refused(rows));
    for (std::size_t i = 0; i < rows.size(); ++i)  // counted back from the end
      rows[i].step = gl(rounds::rows) - gl(rows.size()) + gl(i);
    CHECK(refused(rows));
  }
  // given: a round (two rows) skipped in the middle, the state going on from there
  for (u32 from : {2u, 6u, 12u}) {
    state s = any_state(7);
    std::vector<rounds_row> rows;
    for (u32 step = 0; step < rounds::rows; ++step)
      if (step != from && step != from + 1) rows.push_back(half_round(s, step, step & 1, time));
    rows.front().is_first = rows.back().is_last = gl(1u);
    CHECK(refused(rows));
  }
  // given: two halves of a call in the other order, or diagonals twice
  for (u32 at : {1u, 4u, 11u}) {
    state s = any_state(8);
    auto rows = honest_rows(s, time);
    std::swap(rows[at], rows[at + 1]);
    CHECK(refused(rows));
    std::swap(rows[at].step, rows[at + 1].step);
    CHECK(refused(rows));
    s = any_state(8);
    rows.clear();
    for (u32 step = 0; step < rounds::rows; ++step)
      rows.push_back(half_round(s, step, step == at ? 1 - (at & 1) : step & 1, time));
    rows.front().is_first = rows.back().is_last = gl(1u);
    CHECK(refused(rows));
  }
}

TEST_CASE("blake3 rounds: state and message go from row to row", "[chips][forged]") {
  const auto with = [](u32 at, const auto& change) {
    state s = any_state(9);
    std::vector<rounds_row> rows;
    for (u32 step = 0; step < rounds::rows; ++step) {
      if (step == at) change(s);
      rows.push_back(half_round(s, step, step & 1, 4));
    }
    rows.front().is_first = rows.back().is_last = gl(1u);
    return refused(rows);
  };
  CHECK_FALSE(with(5, [](state&) {}));
  for (u32 at : {1u, 2u, 7u, 13u})
    for (unsigned i = 0; i < 16; ++i) {
      INFO("row " << at << ", word " << i);
      CHECK(with(at, [&](state& s) { s.v[i] ^= 1; }));
      CHECK(with(at, [&](state& s) { s.m[i] ^= 0x80000000; }));
    }
  // another call's state from the middle on, or its message
  const state other = any_state(10);
  CHECK(with(6, [&](state& s) { s.v = other.v; }));
  CHECK(with(6, [&](state& s) { s.m = other.m; }));
  // the message not permuted, or permuted once more
  CHECK(with(2, [](state& s) { s.m = any_state(9).m; }));
  CHECK(with(4, [](state& s) {
    const auto before = s.m;
    for (unsigned i = 0; i < 16; ++i) s.m[i] = before[rounds::permutation[i]];
  }));
}

TEST_CASE("blake3 rounds: calls do not mix", "[chips][forged]") {
  state a = any_state(11), b = any_state(12);
  const auto first = honest_rows(a, 4), second = honest_rows(b, 8);
  auto both = first;
  both.insert(both.end(), second.begin(), second.end());
  REQUIRE_FALSE(refused(both));
  // given: the calls' second halves exchanged, as they are and with their times
  auto rows = both;
  for (u32 i = 7; i < rounds::rows; ++i) std::swap(rows[i], rows[rounds::rows + i]);
  CHECK(refused(rows));
  for (u32 i = 7; i < rounds::rows; ++i) std::swap(rows[i].time, rows[rounds::rows + i].time);
  CHECK(refused(rows));
  // given: one call without its end, or without its beginning
  rows = both;
  rows.erase(rows.begin() + 8, rows.begin() + rounds::rows);
  CHECK(refused(rows));
  rows = both;
  rows.erase(rows.begin() + rounds::rows, rows.begin() + rounds::rows + 6);
  CHECK(refused(rows));
  // given: an end in the middle, a beginning in the middle, rows that begin with no call
  for (const auto& [row, flag] : {std::pair{3u, &rounds_row::is_last},
                                  {4u, &rounds_row::is_first},
                                  {13u, &rounds_row::is_first}}) {
    rows = first;
    rows[row].*flag = gl(1u);
    CHECK(refused(rows));
  }
  rows = first;
  rows[0].is_first = gl();
  CHECK(refused(rows));
  // given: a table that ends before the call does
  rows.clear();
  state c = any_state(13);
  for (u32 step = 0; step < 8; ++step) rows.push_back(half_round(c, step, step & 1, 4));
  rows.front().is_first = gl(1u);
  std::vector<bus_message> messages;
  CHECK(verdict_of(rows, messages, 8) != "");
}

namespace {

using blake3_row = row_of<blake3_chip>;

riscv::program two_calls() {
  program_writer w;
  for (u32 i = 0; i < 32; ++i) w.program.image.push_back({0x100 + 4 * i, 0x9e3779b9u * (i + 1)});
  w.call(riscv::ecall::blake3_compress, {0x200, 0x100, 0x120, 7, 64 | 11 << 8});
  w.call(riscv::ecall::blake3_compress, {0x220, 0x120, 0x140, 7, 64 | 11 << 8});
  return w.finish(0x200);
}

}  // namespace

TEST_CASE("blake3: length and flags are the bytes of their word", "[chips][forged]") {
  run_tables run = run_and_fill(two_calls());
  const blake3_row honest = row_at<blake3_chip>(table_in<blake3_chip>(run, 0), 0);
  row_check out;
  unsigned accepted = 0;
  for (u32 flags = 0; flags < 256; ++flags) {  // every length that leaves such flags
    blake3_row r = honest;
    r.length = r.argument[4].value - gl(flags) * gl(256u);
    accepted += row_holds<blake3_chip>(r, r, no_program, out);
  }
  CHECK(accepted == 1);
  // and the rounds start from the IV, the counter's upper word 0, by the description
  std::mt19937_64 random(14);
  blake3_row any{};
  gl* cells = reinterpret_cast<gl*>(&any);
  for (std::size_t i = 0; i < main_width<blake3_chip>; ++i) cells[i] = gl(u64{random()});
  any.is_real = gl(1u);
  row_holds<blake3_chip>(any, any, no_program, out);
  unsigned starts = 0;
  for (const auto& m : out.messages) {
    if (m.on != bus::blake3_in) continue;
    ++starts;
    for (unsigned i = 0; i < 4; ++i) CHECK(m.tuple[9 + i] == gl(crypto::blake3_iv[i]));
    CHECK(m.tuple[14] == gl());
    CHECK(m.tuple[15] + m.tuple[16] * gl(256u) == any.argument[4].value);
  }
  CHECK(starts == 1);
}

TEST_CASE("blake3: the result is the exclusive or of what the rounds gave", "[chips][forged]") {
  const riscv::program p = two_calls();
  const run_tables honest = run_and_fill(p);
  REQUIRE(verdict(honest, p) == "");
  run_tables run = honest;
  const auto change = [&](const auto& forge) {
    run = honest;
    auto& t = table_in<blake3_chip>(run, 0);
    blake3_row r = row_at<blake3_chip>(t, 0);
    forge(r);
    put_row<blake3_chip>(t, 0, r);
    return verdict(run, p);
  };
  const auto lookup = "blake3: lookup byte_and";
  for (u32 v = 1; v < 256; ++v)
    CHECK(change([&](blake3_row& r) {
            r.out[3][2] = gl(static_cast<u32>(r.out[3][2].value()) ^ v);
          }) == lookup);
  CHECK(change([](blake3_row& r) { r.out[0][0] = r.first[0][0] + r.second[0][0]; }) == lookup);
  // the same word in bytes that are none
  CHECK(change([](blake3_row& r) {
          r.first[0][0] += gl(256u);
          r.first[0][1] -= gl(1u);
        }) == lookup);
  // another state, with the result that follows from it
  CHECK(change([](blake3_row& r) {
          std::swap(r.first[0], r.first[1]);
          std::swap(r.second[0], r.second[1]);
          std::swap(r.out[0], r.out[1]);
        }).starts_with("bus "));
  CHECK(change([](blake3_row& r) { std::swap(r.first, r.second); }) == "bus blake3_out");
  // another start
  CHECK(change([](blake3_row& r) { r.argument[3].value += gl(1u); }).starts_with("bus "));
  CHECK(change([](blake3_row& r) {
          std::swap(r.block.word[0], r.block.word[1]);
        }).starts_with("bus "));
}

TEST_CASE("blake3: a call takes its own rounds", "[chips][forged]") {
  const riscv::program p = two_calls();
  const run_tables honest = run_and_fill(p);
  // given: the rounds of two calls with their times exchanged
  run_tables run = honest;
  auto& rows = table_in<rounds>(run, 0);
  const std::size_t time = column_of<rounds>(&rounds_row::time);
  for (u32 i = 0; i < rounds::rows; ++i)
    std::swap(rows.main.at(i, time), rows.main.at(rounds::rows + i, time));
  CHECK(verdict(run, p) == "bus blake3_in");
  // and the ends of two calls exchanged in the calls' rows, results and all
  run = honest;
  auto& calls = table_in<blake3_chip>(run, 0);
  blake3_row a = row_at<blake3_chip>(calls, 0), b = row_at<blake3_chip>(calls, 1);
  std::swap(a.first, b.first);
  std::swap(a.second, b.second);
  std::swap(a.out, b.out);
  put_row<blake3_chip>(calls, 0, a);
  put_row<blake3_chip>(calls, 1, b);
  CHECK(verdict(run, p).starts_with("bus "));
}

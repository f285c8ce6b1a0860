#include <functional>
#include <optional>
#include <random>

#include <catch2/catch.hpp>

#include "runtime/riscv/precompile.hpp"
#include "test/unit/chips/forgery.hpp"

// Rows of mod384 made from nothing but operands and a claimed result, with the best witness that a
// dishonest prover can find for it: only the true result must have one. And the quads of words
// that such rows lean on, in whole runs.

using namespace ashlar;
using namespace ashlar::stark;
using namespace ashlar::test;

namespace {

constexpr unsigned words = mod384_chip::words, halves = mod384_chip::halves,
                   carries = mod384_chip::carries;
using big = std::array<u32, words>;
using mod384_row = row_of<mod384_chip>;
using quad_row = row_of<word_quad_chip>;
const riscv::program no_program;

constexpr u32 f = 0xffffffff;
constexpr big zero{}, one{1}, all{f, f, f, f, f, f, f, f, f, f, f, f};
constexpr big bls_p{0xffffaaab, 0xb9feffff, 0xb153ffff, 0x1eabfffe, 0xf6b0f624, 0x6730d2a0,
                    0xf38512bf, 0x64774b84, 0x434bacd7, 0x4b1ba7b6, 0x397fe69a, 0x1a0111ea};

big add(const big& a, const big& b) {
  big out;
  u64 carry = 0;
  for (unsigned i = 0; i < words; ++i, carry >>= 32)
    out[i] = static_cast<u32>(carry += u64{a[i]} + b[i]);
  return out;
}
big subtract(const big& a, const big& b) {
  big inverted;
  for (unsigned i = 0; i < words; ++i) inverted[i] = ~b[i];
  return add(add(a, inverted), one);
}

struct operands {
  big a, b, c, m;
};
struct answer {
  big quotient, out;
  friend bool operator==(const answer&, const answer&) = default;
};
std::optional<answer> truth(const operands& o) {
  answer t;
  if (!riscv::mod384_mul_add(o.a.data(), o.b.data(), o.c.data(), o.m.data(), t.out.data(),
                             t.quotient.data()))
    return std::nullopt;
  return t;
}

// A word that need be none, as its lowest 16 bits and the rest.
void put_split(gl* two_halves, gl word) {
  two_halves[0] = gl(word.value() & 0xffff);
  two_halves[1] = (word - two_halves[0]) * inverse_two16;
}
template <std::size_t N>
void put_halves(gl (&cells)[N], const big& v) {
  for (unsigned i = 0; i < words; ++i) put_split(cells + 2 * i, gl(v[i]));
}

// A live row with everything but carries and comparison, which follow from what is claimed.
mod384_row claim(const operands& o, const answer& claimed) {
  mod384_row r{};
  r.is_real = gl(1u);
  r.time = gl(4u);
  r.modulus.link.gap_low = gl(3u);
  put_halves(r.a, o.a);
  put_halves(r.b, o.b);
  put_halves(r.m, o.m);
  put_halves(r.quotient, claimed.quotient);
  for (unsigned i = 0; i < words; ++i) {
    r.c[i] = gl(o.c[i]);
    r.out[i] = gl(claimed.out[i]);
  }
  return r;
}

std::array<gl, halves> columns_of(const mod384_row& r) {
  std::array<gl, halves> sums{};
  for (unsigned i = 0; i < halves; ++i)
    for (unsigned j = 0; j < halves; ++j)
      sums[(i + j) / 2] +=
          (r.a[i] * r.b[j] - r.quotient[i] * r.m[j]) * ((i + j) % 2 == 0 ? gl(1u) : two16);
  for (unsigned k = 0; k < words; ++k) sums[k] += r.c[k] - r.out[k];
  return sums;
}

// Carries that satisfy every column but number `open`: upwards from the lowest below it, downwards
// from the highest above.
void put_carries(mod384_row& r, unsigned open) {
  const std::array<gl, halves> sums = columns_of(r);
  constexpr gl inverse_two32 = two32.inverse();
  gl carry[carries];
  for (unsigned k = 0; k < open && k < carries; ++k)
    carry[k] = (sums[k] + (k == 0 ? gl() : carry[k - 1])) * inverse_two32;
  for (unsigned k = carries; k > open; --k)
    carry[k - 1] = (k == carries ? gl() : carry[k] * two32) - sums[k];
  for (unsigned k = 0; k < carries; ++k) put_split(r.carry + 2 * k, carry[k] + two31);
}

gl modulus_word(const mod384_row& r, unsigned i) {
  return r.m[2 * i] + r.m[2 * i + 1] * two16;
}

// Marks word `i` as the highest that differs; none where i is 12.
void put_mark(mod384_row& r, unsigned i) {
  for (gl& d : r.differs) d = gl();
  gl room;
  if (i < words) {
    r.differs[i] = gl(1u);
    room = modulus_word(r, i) - r.out[i] - gl(1u);
  }
  put_split(r.carry + 2 * carries, room);
}

// Whether the row's own constraints hold, and the table of quads can have what it sends there.
bool holds(const mod384_row& r) {
  row_check out;
  if (!row_holds<mod384_chip>(r, r, no_program, out)) return false;
  return std::all_of(out.messages.begin(), out.messages.end(), [](const bus_message& m) {
    const auto below = [&](unsigned first, unsigned end, u64 bound) {
      return std::all_of(m.tuple.begin() + first, m.tuple.begin() + end,
                         [&](gl e) { return e.value() < bound; });
    };
    if (m.on == bus::quad_halves) return below(3, 11, 1u << 16);
    return m.on != bus::quad_words || below(4, 8, u64{1} << 32);
  });
}

// Whether any setting of mark and carries passes.
bool any_witness(mod384_row r) {
  for (unsigned mark = 0; mark <= words; ++mark)
    for (unsigned open : {0u, 1u, 11u, 12u, 22u, 23u}) {
      put_mark(r, mark);
      put_carries(r, open);
      if (holds(r)) return true;
    }
  return false;
}
bool provable(const operands& o, const answer& claimed) {
  return any_witness(claim(o, claimed));
}

constexpr big middle{0, 0, 0, 0, 0, 0, 1};  // 2^192

std::vector<operands> cases() {
  std::mt19937 random(7);
  const auto any = [&] {
    big w;
    for (u32& v : w) v = static_cast<u32>(random());
    return w;
  };
  return {{any(), subtract(bls_p, {77}), any(), bls_p},
          {all, subtract(bls_p, one), all, bls_p},
          {all, all, subtract(all, one), all},
          {any(), one, zero, {7}},
          {zero, all, subtract(middle, one), middle},
          {middle, middle, one, add(middle, one)},
          {zero, zero, zero, one},
          {one, one, zero, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}};
}

}  // namespace

TEST_CASE("mod384: one quotient and one remainder have a witness", "[chips][forged]") {
  unsigned number = 0;
  for (const operands& o : cases()) {
    INFO("case " << number++);
    const auto t = truth(o);
    REQUIRE(t);
    CHECK(provable(o, *t));
    // The neighbours that keep q m + out modulo 2^384, first of all.
    for (const answer& wrong :
         {answer{subtract(t->quotient, one), add(t->out, o.m)},
          answer{add(t->quotient, one), subtract(t->out, o.m)},
          answer{add(t->quotient, middle), t->out}, answer{subtract(t->quotient, middle), t->out},
          answer{add(t->quotient, middle), subtract(t->out, middle)},
          answer{add(t->quotient, one), t->out}, answer{t->quotient, add(t->out, one)},
          answer{t->quotient, subtract(t->out, one)}, answer{t->quotient, subtract(zero, t->out)},
          answer{zero, o.c}, answer{zero, zero}, answer{all, t->out}, answer{t->quotient, all}})
      if (wrong != *t) CHECK_FALSE(provable(o, wrong));
  }
}

TEST_CASE("mod384: a quotient of 2^384 or more, or of m = 0, has no witness", "[chips][forged]") {
  for (const operands& o :
       {operands{all, all, zero, one}, operands{all, {2}, zero, one}, operands{all, one, one, one},
        operands{all, all, all, {2}}, operands{zero, zero, zero, zero},
        operands{one, one, one, zero}, operands{all, all, all, zero}}) {
    CHECK_FALSE(truth(o));
    const big low = o.b == all ? subtract(o.c, o.a) : zero;
    for (const big& q : {low, zero, all, add(o.c, subtract(zero, o.a))})
      for (const big& out : {zero, one, subtract(o.m, one), o.c, o.a})
        CHECK_FALSE(provable(o, {q, out}));
  }
}

TEST_CASE("mod384: numbers have one form, in words and in halves", "[chips][forged]") {
  const operands o{{5, 6, 7}, {3, 1, 4}, {9, 9, 9}, bls_p};
  const mod384_row honest = claim(o, *truth(o));
  REQUIRE(any_witness(honest));
  // given: the same integer, with a 2^32 moved from one word to the word below
  for (unsigned i = 0; i + 1 < words; ++i) {
    mod384_row r = honest;
    r.out[i] += two32;
    r.out[i + 1] -= gl(1u);
    CHECK_FALSE(any_witness(r));
  }
  // or a 2^16 from one half to the half below
  for (auto number : {&mod384_row::a, &mod384_row::b, &mod384_row::m, &mod384_row::quotient})
    for (unsigned i = 0; i + 1 < halves; ++i)
      for (const gl by : {gl(1u), -gl(1u)}) {
        mod384_row r = honest;
        (r.*number)[i] += two16 * by;
        (r.*number)[i + 1] -= by;
        CHECK_FALSE(any_witness(r));
      }
}

TEST_CASE("mod384: out below m is compared at one word", "[chips][forged]") {
  // given: out and m agree above word 3, where out is larger; below it is smaller
  const operands o{{0, 0, 0, 9, 5}, one, zero, {9, 0, 0, 8, 5}};
  REQUIRE(truth(o));
  CHECK_FALSE(provable(o, {zero, o.a}));
  CHECK_FALSE(provable(o, {zero, o.m}));
  mod384_row r = claim(o, {zero, o.a});
  // two marks, or a fraction of one, that weigh a smaller word against the larger
  for (const gl& share : {gl(1u), gl(2u).inverse(), gl(2u), -gl(1u)}) {
    put_mark(r, words);
    r.differs[0] = share;
    r.differs[3] = gl(1u) - share;
    put_split(r.carry + 2 * carries, r.differs[0] * (modulus_word(r, 0) - r.out[0]) +
                                         r.differs[3] * (modulus_word(r, 3) - r.out[3]) - gl(1u));
    put_carries(r, carries);
    CHECK_FALSE(holds(r));
  }
  const mod384_row idle{};
  CHECK(holds(idle));
}

TEST_CASE("mod384: carries are of integers, not of residues", "[chips][forged]") {
  const operands o{{1, 2, 3, 4}, {5, 6, 7}, {8}, bls_p};
  const answer t = *truth(o);
  mod384_row r = claim(o, t);
  unsigned mark = words - 1;
  while (t.out[mark] == o.m[mark]) --mark;
  put_mark(r, mark);
  put_carries(r, carries);
  REQUIRE(holds(r));
  // given: a word of out moved by what a carry can swallow modulo p
  for (unsigned k = 0; k < words; ++k)
    for (const gl& step : {gl(1u), -gl(1u), gl(0xffffffffu), two31}) {
      mod384_row bad = r;
      bad.out[k] += step;
      for (unsigned open = 0; open < halves; ++open) {
        put_carries(bad, open);
        CHECK_FALSE(holds(bad));
      }
    }
  // or a carry whose halves are no halves
  for (unsigned k = 0; k < carries; ++k) {
    mod384_row bad = r;
    bad.carry[2 * k] += two16;
    bad.carry[2 * k + 1] -= gl(1u);
    CHECK_FALSE(holds(bad));
  }
}

namespace {

// A call whose operands are all different, and what becomes of its tables.
struct called_once {
  riscv::program program;
  run_tables honest;

  called_once() {
    program_writer w;
    for (u32 i = 0; i < 60; ++i)
      w.program.image.push_back({0x100 + 4 * i, i == 23 ? 1 : 0x9e3779b9u * (i + 1) | 1});
    for (u32 m : {0x190u, 0x1c0u})
      w.call(riscv::ecall::mod384_mul_add, {0x200, 0x100, 0x130, 0x160, m});
    program = w.finish(0x200);
    honest = run_and_fill(program);
  }
  std::string after(
      const std::function<void(checked_table& calls, checked_table& quads)>& f) const {
    run_tables run = honest;
    f(table_in<mod384_chip>(run, 0), table_in<word_quad_chip>(run, 0));
    return verdict(run, program);
  }
  // `f` of the n-th quad: 0 the arguments; 1 to 3 a, then b, c, m, out; quotient from 16 on and
  // carries from 19 on.
  std::string after_quad(std::size_t n, const std::function<void(quad_row&)>& f) const {
    return after([&](auto&, auto& quads) {
      quad_row r = row_at<word_quad_chip>(quads, n);
      f(r);
      put_row<word_quad_chip>(quads, n, r);
    });
  }
};

}  // namespace

TEST_CASE("mod384: operands come from where the guest said, in its order", "[chips][forged]") {
  const called_once call;
  REQUIRE(call.honest.segments[0].mod384.size() == 2);
  REQUIRE(verdict(call.honest, call.program) == "");
  // a and b change places, which leaves the result as it is; or a and out
  for (const auto& [i, k] : {std::pair{1, 2}, {0, 1}, {1, 3}})
    CHECK(call.after([&, i = i, k = k](auto& calls, auto&) {
                mod384_row r = row_at<mod384_chip>(calls, 0);
                std::swap(r.pointer[i], r.pointer[k]);
                if (i == 1 && k == 2) std::swap(r.a, r.b);
                put_row<mod384_chip>(calls, 0, r);
              })
              .starts_with("bus "));
  // the same told by the arguments' quad: the registers are others
  CHECK(call.after([](auto& calls, auto& quads) {
    mod384_row r = row_at<mod384_chip>(calls, 0);
    r.pointer[0] += gl(64u);
    put_row<mod384_chip>(calls, 0, r);
    quad_row q = row_at<word_quad_chip>(quads, 0);
    q.low[0] += gl(64u);
    q.old[0] += gl(64u);
    put_row<word_quad_chip>(quads, 0, q);
    for (std::size_t i = 13; i < 16; ++i) {
      q = row_at<word_quad_chip>(quads, i);
      q.address += gl(64u);
      put_row<word_quad_chip>(quads, i, q);
    }
  }) == "bus memory");
  // a call answered twice, or not at all
  CHECK(call.after([](auto& calls, auto&) {
              put_row<mod384_chip>(calls, 2, row_at<mod384_chip>(calls, 0));
            })
            .starts_with("bus "));
  CHECK(call.after([](auto& calls, auto&) { put_row<mod384_chip>(calls, 0, mod384_row{}); })
            .starts_with("bus "));
}

TEST_CASE("word_quad: cells are those that were asked for, and unchanged where read",
          "[chips][forged]") {
  const called_once call;
  for (std::size_t n = 0; n < 25; ++n) {
    INFO("quad " << n);
    // left out, or there twice
    CHECK(call.after_quad(n, [](auto& r) { r = quad_row{}; }).starts_with("bus "));
    CHECK(call.after([&](auto&, auto& quads) {
                put_row<word_quad_chip>(quads, 60, row_at<word_quad_chip>(quads, n));
              })
              .starts_with("bus "));
    // neither kind, or both at once, or a part of each
    CHECK(call.after_quad(n, [](auto& r) { r.is_words = r.is_halves = gl(); }) != "");
    CHECK(call.after_quad(n, [](auto& r) { r.is_words = r.is_halves = gl(1u); }) ==
          "word_quad: constraint");
    CHECK(call.after_quad(n, [](auto& r) { r.is_words = r.is_halves = gl(2u).inverse(); }) ==
          "word_quad: constraint");
    // cells that are not accessed, or no cells that are
    CHECK(call.after_quad(n, [](auto& r) { r.accesses = gl(1u) - r.accesses; }) ==
          "word_quad: constraint");
    CHECK(call.after_quad(n, [](auto& r) {
      r.space = gl(1u) - r.space;
      r.accesses = r.is_words + r.is_halves * r.space;
    }) != "");
    // written where it is read, and the other way round
    CHECK(call.after_quad(n, [](auto& r) { r.is_write = gl(1u) - r.is_write; }) != "");
    // other cells, at another time
    CHECK(call.after_quad(n, [](auto& r) { r.address += gl(4u); }).starts_with("bus "));
    CHECK(call.after_quad(n,
                          [](auto& r) {
                            r.time += gl(1u);
                            for (auto& l : r.link) l.gap_low += gl(1u);
                          })
              .starts_with("bus "));
    // a word that is another after it was read
    for (unsigned k = 0; n < 13 && k < 4; ++k)
      CHECK(call.after_quad(n, [&](auto& r) { r.low[k] += gl(1u); }) == "word_quad: constraint");
  }
  // halves written back in place of what is read: neither by the flag nor without it
  for (const bool flag : {true, false})
    CHECK(call.after_quad(1, [&](auto& r) {
      r.is_write = gl(u32{flag});
      r.low[0] = gl(7u);
    }) == "word_quad: constraint");
}

TEST_CASE("word_quad: a number is below 2^16, whoever asks", "[chips][forged]") {
  const called_once call;
  // The same integer with a 2^16 more in one half, told alike by the call's row and by its quads.
  for (unsigned k = 0; k < 2 * carries + 2; k += 2)
    CHECK(call.after([&](auto& calls, auto& quads) {
      mod384_row r = row_at<mod384_chip>(calls, 0);
      r.carry[k] += two16;
      r.carry[k + 1] -= gl(1u);
      put_row<mod384_chip>(calls, 0, r);
      quad_row q = row_at<word_quad_chip>(quads, 19 + k / 8);
      q.low[k / 2 % 4] += two16;
      q.high[k / 2 % 4] -= gl(1u);
      put_row<word_quad_chip>(quads, 19 + k / 8, q);
    }) == "word_quad: lookup range16");
  // A word of out that is none, with the one above it making up for it.
  CHECK(call.after([](auto& calls, auto& quads) {
    mod384_row r = row_at<mod384_chip>(calls, 0);
    r.out[0] += two32;
    r.out[1] -= gl(1u);
    put_carries(r, carries);
    put_row<mod384_chip>(calls, 0, r);
    quad_row q = row_at<word_quad_chip>(quads, 13);
    q.high[0] += two16;
    put_split(&r.a[0], r.out[1]);
    q.low[1] = r.a[0];
    q.high[1] = r.a[1];
    put_row<word_quad_chip>(quads, 13, q);
  }) != "");
}

#include <optional>
#include <random>

#include <catch2/catch.hpp>

#include "runtime/riscv/precompile.hpp"
#include "test/unit/chips/forgery.hpp"

// Rows of mod256 and ext3 made from nothing but operands and a claimed result, with the best
// witness that a dishonest prover can find for it: only the true result must have one.

using namespace ashlar;
using namespace ashlar::stark;
using namespace ashlar::test;

namespace {

using big = std::array<u32, 8>;
using mod256_row = row_of<mod256_chip>;
const riscv::program no_program;

constexpr u32 f = 0xffffffff;
constexpr big zero{}, one{1}, all{f, f, f, f, f, f, f, f};
constexpr big secp256k1_p{0xfffffc2f, 0xfffffffe, f, f, f, f, f, f};

big add(const big& a, const big& b, bool* over = nullptr) {
  big out;
  u64 carry = 0;
  for (unsigned i = 0; i < 8; ++i, carry >>= 32)
    out[i] = static_cast<u32>(carry += u64{a[i]} + b[i]);
  if (over != nullptr) *over = carry != 0;
  return out;
}
big subtract(const big& a, const big& b) {
  big inverted;
  for (unsigned i = 0; i < 8; ++i) inverted[i] = ~b[i];
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
  if (!riscv::mod256_mul_add(o.a.data(), o.b.data(), o.c.data(), o.m.data(), t.out.data(),
                             t.quotient.data()))
    return std::nullopt;
  return t;
}

gl low_half(gl word) {
  return gl(word.value() & 0xffff);
}
void put_words(gl (&cells)[8], const big& words) {
  for (unsigned i = 0; i < 8; ++i) cells[i] = gl(words[i]);
}

// A live row with everything but carries and comparison, which follow from what is claimed.
mod256_row claim(const operands& o, const answer& claimed) {
  mod256_row r{};
  r.is_real = gl(1u);
  r.time = gl(4u);
  put_words(r.a.word, o.a);
  put_words(r.b.word, o.b);
  put_words(r.c.word, o.c);
  put_words(r.m.word, o.m);
  put_words(r.out.word, claimed.out);
  put_words(r.quotient, claimed.quotient);
  // No access before: the gap to time 0 has its low half in the link.
  const auto touch = [](access_link<gl>& l, u32 time) { l.gap_low = gl(time - 1); };
  for (auto& argument : r.argument) touch(argument.link, 4);
  for (unsigned i = 0; i < 8; ++i) {
    touch(r.a.link[i], 4);
    touch(r.b.link[i], 5);
    touch(r.c.link[i], 6);
    touch(r.m.link[i], 7);
    touch(r.out.link[i], 7);
  }
  return r;
}

void put_halves(mod256_row& r) {
  for (unsigned i = 0; i < 8; ++i) {
    r.a_low[i] = low_half(r.a.word[i]);
    r.b_low[i] = low_half(r.b.word[i]);
    r.m_low[i] = low_half(r.m.word[i]);
    r.quotient_low[i] = low_half(r.quotient[i]);
    r.out.low[i] = low_half(r.out.word[i]);
  }
}

// The sixteen columns of a b + c - q m - out, as elements.
std::array<gl, 16> columns_of(const mod256_row& r) {
  gl a[16], b[16], q[16], m[16];
  const auto halves = [](const gl(&words)[8], const gl(&low)[8], gl(&out)[16]) {
    for (unsigned i = 0; i < 8; ++i) {
      out[2 * i] = low[i];
      out[2 * i + 1] = (words[i] - low[i]) * inverse_two16;
    }
  };
  halves(r.a.word, r.a_low, a);
  halves(r.b.word, r.b_low, b);
  halves(r.quotient, r.quotient_low, q);
  halves(r.m.word, r.m_low, m);
  std::array<gl, 16> sums{};
  for (unsigned i = 0; i < 16; ++i)
    for (unsigned j = 0; j < 16; ++j)
      sums[(i + j) / 2] += (a[i] * b[j] - q[i] * m[j]) * ((i + j) % 2 == 0 ? gl(1u) : two16);
  for (unsigned k = 0; k < 8; ++k) sums[k] += r.c.word[k] - r.out.word[k];
  for (unsigned k = 0; k < 8; ++k) sums[8 + k] -= r.m_is_zero * r.quotient[k];
  return sums;
}

// Carries that satisfy every column but number `open`: upwards from the lowest below it, downwards
// from the highest above.
void put_carries(mod256_row& r, unsigned open) {
  const std::array<gl, 16> sums = columns_of(r);
  constexpr gl inverse_two32 = two32.inverse();
  gl carry[15];
  for (unsigned k = 0; k < open && k < 15; ++k)
    carry[k] = (sums[k] + (k == 0 ? gl() : carry[k - 1])) * inverse_two32;
  for (unsigned k = 15; k > open; --k) carry[k - 1] = (k == 15 ? gl() : carry[k] * two32) - sums[k];
  for (unsigned k = 0; k < 15; ++k) {
    r.carry[k] = carry[k] + two31;
    r.carry_low[k] = low_half(r.carry[k]);
  }
}

// Marks word `i` as the highest that differs; none where i is 8.
void put_mark(mod256_row& r, unsigned i) {
  for (gl& d : r.differs) d = gl();
  r.room = gl();
  if (i < 8) {
    r.differs[i] = gl(1u);
    r.room = r.m.word[i] - r.out.word[i] - gl(1u);
  }
  r.room_low = low_half(r.room);
}

bool holds(const mod256_row& r) {
  row_check out;
  return row_holds<mod256_chip>(r, r, no_program, out);
}

// Whether any setting of flag, mark and carries passes.
bool any_witness(mod256_row r) {
  for (unsigned whole = 0; whole < 2; ++whole)
    for (unsigned mark = 0; mark <= 8; ++mark)
      for (unsigned open : {0u, 1u, 7u, 8u, 14u, 15u}) {
        r.m_is_zero = gl(whole);
        put_mark(r, mark);
        put_carries(r, open);
        if (holds(r)) return true;
      }
  return false;
}
bool provable(const operands& o, const answer& claimed) {
  mod256_row r = claim(o, claimed);
  put_halves(r);
  return any_witness(r);
}

std::vector<operands> cases() {
  std::mt19937 random(7);
  const auto any = [&] {
    big w;
    for (u32& v : w) v = static_cast<u32>(random());
    return w;
  };
  const big half{0, 0, 0, 0, 1};  // 2^128
  return {{any(), any(), any(), secp256k1_p},
          {all, subtract(secp256k1_p, one), all, secp256k1_p},
          {all, all, subtract(all, one), all},
          {any(), one, zero, {7}},
          {zero, all, subtract(half, one), half},
          {half, half, one, add(half, one)},
          {any(), any(), any(), zero},
          {all, all, all, zero},
          {zero, zero, zero, zero},
          {zero, zero, zero, one},
          {one, one, zero, {0, 0, 0, 0, 0, 0, 0, 1}}};
}

}  // namespace

TEST_CASE("mod256: one quotient and one remainder have a witness", "[chips][forged]") {
  unsigned number = 0;
  for (const operands& o : cases()) {
    INFO("case " << number++);
    const auto t = truth(o);
    REQUIRE(t);
    CHECK(provable(o, *t));
    const big half{0, 0, 0, 0, 1};
    // The neighbours that keep q m + out modulo 2^256, first of all: out + m, out - m (which
    // wraps), and multiples of 2^256 / m where m is a power of two.
    for (const answer& wrong :
         {answer{subtract(t->quotient, one), add(t->out, o.m)},
          answer{add(t->quotient, one), subtract(t->out, o.m)},
          answer{add(t->quotient, half), t->out}, answer{subtract(t->quotient, half), t->out},
          answer{add(t->quotient, half), subtract(t->out, half)},
          answer{add(t->quotient, one), t->out}, answer{t->quotient, add(t->out, one)},
          answer{t->quotient, subtract(t->out, one)}, answer{t->quotient, subtract(zero, t->out)},
          answer{zero, o.c}, answer{zero, zero}, answer{all, t->out}, answer{t->quotient, all}})
      if (wrong != *t) CHECK_FALSE(provable(o, wrong));
  }
}

TEST_CASE("mod256: a quotient of 2^256 or more has no witness", "[chips][forged]") {
  for (const operands& o : {operands{all, all, zero, one}, operands{all, {2}, zero, one},
                            operands{all, one, one, one}, operands{all, all, all, {2}}}) {
    CHECK_FALSE(truth(o));
    // Whatever of it is kept: its low part with the remainder, or what makes up for it.
    big low = o.b == all ? subtract(o.c, o.a) : zero;
    for (const big& q : {low, zero, all, add(o.c, subtract(zero, o.a))})
      for (const big& out : {zero, one, subtract(o.m, one), o.c, o.a})
        CHECK_FALSE(provable(o, {q, out}));
  }
}

TEST_CASE("mod256: numbers have one form, in words and in halves", "[chips][forged]") {
  const operands o{{5, 6, 7}, {3, 1, 4}, {9, 9, 9}, secp256k1_p};
  const answer t = *truth(o);
  mod256_row honest = claim(o, t);
  put_halves(honest);
  REQUIRE(any_witness(honest));
  // given: the same integer, with a 2^32 moved from one word to the word below
  const auto moved = [](gl(&words)[8], unsigned to) {
    words[to] += two32;
    words[to + 1] -= gl(1u);
  };
  for (unsigned i = 0; i + 1 < 8; ++i) {
    mod256_row r = honest;
    moved(r.out.word, i);
    put_halves(r);
    CHECK_FALSE(any_witness(r));
    r = honest;
    moved(r.quotient, i);
    put_halves(r);
    CHECK_FALSE(any_witness(r));
  }
  // and the same word, with a 2^16 moved from its high half to its low one
  for (auto halves :
       {&mod256_row::a_low, &mod256_row::b_low, &mod256_row::m_low, &mod256_row::quotient_low})
    for (const gl by : {two16, -two16, gl(1u), -gl(1u)}) {
      mod256_row r = honest;
      (r.*halves)[0] += by;
      CHECK_FALSE(any_witness(r));
    }
}

TEST_CASE("mod256: out below m is compared at one word, and m = 0 is no choice",
          "[chips][forged]") {
  // given: out and m agree above word 3, where out is larger; below it is smaller
  const operands o{{0, 0, 0, 9, 5}, one, zero, {9, 0, 0, 8, 5}};
  const auto t = truth(o);
  REQUIRE(t);
  CHECK_FALSE(provable(o, {zero, o.a}));
  CHECK_FALSE(provable(o, {zero, o.m}));
  mod256_row r = claim(o, {zero, o.a});
  put_halves(r);
  // two marks, or a fraction of one, that weigh a smaller word against the larger
  for (const gl& share : {gl(1u), gl(2u).inverse(), gl(2u), -gl(1u)}) {
    put_mark(r, 8);
    r.differs[0] = share;
    r.differs[3] = gl(1u) - share;
    r.room = r.differs[0] * (r.m.word[0] - r.out.word[0]) +
             r.differs[3] * (r.m.word[3] - r.out.word[3]) - gl(1u);
    r.room_low = low_half(r.room);
    put_carries(r, 15);
    CHECK_FALSE(holds(r));
  }
  // m = 0 claimed of an m that is not, in full or in part; and of a row that is none
  for (const gl& flag : {gl(1u), gl(2u).inverse(), -gl(1u)}) {
    mod256_row whole = claim(o, {zero, o.a});
    put_halves(whole);
    whole.m_is_zero = flag;
    put_mark(whole, 8);
    put_carries(whole, 15);
    CHECK_FALSE(holds(whole));
  }
  mod256_row idle{};
  REQUIRE(holds(idle));
  idle.m_is_zero = gl(1u);
  CHECK_FALSE(holds(idle));
}

TEST_CASE("mod256: carries are of integers, not of residues", "[chips][forged]") {
  const operands o{{1, 2, 3, 4}, {5, 6, 7}, {8}, secp256k1_p};
  const answer t = *truth(o);
  mod256_row r = claim(o, t);
  put_halves(r);
  unsigned mark = 7;
  while (t.out[mark] == o.m[mark]) --mark;
  put_mark(r, mark);
  put_carries(r, 15);
  REQUIRE(holds(r));
  // given: a word of out moved by what a carry can swallow modulo p
  for (unsigned k = 0; k < 8; ++k)
    for (const gl& step : {gl(1u), -gl(1u), gl(0xffffffffu), two31}) {
      mod256_row bad = r;
      bad.out.word[k] += step;
      put_halves(bad);
      for (unsigned open = 0; open < 16; ++open) {
        put_carries(bad, open);
        CHECK_FALSE(holds(bad));
      }
    }
  // or a carry whose halves are no halves
  for (unsigned k = 0; k < 15; ++k) {
    mod256_row bad = r;
    bad.carry[k] += two32;
    bad.carry_low[k] += two16;
    CHECK_FALSE(holds(bad));
  }
}

namespace {

using ext3_row = row_of<ext3_chip>;
using element = std::array<u64, 3>;

ext3_row ext3_claim(const element& a, const element& b, const element& c, const element& out) {
  ext3_row r{};
  r.is_real = gl(1u);
  r.time = gl(4u);
  const auto put = [](gl(&words)[6], const element& e) {
    for (unsigned i = 0; i < 3; ++i) {
      words[2 * i] = gl(static_cast<u32>(e[i]));
      words[2 * i + 1] = gl(e[i] >> 32);
    }
  };
  put(r.a.word, a);
  put(r.b.word, b);
  put(r.c.word, c);
  put(r.out.word, out);
  const auto touch = [](access_link<gl>& l, u32 time) { l.gap_low = gl(time - 1); };
  for (auto& argument : r.argument) touch(argument.link, 4);
  for (unsigned i = 0; i < 6; ++i) {
    touch(r.a.link[i], 4);
    touch(r.b.link[i], 5);
    touch(r.c.link[i], 6);
    touch(r.out.link[i], 7);
    r.out.low[i] = low_half(r.out.word[i]);
  }
  return r;
}

bool any_inverse(ext3_row r) {
  row_check out;
  for (unsigned tries = 0; tries < 3; ++tries) {
    for (unsigned i = 0; i < 3; ++i) {
      const gl honest = (r.out.word[2 * i + 1] - gl(0xffffffffu)).inverse();
      r.inverse[i] = tries == 0 ? honest : gl(tries - 1);
    }
    if (row_holds<ext3_chip>(r, r, no_program, out)) return true;
  }
  return false;
}

element ext3_truth(const element& a, const element& b, const element& c) {
  u32 words[3][6], out[6];
  const element* from[3] = {&a, &b, &c};
  for (unsigned n = 0; n < 3; ++n)
    for (unsigned i = 0; i < 6; ++i)
      words[n][i] = static_cast<u32>((*from[n])[i / 2] >> (32 * (i % 2)));
  riscv::ext3_mul_add(words[0], words[1], words[2], out);
  element e;
  for (unsigned i = 0; i < 3; ++i) e[i] = u64{out[2 * i + 1]} << 32 | out[2 * i];
  return e;
}

}  // namespace

TEST_CASE("ext3: the canonical result alone has a witness", "[chips][forged]") {
  constexpr u64 p = gl::modulus;
  // Operands may be any words, those of p and above included.
  for (const auto& [a, b, c] : std::vector<std::array<element, 3>>{
           {{{1, 0, 0}, {3, 0xfffffffd, 0}, {0, 0, 0}}},
           {{{p, p + 1, ~u64{0}}, {p - 1, 2, p + 5}, {~u64{0}, p, 1}}},
           {{{0, 0, 0}, {~u64{0}, ~u64{0}, ~u64{0}}, {p, p + 7, 0xfffffffe}}},
           {{{5, 6, 7}, {0x123456789abcdef0, 42, p - 2}, {p - 1, p - 1, p - 1}}}}) {
    const element right = ext3_truth(a, b, c);
    CHECK(any_inverse(ext3_claim(a, b, c, right)));
    for (unsigned i = 0; i < 3; ++i) {
      CHECK(right[i] < p);
      for (const u64 wrong : {right[i] + p, right[i] - p, right[i] + 1, right[i] - 1, p - right[i],
                              right[i] ^ u64{1} << 63}) {
        element out = right;
        out[i] = wrong;
        if (out != right) CHECK_FALSE(any_inverse(ext3_claim(a, b, c, out)));
      }
      // The same number in words that are none.
      ext3_row r = ext3_claim(a, b, c, right);
      r.out.word[2 * i] += two32;
      r.out.word[2 * i + 1] -= gl(1u);
      r.out.low[2 * i] = low_half(r.out.word[2 * i]);
      r.out.low[2 * i + 1] = low_half(r.out.word[2 * i + 1]);
      CHECK_FALSE(any_inverse(r));
    }
    // Other reductions: X^3 = -2, 1, 0 would give these for the first coefficient.
    const gl cross = gl(a[1]) * gl(b[2]) + gl(a[2]) * gl(b[1]);
    for (const gl times : {gl(4u), gl(1u), gl(2u)}) {
      element out = right;
      out[0] = (gl(right[0]) - cross * times).value();
      if (out != right) CHECK_FALSE(any_inverse(ext3_claim(a, b, c, out)));
    }
  }
}

TEST_CASE("operands come from where the guest said, in its order", "[chips][forged]") {
  program_writer w;
  w.program.image = {{0x100, 3}, {0x120, 5}, {0x140, 7}, {0x160, 100}};
  w.call(riscv::ecall::mod256_mul_add, {0x200, 0x100, 0x120, 0x140, 0x160});
  const riscv::program p = w.finish(0x200);
  const run_tables honest = run_and_fill(p);
  REQUIRE(verdict(honest, p) == "");

  // when: a and c change places in the row (a b + c of the others), with a result that follows
  run_tables run = honest;
  auto& t = table_in<mod256_chip>(run, 0);
  mod256_row r = row_at<mod256_chip>(t, 0);
  std::swap(r.a.word, r.c.word);
  std::swap(r.argument[1].value, r.argument[3].value);
  for (unsigned i = 0; i < 8; ++i) r.out.word[i] = gl(i == 0 ? 7 * 5 + 3u : 0u);
  put_halves(r);
  put_carries(r, 15);
  put_mark(r, 0);
  put_row<mod256_chip>(t, 0, r);
  CHECK(verdict(run, p) == "bus memory");

  // when: one call's row is answered twice, or not at all, or by a row of another time
  run = honest;
  put_row<mod256_chip>(table_in<mod256_chip>(run, 0), 1,
                       row_at<mod256_chip>(table_in<mod256_chip>(run, 0), 0));
  CHECK(verdict(run, p).starts_with("bus "));

  // and the same of ext3, on its machine
  program_writer field;
  field.program.image = {{0x100, 3}, {0x120, 5}, {0x140, 7}};
  field.call(riscv::ecall::ext3_mul_add, {0x240, 0x100, 0x120, 0x140});
  const riscv::program q = field.finish(0x240);
  run = run_and_fill(q, {}, {}, machine_kind::recursion);
  REQUIRE(verdict(run, q) == "");
  put_row<ext3_chip>(table_in<ext3_chip>(run, 0), 0, ext3_row{});
  CHECK(verdict(run, q) == "bus memory");
}

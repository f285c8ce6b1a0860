#include <functional>

#include <catch2/catch.hpp>

#include "test/unit/chips/forgery.hpp"

// Bugs that other provable machines have had, one test each: a forged row is the best that a
// dishonest prover can make of its cells, and must be refused; the honest row stands beside it.

using namespace ashlar;
using namespace ashlar::stark;
using namespace ashlar::test;
using riscv::operation;

namespace {

// One instruction's row, with the program around it.
template <class Chip>
struct forgery {
  riscv::program program;
  row_of<Chip> honest, row;

  // rs1 = a, rs2 = b, then the operation.
  forgery(operation o, u32 a, u32 b, u32 imm = 0, bool immediate = false) {
    program_writer w;
    w.load_immediate(1, a).load_immediate(2, b);
    const bool branches = o >= operation::beq && o <= operation::bgeu;
    w.emit(o, branches ? riscv::sink_register : 3, 1, immediate ? 0 : 2, imm);
    program = w.finish();
    const auto run = run_and_fill(program);
    const auto& t = run.parts[0][execution_chips::place<Chip>()];
    const std::size_t at = std::is_same_v<Chip, add_chip> ? 2 : 0;  // behind the immediates
    row = honest = row_at<Chip>(t, at);
    REQUIRE(accepted());
  }

  bool accepted() const {
    row_check out;
    return row_holds<Chip>(row, row, program, out);
  }
};

using mul_div = forgery<mul_div_chip>;

// Tries every setting of the sign cells with the quotient and remainder (or product halves) given.
bool any_signs(mul_div& f, u64 low, u64 high) {
  auto& r = f.row;
  r.low = gl(low);
  r.low_low = gl(low & 0xffff);
  r.high = gl(high);
  r.high_low = gl(high & 0xffff);
  r.result = r.upper.is_zero() ? r.low : r.high;
  for (unsigned bits = 0; bits < 64; ++bits) {
    r.negative = gl(bits & 1);
    r.r_negative = gl(bits >> 1 & 1);
    r.by_zero = gl(bits >> 2 & 1);
    r.sign = gl(bits >> 3 & 1);
    r.first_sign = gl(bits >> 4 & 1);
    r.second_sign = gl(bits >> 5 & 1);
    if (!r.is_mul.is_zero()) {
      r.witness = (r.high - (gl(1u) - r.negative) * gl(0xffffffffu)).inverse();
    } else {
      const gl divisor = r.rs2_value - r.second_sign * two32, rest = r.high - r.r_negative * two32;
      r.witness =
          divisor - divisor * r.second_sign * gl(2u) - rest + rest * r.r_negative * gl(2u) - gl(1u);
      r.witness_low = gl(r.witness.value() & 0xffff);
    }
    if (f.accepted()) return true;
  }
  return false;
}

u32 low_of(gl v) {
  return static_cast<u32>(v.value());
}

}  // namespace

TEST_CASE("a division has one quotient and one remainder", "[chips][bugs]") {
  const u32 corners[] = {0, 1, 2, 3, 7, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff};
  for (operation o : {operation::div, operation::divu, operation::rem, operation::remu})
    for (u32 n : corners)
      for (u32 d : corners) {
        INFO("operation " << static_cast<int>(o) << " of " << n << " and " << d);
        mul_div f(o, n, d);
        const u32 q = low_of(f.honest.low), r = low_of(f.honest.high);
        CHECK(any_signs(f, q, r));
        // Every neighbour that keeps n = q d + r, and the usual wrong answers.
        for (u32 k : {1u, 2u, 0xffffffffu, 0xfffffffeu, 0x80000000u})
          CHECK_FALSE(any_signs(f, q + k, r - k * d));
        for (const auto& [q2, r2] : {std::pair<u32, u32>{0, n},
                                     {0, 0},
                                     {0xffffffff, n},
                                     {0x80000000, 0},
                                     {0x7fffffff, 0},
                                     {q, 0 - r},
                                     {0 - q, r},
                                     {0 - q, 0 - r},
                                     {1, n - d},
                                     {0xffffffff, n + d}})
          if (q2 != q || r2 != r) CHECK_FALSE(any_signs(f, q2, r2));
      }
}

TEST_CASE("a product has one low and one high word", "[chips][bugs]") {
  const u32 corners[] = {0, 1, 2, 3, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff};
  for (operation o : {operation::mul, operation::mulh, operation::mulhsu, operation::mulhu})
    for (u32 a : corners)
      for (u32 b : corners) {
        INFO("operation " << static_cast<int>(o) << " of " << a << " and " << b);
        mul_div f(o, a, b);
        const u64 low = f.honest.low.value(), high = f.honest.high.value();
        const u64 product = low | high << 32;
        CHECK(any_signs(f, low, high));
        // The aliases modulo p, and modulo p with 2^64 added or taken, and the unsigned product.
        for (u64 alias : {product + gl::modulus, product - gl::modulus, u64{a} * b,
                          u64{a} * b - (u64{a} << 32), u64{a} * b - (u64{b} << 32), u64{0},
                          product + 1, product - 1, product ^ (u64{1} << 63)})
          if (alias != product) CHECK_FALSE(any_signs(f, alias & 0xffffffff, alias >> 32));
      }
}

TEST_CASE("a shift has one result, and SRA extends the sign", "[chips][bugs]") {
  for (operation o : {operation::sll, operation::srl, operation::sra})
    for (u32 a : {0u, 1u, 0x7fffffffu, 0x80000000u, 0xffffffffu, 0x12345678u})
      for (u32 s : {0u, 1u, 16u, 31u, 32u, 0xffffffffu}) {
        forgery<shift_chip> f(o, a, s);
        const auto attempt = [&](u64 result, u64 rest, u64 exponent, u64 above, bool sign) {
          auto& r = f.row;
          r.result = gl(result);
          r.result_low = gl(result & 0xffff);
          r.rest = gl(rest);
          r.rest_low = gl(rest & 0xffff);
          r.exponent = gl(exponent);
          r.power = gl(u64{1} << (exponent & 31));
          r.above = gl(above);
          r.above_low = gl(above & 0xffff);
          r.sign = gl(u32{sign});
          return f.accepted();
        };
        const u64 right = f.honest.result.value();
        const u64 above = f.honest.above.value();
        const bool left = o == operation::sll;
        INFO("operation " << static_cast<int>(o) << " of " << a << " by " << s);
        // For each amount a prover may claim and either sign: what the equation then gives.
        for (u64 e = 0; e < 32; ++e)
          for (bool sign : {false, true}) {
            const u64 product = u64{a} << e;
            u64 result = left ? product & 0xffffffff : product >> 31;
            const u64 rest = left ? product >> 32 : product & 0x7fffffff;
            if (sign) result = (result + (u64{1} << 32) - (u64{2} << e)) & 0xffffffff;
            const u64 amount = left ? e : 31 - e;
            for (u64 claimed : {above, u64{s - static_cast<u32>(amount)} / 32})
              if (attempt(result, rest, e, claimed, sign)) CHECK(result == right);
          }
        // The alias of a product of zero: 2^32 (2^32 - 1) + 1 = 0 modulo p.
        if (right != 1)
          CHECK_FALSE(attempt(1, 0xffffffff, f.honest.exponent.value(), above, false));
      }
}

TEST_CASE("JALR clears bit 0 and reaches only instructions", "[chips][bugs]") {
  for (u32 low : {0u, 1u}) {
    const u32 target = 0x100c;  // behind the jump
    forgery<compare_chip> f(operation::jalr, target + low - 0x40, 0, 0x40, true);
    unsigned reachable = 0;
    for (u32 bit : {0u, 1u})
      for (u32 carry : {0u, 1u}) {
        auto& r = f.row;
        r.rs1_sign = gl(bit);
        r.holds = r.taken = gl(carry);
        r.next_pc = r.rs1_value + r.imm - gl(bit) - two32 * gl(carry);
        REQUIRE(f.accepted());
        for (u32 i = 0; i < f.program.code.size(); ++i)
          reachable += r.next_pc == gl(f.program.pc_of(i));
        CHECK(r.next_pc != halted_pc);
      }
    CHECK(reachable == 1);
  }
}

TEST_CASE("a comparison has one outcome", "[chips][bugs]") {
  const u32 corners[] = {0, 1, 2, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff};
  for (operation o : {operation::slt, operation::sltu})
    for (u32 a : corners)
      for (u32 b : corners) {
        forgery<compare_chip> f(o, a, b);
        auto& r = f.row;
        for (unsigned bits = 0; bits < 8; ++bits) {
          r.holds = r.taken = r.result = gl(bits & 1);
          r.rs1_sign = gl(bits >> 1 & 1);
          r.second_sign = gl(bits >> 2 & 1);
          const gl gap = r.rs1_value - r.second + (r.holds - r.rs1_sign + r.second_sign) * two32;
          r.witness = gl(gap.value() & 0xffff);
          if (f.accepted()) CHECK(r.result == f.honest.result);
        }
      }
}

TEST_CASE("a row without a selector, or with two, executes nothing", "[chips][bugs]") {
  forgery<add_chip> f(operation::add, 3, 4);
  f.row.is_add = gl();
  CHECK(f.accepted());  // but it is silent:
  row_check out;
  check_row<add_chip>({reinterpret_cast<const gl*>(&f.row), reinterpret_cast<const gl*>(&f.row),
                       nullptr, nullptr, nullptr, false, false},
                      out);
  CHECK(out.messages.empty());
  f.row.is_add = f.row.is_sub = gl(1u);
  CHECK_FALSE(f.accepted());
  f.row.is_add = gl(2u);
  f.row.is_sub = -gl(1u);
  CHECK_FALSE(f.accepted());
}

TEST_CASE("a result that is no word is refused", "[chips][bugs]") {
  forgery<add_chip> f(operation::add, 0xffffffff, 1);
  f.row.result = two32;  // the sum without its carry
  f.row.result_low = gl();
  CHECK_FALSE(f.accepted());
  f.row.result_low = two32;
  CHECK_FALSE(f.accepted());
}

TEST_CASE("an instruction cannot be read as another", "[chips][bugs]") {
  // given: parts of the packed instruction moved between code, registers and imm
  forgery<add_chip> f(operation::add, 3, 4);
  f.row.rd = gl();  // x0
  CHECK_FALSE(f.accepted());
  f.row = f.honest;
  f.row.rs1 = f.row.rs1 + gl(64u);
  f.row.rs2 = f.row.rs2 - gl(1u);
  // The packed sum is the same, so the row alone passes; register 65 is no cell.
  CHECK(f.accepted());
  f.row = f.honest;
  f.row.imm = gl(1u);
  CHECK_FALSE(f.accepted());

  forgery<compare_chip> branch(operation::bne, 1, 1, 0x1010);
  branch.row.rd = branch.row.rd - gl(64u);
  branch.row.rs1 = branch.row.rs1 + gl(1u);
  CHECK_FALSE(branch.accepted());  // a branch leaves rd alone, so it is fixed
}

TEST_CASE("a sub-word load extends its own part's sign, and only that", "[chips][bugs]") {
  using enum operation;
  for (operation o : {lb, lbu, lh, lhu})
    for (u32 offset : {0u, 1u, 2u, 3u}) {
      const bool half = o == lh || o == lhu;
      if (half && offset % 2 != 0) continue;
      for (u32 word : {0x80ff7f01u, 0x7f80ff80u, 0xffffffffu, 0u}) {
        program_writer w;
        w.program.image = {{0x100, word}};
        if (word == 0) w.program.image.clear();
        w.emit(o, 3, 0, 0, 0x100 + offset);
        const riscv::program p = w.finish();
        const auto run = run_and_fill(p);
        const auto honest =
            row_at<sub_word_chip>(run.parts[0][execution_chips::place<sub_word_chip>()], 0);
        // when: any part is taken for the one, with any sign
        for (u32 at = 0; at < 6; ++at)
          for (u32 bits = 0; bits < 4; ++bits) {
            auto r = honest;
            for (unsigned i = 0; i < 4; ++i) r.byte[i] = gl(u32{at == i});
            for (unsigned i = 0; i < 2; ++i) r.half[i] = gl(u32{at == 4 + i});
            r.is_signed = gl(bits & 1);
            r.sign = gl(bits >> 1);
            const unsigned first = at < 4 ? at : 2 * (at - 4);
            r.part[0] = r.ram[first];
            r.part[1] = at < 4 ? gl() : r.ram[first + 1];
            r.top = at < 4 ? r.part[0] * gl(256u) : r.part[0] + r.part[1] * gl(256u);
            r.reg_new =
                r.part[0] + r.part[1] * gl(256u) + r.sign * (two32 - (at < 4 ? gl(256u) : two16));
            row_check out;
            if (!row_holds<sub_word_chip>(r, r, p, out)) continue;
            // then: the result is the honest one, or the word's address is no multiple of four
            bool aligned = true;
            for (const auto& m : out.messages)
              if (m.on == bus::memory && m.tuple[0] == ram_space)
                aligned &= m.tuple[1] == gl(0x100u);
            if (aligned) CHECK(r.reg_new == honest.reg_new);
          }
      }
    }
}

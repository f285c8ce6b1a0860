#include "runtime/riscv/ecall.hpp"
#include "test/unit/riscv/both_machines.hpp"

using namespace ashlar;
using namespace ashlar::test;
using riscv::trap_code;

namespace {

/// What stops the program, told alike by the plain machine and the tracing one, where the oracle is
/// stuck too.
riscv::trap trapped(const assembly& a, std::span<const u32> input = {},
                    const riscv::run_limits& limits = {}) {
  const auto p = a.assemble();
  const auto plain = riscv::run(p, input, limits);
  REQUIRE_FALSE(plain.ok());
  riscv::tracer t(p, input, {}, limits);
  riscv::segment s;
  auto given = t.next(s);
  while (given.ok() && !s.last) given = t.next(s);
  REQUIRE_FALSE(given.ok());
  REQUIRE(given.error().code == plain.error().code);
  REQUIRE(given.error().pc == plain.error().pc);
  REQUIRE(given.error().value == plain.error().value);
  REQUIRE(given.error().cycles == plain.error().cycles);
  REQUIRE_FALSE(describe(plain.error()).empty());
  if (plain.error().code != trap_code::cycle_limit) {
    riscv_oracle oracle(a, input);
    REQUIRE(oracle.run(1'000'000) == riscv_oracle::state::stuck);
    REQUIRE(oracle.steps == plain.error().cycles);
  }
  return plain.error();
}

assembly just(std::initializer_list<u32> words) {
  assembly a;
  a.emit(words);
  return a;
}

assembly calling(u32 number, std::initializer_list<u32> arguments) {
  assembly a;
  a.call(number, arguments);
  a.halt();
  return a;
}

}  // namespace

TEST_CASE("an illegal instruction traps where it is reached, not before", "[riscv]") {
  const auto t = trapped(just({rv::addi(1, 0, 1), 0}));
  REQUIRE(t.code == trap_code::illegal_instruction);
  REQUIRE(t.pc == 0x80000004);
  REQUIRE(t.cycles == 1);
  // Jumped over, it does no harm.
  assembly a = just({rv::jal(0, 8), 0});
  a.halt();
  require_same_run(a);
}

TEST_CASE("jumps to where no instruction stands trap", "[riscv]") {
  REQUIRE(trapped(just({rv::addi(1, 0, 1)})).code == trap_code::bad_jump);  // runs off the end
  const auto misaligned = trapped(just({rv::jal(0, 6), 0, 0}));
  REQUIRE(misaligned.code == trap_code::bad_jump);
  REQUIRE(misaligned.pc == 0x80000006);
  REQUIRE(trapped(just({rv::b_type(2, 0, 0, 0), 0})).code == trap_code::bad_jump);
  REQUIRE(trapped(just({rv::jalr(0, 0, 0)})).pc == 0);
  REQUIRE(trapped(just({rv::jal(0, static_cast<u32>(-4))})).pc == 0x7ffffffc);
  REQUIRE(trapped(just({rv::auipc(1, 0), rv::jalr(0, 1, 2)})).pc == 0x80000002);
  // A branch that is not taken may point anywhere.
  assembly a = just({rv::b_type(2, 0, 0, 1)});
  a.halt();
  require_same_run(a);
}

TEST_CASE("misaligned loads and stores trap", "[riscv]") {
  for (const u32 offset : {1u, 2u, 3u}) {
    REQUIRE(trapped(just({rv::lw(1, 0, offset)})).code == trap_code::misaligned);
    REQUIRE(trapped(just({rv::sw(1, 0, offset)})).value == offset);
  }
  for (const u32 offset : {1u, 3u}) {
    REQUIRE(trapped(just({rv::load(1, 1, 0, offset)})).code == trap_code::misaligned);
    REQUIRE(trapped(just({rv::load(5, 1, 0, offset)})).code == trap_code::misaligned);
    REQUIRE(trapped(just({rv::s_type(offset, 1, 0, 1)})).code == trap_code::misaligned);
  }
}

TEST_CASE("accesses outside RAM trap, the program's own addresses too", "[riscv]") {
  for (const u32 address : {0x10000u, 0x80000000u, 0xfffffffcu}) {
    for (const u32 funct3 : {0u, 1u, 2u, 4u, 5u}) {
      assembly a;
      a.load_immediate(5, address).emit({rv::load(funct3, 1, 5, 0)});
      const auto t = trapped(a);
      REQUIRE(t.code == trap_code::out_of_range);
      REQUIRE(t.value == address);
    }
    for (const u32 funct3 : {0u, 1u, 2u}) {
      assembly a;
      a.load_immediate(5, address).emit({rv::s_type(0, 1, 5, funct3)});
      REQUIRE(trapped(a).code == trap_code::out_of_range);
    }
  }
  // The last byte and word are within.
  assembly a;
  a.load_immediate(5, 0x10000).emit({rv::sw(5, 5, 0xffc), rv::load(0, 6, 5, 0xfff)});
  a.halt();
  require_same_run(a);
}

TEST_CASE("an unknown ecall traps", "[riscv]") {
  for (const u32 number : {3u, 15u, 25u, 32u, 0xffffffffu}) {
    const auto t = trapped(calling(number, {}));
    REQUIRE(t.code == trap_code::unknown_ecall);
    REQUIRE(t.value == number);
  }
}

TEST_CASE("ecalls refuse bad pointers", "[riscv]") {
  struct call_shape {
    u32 number;
    std::vector<u32> words;  // of each pointer operand
  };
  const call_shape shapes[] = {{2, {8}},
                               {16, {8, 8, 16}},
                               {17, {50}},
                               {18, {8, 8, 8, 8, 8}},
                               {20, {6, 6, 6, 6}},
                               {23, {24, 16}},
                               {24, {12, 12, 12, 12, 12}}};
  for (const auto& shape : shapes)
    for (std::size_t bad = 0; bad < shape.words.size(); ++bad)
      for (const bool misaligned : {true, false}) {
        assembly a;
        u32 r = 10;
        for (std::size_t i = 0; i < 5; ++i) {
          u32 value = i < shape.words.size() ? static_cast<u32>(0x1000 + 0x100 * i) : 0;
          if (i == bad) value = misaligned ? 0x1001 : 0x10000 - 4 * (shape.words[i] - 1);
          a.load_immediate(r++, value);
        }
        a.load_immediate(17, shape.number).emit({rv::ecall});
        CAPTURE(shape.number, bad, misaligned);
        REQUIRE(trapped(a).code ==
                (misaligned ? trap_code::bad_argument : trap_code::out_of_range));
      }
}

TEST_CASE("ecalls refuse bad lengths and flags", "[riscv]") {
  REQUIRE(trapped(calling(1, {0x1000, 0})).code == trap_code::bad_argument);
  REQUIRE(trapped(calling(1, {0x1000, 1025})).code == trap_code::bad_argument);
  REQUIRE(trapped(calling(19, {0x1000, 0x2000, 0})).code == trap_code::bad_argument);
  REQUIRE(trapped(calling(19, {0x1000, 0x2000, 1025})).code == trap_code::bad_argument);
  REQUIRE(trapped(calling(19, {0x1002, 0x2000, 1})).code == trap_code::bad_argument);
  REQUIRE(trapped(calling(19, {0x1000, 0xffff0000, 1})).code == trap_code::out_of_range);
  REQUIRE(trapped(calling(16, {0x1000, 0x1000, 0x1000, 0, 0x10000})).code ==
          trap_code::bad_argument);
}

TEST_CASE("open_row and climb refuse bad arguments", "[riscv]") {
  const std::vector<u32> input(40'000);
  const auto code = [&](u32 number, std::initializer_list<u32> arguments) {
    return trapped(calling(number, arguments), input).code;
  };
  for (const u32 each : {0u, 9u, 0xffffffffu})
    REQUIRE(code(21, {0x1000, 0x1100, 8, each}) == trap_code::bad_argument);
  for (const u32 n : {0u, 1024u * 8 + 1, 0x80000000u, 0xffffffffu})
    REQUIRE(code(21, {0x1000, 0x1100, n, 8}) == trap_code::bad_argument);
  REQUIRE(code(21, {0x1000, 0x1100, 1025, 1}) == trap_code::bad_argument);
  REQUIRE(code(21, {0x1002, 0x1100, 8, 8}) == trap_code::bad_argument);
  REQUIRE(code(21, {0x1000, 0x1101, 8, 8}) == trap_code::bad_argument);
  REQUIRE(code(21, {0x10000 - 52, 0x1100, 8, 8}) == trap_code::out_of_range);
  REQUIRE(code(21, {0x1000, 0x10000 - 44, 8, 8}) == trap_code::out_of_range);
  for (const u32 depth : {0u, 33u, 0xffffffffu})
    REQUIRE(code(22, {0x1000, 0, depth}) == trap_code::bad_argument);
  REQUIRE(code(22, {0x1000, 8, 3}) == trap_code::bad_argument);
  REQUIRE(code(22, {0x1000, 0x80000000, 31}) == trap_code::bad_argument);
  REQUIRE(code(22, {0x1001, 0, 3}) == trap_code::bad_argument);
  REQUIRE(code(22, {0x10000 - 28, 0, 3}) == trap_code::out_of_range);
  // one word less than they take
  const std::span<const u32> words(input);
  REQUIRE(trapped(calling(21, {0x1000, 0x1100, 9, 8}), words.first(17)).code ==
          trap_code::input_exhausted);
  REQUIRE(trapped(calling(22, {0x1000, 0, 3}), words.first(23)).code == trap_code::input_exhausted);
  // and the largest that are taken
  for (const auto& arguments : {std::vector<u32>{21, 0x1000, 0x1100, 8 * 1024, 8},
                                {21, 0x1000, 0x1100, 1024, 1},
                                {22, 0x1000, 0xffffffff, 32, 0}}) {
    assembly a;
    a.call(arguments[0],
           {arguments[1], arguments[2], arguments[3], arguments.size() > 4 ? arguments[4] : 0});
    a.halt();
    require_same_run(a, input);
  }
}

TEST_CASE("a call that the proof's machine has no chip for ends the trace", "[riscv]") {
  assembly a;
  a.call(23, {0x1000, 0x2000}).call(17, {0x1000}).halt();
  const auto p = a.assemble();
  REQUIRE(riscv::run(p, {}).ok());
  riscv::ecall_set without_keccak;
  for (const auto call : {riscv::ecall::halt, riscv::ecall::absorb}) without_keccak.add(call);
  riscv::tracer t(p, {}, {}, {}, without_keccak);
  riscv::segment s;
  const auto given = t.next(s);
  REQUIRE_FALSE(given.ok());
  REQUIRE(given.error().code == trap_code::no_chip);
  REQUIRE(given.error().value == 17);
  REQUIRE(given.error().pc == a.here() - 4 * 6);
  REQUIRE(describe(given.error()).find("no chip") != std::string::npos);
}

TEST_CASE("mod256_mul_add refuses an output over its modulus and too large a quotient", "[riscv]") {
  REQUIRE(trapped(calling(18, {0x1000, 0x1100, 0x1200, 0x1300, 0x101c})).code ==
          trap_code::overlapping_operands);
  assembly a;
  for (u32 i = 0; i < 8; ++i) a.image.push_back({0x1100 + 4 * i, 0xffffffff});
  a.image.push_back({0x1200, 2});  // m = 2, a = b = 2^256 - 1
  a.call(18, {0x1000, 0x1100, 0x1100, 0x1100, 0x1200});
  REQUIRE(trapped(a).code == trap_code::quotient_too_large);
}

TEST_CASE("mod384_mul_add refuses what no quotient below 2^384 answers", "[riscv]") {
  REQUIRE(trapped(calling(24, {0x1000, 0x1100, 0x1200, 0x1300, 0x102c})).code ==
          trap_code::overlapping_operands);
  REQUIRE(trapped(calling(24, {0x1000, 0x1102, 0x1200, 0x1300, 0x1400})).code ==
          trap_code::bad_argument);
  // m = 0, even where all is 0
  REQUIRE(trapped(calling(24, {0x1000, 0x1100, 0x1200, 0x1300, 0x1400})).code ==
          trap_code::quotient_too_large);
  assembly a;
  for (u32 i = 0; i < 12; ++i) a.image.push_back({0x1100 + 4 * i, 0xffffffff});
  a.image.push_back({0x1200, 2});  // m = 2, a = b = 2^384 - 1
  a.call(24, {0x1000, 0x1100, 0x1100, 0x1100, 0x1200});
  REQUIRE(trapped(a).code == trap_code::quotient_too_large);
}

TEST_CASE("input that is not there and a second output trap", "[riscv]") {
  const u32 three[] = {1, 2, 3};
  REQUIRE(trapped(calling(1, {0x1000, 4}), three).code == trap_code::input_exhausted);
  assembly twice;
  twice.call(2, {0x1000}).call(2, {0x1000}).halt();
  REQUIRE(trapped(twice).code == trap_code::second_output);
}

TEST_CASE("a program that does not end is ended", "[riscv]") {
  const auto t = trapped(just({rv::jal(0, 0)}), {}, {1000});
  REQUIRE(t.code == trap_code::cycle_limit);
  REQUIRE(t.cycles == 1000);
}

TEST_CASE("an exit code is passed on", "[riscv]") {
  assembly a;
  a.halt(42);
  const auto r = riscv::run(a.assemble(), {});
  REQUIRE(r.ok());
  REQUIRE(r->exit_code == 42);
  REQUIRE_FALSE(r->output.has_value());
}

#include <random>

#include <catch2/catch.hpp>

#include "test/support/riscv_oracle.hpp"

using namespace ashlar;
using namespace ashlar::test;
using riscv::operation;

TEST_CASE("the manual's examples decode to their operands", "[riscv]") {
  // addi x1, x2, -3; sub x5, x6, x7; lui x8, 0xfffff000; sw x9, -4(x10)
  REQUIRE(riscv::decode(0xffd10093, 0) == riscv::instruction{operation::add, 1, 2, 0, ~u32{2}});
  REQUIRE(riscv::decode(0x407302b3, 0) == riscv::instruction{operation::sub, 5, 6, 7, 0});
  REQUIRE(riscv::decode(0xfffff437, 0) == riscv::instruction{operation::add, 8, 0, 0, 0xfffff000});
  REQUIRE(riscv::decode(0xfe952e23, 0) ==
          riscv::instruction{operation::sw, riscv::sink_register, 10, 9, ~u32{3}});
  // auipc x1, 0x1000 and jal x1, -8 at 0x80000010: sums are absolute.
  REQUIRE(riscv::decode(0x00001097, 0x80000010) ==
          riscv::instruction{operation::add, 1, 0, 0, 0x80001010});
  REQUIRE(riscv::decode(0xff9ff0ef, 0x80000010) ==
          riscv::instruction{operation::jal, 1, 0, 0, 0x80000008});
}

TEST_CASE("writes to x0 go to the sink", "[riscv]") {
  REQUIRE(riscv::decode(0x00000013, 0).rd == riscv::sink_register);  // nop
  REQUIRE(riscv::decode(0x0000006f, 0).rd == riscv::sink_register);  // j .
  REQUIRE(riscv::decode(0x00008067, 0).rd == riscv::sink_register);  // ret
}

TEST_CASE("FENCE is a no-op; CSR access, EBREAK, FENCE.I and compressed words are illegal",
          "[riscv]") {
  REQUIRE(riscv::decode(0x0ff0000f, 0) ==
          riscv::instruction{operation::add, riscv::sink_register, 0, 0, 0});
  for (const u32 word : {0x00100073u, 0x0000100fu, 0xf1402573u, 0x30200073u, 0x00000001u, 0u, ~0u,
                         0x02000033u ^ 0x06000000u, 0x40001033u, 0x00003003u, 0x00003023u,
                         0x00002063u, 0x00001067u, 0x02001013u, 0x60005013u}) {
    CAPTURE(word);
    REQUIRE(riscv::decode(word, 0).op == operation::illegal);
  }
}

TEST_CASE("any word is illegal exactly where the oracle is stuck on it", "[riscv]") {
  std::mt19937_64 random(7);
  static constexpr u32 opcodes[] = {0x03, 0x0f, 0x13, 0x17, 0x23, 0x33,
                                    0x37, 0x63, 0x67, 0x6f, 0x73};
  for (int i = 0; i < 200'000; ++i) {
    u32 word = static_cast<u32>(random());
    // Mostly words that come near to an instruction.
    if (i % 4 != 0) word = (word & ~0x7fu) | opcodes[random() % std::size(opcodes)];
    if (i % 2 != 0)
      word = (word & 0x1ffffff) | static_cast<u32>(random() % 2) << 25 |
             static_cast<u32>(random() % 2) << 30;
    assembly a;
    a.words = {word};
    const auto decoded = riscv::decode(word, a.base);
    riscv_oracle oracle(a);
    // All registers are zero, so a load or store at a negative or odd offset is stuck as well; an
    // ecall halts.
    const bool stuck = oracle.step() == riscv_oracle::state::stuck;
    const bool access = decoded.op >= operation::lw && decoded.op <= operation::sh;
    CAPTURE(word);
    if (!access) REQUIRE(stuck == (decoded.op == operation::illegal));
    if (!stuck) REQUIRE(decoded.op != operation::illegal);
  }
}

#include <random>

#include <catch2/catch.hpp>

#include "test/support/random_riscv.hpp"
#include "test/unit/chips/run_tables.hpp"

using namespace ashlar;
using namespace ashlar::test;
using riscv::ecall;

namespace {

void image(program_writer& w, u32 address, std::initializer_list<u32> words) {
  for (u32 v : words) {
    if (v != 0) w.program.image.push_back({address, v});
    address += 4;
  }
}

}  // namespace

TEST_CASE("ext3_mul_add fills tables that check", "[chips][calls]") {
  program_writer w;
  image(w, 0x100, {1, 2, 0xffffffff, 0xffffffff, 5, 0xfffffffe});  // not all canonical
  image(w, 0x120, {0, 0xffffffff, 1, 0xffffffff, 0, 0x80000000});
  image(w, 0x140, {0xffffffff, 0xfffffffe, 0, 0, 17, 0});
  for (u32 out : {0x200u, 0x100u, 0x120u, 0x140u, 0x200u})
    w.call(ecall::ext3_mul_add, {out, 0x100, 0x120, 0x140});
  w.call(ecall::ext3_mul_add, {0x220, 0x300, 0x300, 0x300});
  CHECK(check_run(run_and_fill(w.finish(0x200), {}, {}, stark::machine_kind::recursion)) == "");
}

TEST_CASE("mod256_mul_add fills tables that check", "[chips][calls]") {
  const u32 f = 0xffffffff;
  program_writer w;
  image(w, 0x100, {f, f, f, f, f, f, f, f});
  image(w, 0x120, {f, f, f, f, f, f, f, 0x7fffffff});
  image(w, 0x140, {1, 0, 3, 0, 0, 6, 0, f});
  image(w, 0x160, {0xfffffc2f, 0xfffffffe, f, f, f, f, f, f});  // secp256k1's p
  image(w, 0x180, {1});
  for (u32 m : {0x160u, 0x100u, 0x1a0u})
    for (u32 a : {0x100u, 0x140u, 0x120u, 0x180u})
      for (u32 b : {0x120u, 0x140u, 0x180u, 0x1a0u})
        for (u32 c : {0x100u, 0x1a0u}) {
          if (b == m) continue;
          w.call(ecall::mod256_mul_add, {0x200, a, b, c, m});
        }
  w.call(ecall::mod256_mul_add, {0x200, 0x200, 0x140, 0x200, 0x160});
  CHECK(check_run(run_and_fill(w.finish(0x200))) == "");
}

TEST_CASE("mod384_mul_add fills tables that check", "[chips][calls]") {
  const u32 f = 0xffffffff;
  program_writer w;
  image(w, 0x100, {f, f, f, f, f, f, f, f, f, f, f, f});
  image(w, 0x140, {f, f, f, f, f, f, f, f, f, f, f, 0x7fffffff});
  image(w, 0x180, {1, 0, 3, 0, 0, 6, 0, f, 0, 9, 0, 5});
  image(w, 0x1c0,
        {0xffffaaab, 0xb9feffff, 0xb153ffff, 0x1eabfffe, 0xf6b0f624, 0x6730d2a0, 0xf38512bf,
         0x64774b84, 0x434bacd7, 0x4b1ba7b6, 0x397fe69a, 0x1a0111ea});
  image(w, 0x200, {1});
  image(w, 0x280, {2, 0, 3, 0, 0, 6, 0, f, 0, 9, 0, 5});  // 1 above 0x180
  // a product that a modulus divides, 0 < out < m in the lowest word alone, 1 as the modulus
  const auto call = [&](u32 out, u32 a, u32 b, u32 c, u32 m) {
    w.call(ecall::mod384_mul_add, {out, a, b, c, m});
  };
  for (u32 m : {0x1c0u, 0x100u, 0x280u})
    for (u32 a : {0x100u, 0x140u, 0x180u, 0x1c0u})
      for (u32 b : {0x180u, 0x200u, 0x240u})
        for (u32 c : {0x100u, 0x240u}) call(0x300, a, b, c, m);
  call(0x300, 0x100, 0x240, 0x100, 0x200);
  call(0x300, 0x180, 0x200, 0x240, 0x280);
  call(0x300, 0x300, 0x180, 0x300, 0x1c0);
  call(0x180, 0x180, 0x180, 0x180, 0x1c0);
  const riscv::program p = w.finish(0x300);
  riscv::segment_limits limits;
  for (const u32 calls : {1u << 13, 7u}) {
    limits.mod384 = calls;
    const auto run = run_and_fill(p, {}, limits);
    CHECK(run.segments.size() == (calls == 7 ? 11 : 1));
    CHECK(check_run(run) == "");
  }
}

TEST_CASE("blake3_compress fills tables that check", "[chips][calls]") {
  program_writer w;
  for (u32 i = 0; i < 16; ++i) w.program.image.push_back({0x100 + 4 * i, 0x9e3779b9u * (i + 1)});
  w.call(ecall::blake3_compress, {0x200, 0x100, 0x100, 0, 64 | 11 << 8});
  w.call(ecall::blake3_compress, {0x200, 0x200, 0x104, 0xffffffff, 0xffff});
  w.call(ecall::blake3_compress, {0x300, 0x400, 0x400, 1, 0});
  CHECK(check_run(run_and_fill(w.finish(0x200))) == "");
}

TEST_CASE("keccak_f1600 fills tables that check", "[chips][calls]") {
  program_writer w;
  for (u32 i = 0; i < 50; ++i) w.program.image.push_back({0x100 + 4 * i, 0x9e3779b9u * (i + 1)});
  for (u32 state : {0x100u, 0x100u, 0x104u, 0x400u}) w.call(ecall::keccak_f1600, {state});
  const riscv::program p = w.finish(0x100);
  riscv::segment_limits limits;
  for (const u32 calls : {4u, 1u}) {
    limits.keccak = calls;
    const auto run = run_and_fill(p, {}, limits);
    CHECK(run.segments.size() == 4 / calls);
    CHECK(check_run(run) == "");
  }
}

TEST_CASE("the calls that hash proofs fill tables that check", "[chips][calls]") {
  program_writer w;
  // a challenge that is not all canonical, a node, a block
  for (u32 i = 0; i < 40; ++i)
    w.program.image.push_back({0x100 + 4 * i, i % 7 == 1 ? ~0u : 0x9e3779b9u * (i + 1)});
  for (u32 each = 1; each <= 8; ++each)
    for (u32 n : {1u, 7u, 8u, 9u, 24u}) w.call(ecall::open_row, {0x200, 0x100, n, each});
  w.call(ecall::open_row, {0x100, 0x108, 5, 3});
  for (const auto& [index, depth] : {std::pair{0u, 1u}, {1u, 1u}, {5u, 3u}, {~0u, 32u}, {2u, 31u}})
    w.call(ecall::climb, {0x130, index, depth, 77});
  for (const auto& [state, block] : {std::pair{0x300u, 0x100u}, {0x300, 0x300}, {0x300, 0x340}})
    w.call(ecall::absorb, {state, block});
  const riscv::program p = w.finish(0x300);
  std::vector<u32> input;
  for (u32 i = 0; i < 3000; ++i) input.push_back(i % 5 == 0 ? ~0u : 0x85ebca6bu * (i + 3));
  riscv::segment_limits limits;
  CHECK(check_run(run_and_fill(p, input, limits, stark::machine_kind::recursion)) == "");
  limits.hash_operands = 40;
  const auto cut = run_and_fill(p, input, limits, stark::machine_kind::recursion);
  CHECK(cut.segments.size() > 10);
  CHECK(check_run(cut) == "");
}

TEST_CASE("random programs fill tables that check on the recursion machine", "[chips][calls]") {
  riscv::segment_limits limits;
  limits.cycles = 500;
  for (u64 seed = 101; seed <= 112; ++seed) {
    INFO("seed " << seed);
    const auto p = random_riscv(seed, {400, false, true}).assemble();
    CHECK(check_run(run_and_fill(p, random_riscv_input(seed), limits,
                                 stark::machine_kind::recursion)) == "");
  }
}

TEST_CASE("random programs fill tables that check", "[chips][calls]") {
  riscv::segment_limits limits;
  limits.cycles = 500;
  for (u64 seed = 1; seed <= 12; ++seed) {
    INFO("seed " << seed);
    const auto p = random_riscv(seed, {400, seed > 6}).assemble();
    CHECK(check_run(run_and_fill(p, random_riscv_input(seed), limits)) == "");
  }
}

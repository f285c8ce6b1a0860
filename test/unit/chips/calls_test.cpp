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
  CHECK(check_run(run_and_fill(w.finish(0x200))) == "");
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

TEST_CASE("random programs fill tables that check", "[chips][calls]") {
  riscv::segment_limits limits;
  limits.cycles = 500;
  for (u64 seed = 1; seed <= 12; ++seed) {
    INFO("seed " << seed);
    const auto p = random_riscv(seed).assemble();
    CHECK(check_run(run_and_fill(p, random_riscv_input(seed), limits)) == "");
  }
}

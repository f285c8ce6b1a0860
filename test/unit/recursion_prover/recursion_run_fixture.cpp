#include "test/unit/recursion_prover/recursion_run_fixture.hpp"

#include <algorithm>

#include "test/support/mixer_program.hpp"

namespace ashlar::test {
namespace {

riscv::program small_program() {
  using op = riscv::operation;
  constexpr u32 count = 12;
  program_writer w;
  w.call(riscv::ecall::read, {0x100, count});
  w.load_immediate(5, 0x100).load_immediate(6, count).load_immediate(7, 1);
  const u32 loop = w.pc();
  emit_mixing(w, 0x80);
  w.emit(op::add, 5, 5, 0, 4).emit(op::add, 6, 6, 0, ~0u).emit(op::bne, 32, 6, 0, loop);
  for (u32 i = 0; i < 8; ++i) w.emit(op::sw, 32, 0, 7, 0x40 + 4 * i);
  return w.finish(0x40);
}

void add_shape(std::vector<std::vector<u8>>& to, const verifying_key& key, bytes_view part) {
  const auto c = read_commitment(key, part);
  REQUIRE(c.ok());
  if (std::find(to.begin(), to.end(), c->heights_log2) == to.end()) to.push_back(c->heights_log2);
}

}  // namespace

recursion_run_fixture& recursion_run_fixture::shared() {
  static recursion_run_fixture made;
  return made;
}

recursion_run_fixture::recursion_run_fixture()
    : program_(small_program()), key_(make_run_key(insecure_recursion, *backend_, program_)) {
  plan_.base = key_.verifier();
  for (u32 seed = 0; seed < 2; ++seed) {
    runs_.push_back(base(seed));
    const auto parts = read_run(program_.entry, runs_.back().proof);
    REQUIRE(parts.ok());
    add_shape(plan_.memory_shapes, plan_.base.memory, parts->memory);
    for (const bytes_view segment : parts->segments)
      add_shape(plan_.segment_shapes, plan_.base.execution, segment);
  }
  plan_.params = {
      insecure_recursion,
      insecure_recursion,
      {16, 12},
      {14, 11},
      circuit_catalog::depth_for(plan_.memory_shapes.size(), plan_.segment_shapes.size())};
  plan_.outer = insecure_keccak;
}

proved_run recursion_run_fixture::base(u32 seed) {
  std::vector<u32> input;
  for (u32 i = 0; i < 12; ++i) input.push_back((i + 13 * seed) * 2654435761u + 1);
  run_proof_options options;
  options.segments.cycles = 120;
  auto r = prove_run(insecure_recursion, key_, *backend_, program_, input, options);
  if (!r) FAIL(r.error().text());
  REQUIRE(r->segments >= 2);
  return std::move(*r);
}

std::unique_ptr<recursion_prover> recursion_run_fixture::open(proof_shelf& shelf,
                                                              const recursion_options& options) {
  auto made = recursion_prover::open(plan_, *backend_, shelf, options);
  if (!made) FAIL(made.error());
  return std::move(*made);
}

}  // namespace ashlar::test

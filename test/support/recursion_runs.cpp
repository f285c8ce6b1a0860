#include "test/support/recursion_runs.hpp"

#include <algorithm>

#include "test/support/mixer_program.hpp"

namespace ashlar::test {
namespace {

constexpr u32 words = 12;

riscv::program small_program() {
  using op = riscv::operation;
  program_writer w;
  w.call(riscv::ecall::read, {0x100, words});
  w.load_immediate(5, 0x100).load_immediate(6, words).load_immediate(7, 1);
  const u32 loop = w.pc();
  emit_mixing(w, 0x80);
  w.emit(op::add, 5, 5, 0, 4).emit(op::add, 6, 6, 0, ~0u).emit(op::bne, 32, 6, 0, loop);
  return w.finish(0x100);
}

void add_shape(std::vector<std::vector<u8>>& to, const verifying_key& key, bytes_view part) {
  const auto c = read_commitment(key, part);
  ensure(c.ok());
  if (std::find(to.begin(), to.end(), c->heights_log2) == to.end()) to.push_back(c->heights_log2);
}

}  // namespace

recursion_runs& recursion_runs::shared() {
  static recursion_runs made;
  return made;
}

recursion_runs::recursion_runs()
    : program_(small_program()), key_(make_run_key(insecure_recursion, *backend_, program_)) {
  plan_.base = key_.verifier();
  for (u32 seed = 0; seed < 2; ++seed) {
    hash256 output;
    for (u32 i = 0; i < 32; ++i) output[i] = static_cast<u8>(37 * seed + 11 * i + 1);
    runs_.push_back(prove(output));
    const auto parts = read_run(program_.entry, runs_.back().proof);
    ensure(parts.ok());
    add_shape(plan_.memory_shapes, plan_.base.memory, parts->memory);
    for (const bytes_view segment : parts->segments)
      add_shape(plan_.segment_shapes, plan_.base.execution, segment);
  }
  plan_.params = {
      insecure_recursion,
      {insecure_recursion, {16, 12}},
      {insecure_recursion, {14, 11}},
      circuit_catalog::depth_for(plan_.memory_shapes.size(), plan_.segment_shapes.size())};
  plan_.outer = insecure_keccak;
}

proved_run recursion_runs::prove(const hash256& output) {
  std::vector<u32> input;
  for (u32 i = 0; i < 8; ++i) input.push_back(load_le32(output.data() + 4 * i));
  for (u32 i = 8; i < words; ++i) input.push_back(i);
  run_proof_options options;
  options.segments.cycles = 120;
  auto r = prove_run(insecure_recursion, key_, *backend_, program_, input, options);
  ensure(r.ok() && r->segments >= 2 && r->output == output);
  return std::move(*r);
}

}  // namespace ashlar::test

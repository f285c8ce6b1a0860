#include "test/bench/prove/workloads.hpp"

#include "runtime/riscv/machine.hpp"
#include "runtime/types/batch.hpp"
#include "test/bench/riscv/transfer_batches.hpp"
#include "test/bench/rows/rows.hpp"
#include "test/support/guest_file.hpp"
#include "test/support/mixer_program.hpp"

namespace ashlar::bench {

namespace {

using op = riscv::operation;

/// Fourteen instructions a turn.
riscv::program mixed_program(u32 count) {
  test::program_writer w;
  w.load_immediate(5, 0x100).load_immediate(6, count).load_immediate(7, 1);
  const u32 loop = w.pc();
  test::emit_mixing(w, 0x80);
  w.emit(op::add, 5, 5, 0, 0).emit(op::add, 6, 6, 0, ~0u).emit(op::bne, 32, 6, 0, loop);
  for (u32 i = 0; i < 8; ++i) w.emit(op::sw, 32, 0, 7, 0x40 + 4 * i);
  return w.finish(0x40);
}

workload one_segment(std::string name, riscv::program program, double khz_required) {
  const auto run = riscv::run(program, {});
  require(run.ok() && run->output.has_value(), name + " does not run");
  return {std::move(name), std::move(program), {}, test::whole_segment_limits(),
          *run->output,    khz_required};
}

workload batch_work(std::string name, const test::memory_chain::sealed& batch) {
  return {std::move(name),
          test::guest_program(ASHLAR_STF_ELF),
          riscv::input_words(stf::encode_batch_witness(batch.witness)),
          {},
          public_input_hash(batch.native.input),
          150};
}

}  // namespace

riscv::program fibonacci(u32 count) {
  test::program_writer w;
  w.load_immediate(5, 0).load_immediate(6, 1).load_immediate(7, count);
  const u32 loop = w.pc();
  w.emit(op::add, 8, 5, 6)
      .emit(op::add, 5, 6, 0)
      .emit(op::add, 6, 8, 0)
      .emit(op::add, 7, 7, 0, ~0u)
      .emit(op::bne, 32, 7, 0, loop);
  for (u32 i = 0; i < 8; ++i) w.emit(op::sw, 32, 0, 6, 0x40 + 4 * i);
  return w.finish(0x40);
}

// A few cycles are left for what stands around the loop.
workload fibonacci_work(u32 cycles) {
  return one_segment("fibonacci", fibonacci((cycles - 64) / 5), 200);
}
workload mixed_work(u32 cycles) {
  return one_segment("mixed", mixed_program((cycles - 64) / 14), 150);
}

workload ether_work() {
  return batch_work("100 ether transfers", ether_transfers(100));
}
workload token_work() {
  return batch_work("100 token transfers", token_transfers(100));
}

}  // namespace ashlar::bench

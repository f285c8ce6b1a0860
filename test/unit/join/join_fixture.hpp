#pragma once

#include "runtime/riscv/machine.hpp"
#include "runtime/stark/join/join_input.hpp"
#include "runtime/stark/join/word_source.hpp"
#include "runtime/stark/join_prover/join_prover.hpp"
#include "test/support/guest_file.hpp"
#include "test/support/mixer_program.hpp"
#include "test/unit/join/insecure_join.hpp"

namespace ashlar::test {

/// A program that stands for the base program: it mixes what it reads and commits to it.
inline riscv::program small_base(u32 salt = 0) {
  using op = riscv::operation;
  constexpr u32 count = 12;
  program_writer w;
  w.call(riscv::ecall::read, {0x100, count});
  w.load_immediate(5, 0x100).load_immediate(6, count).load_immediate(7, salt);
  const u32 loop = w.pc();
  emit_mixing(w, 0x80);
  w.emit(op::add, 5, 5, 0, 4).emit(op::add, 6, 6, 0, ~0u).emit(op::bne, 32, 6, 0, loop);
  for (u32 i = 0; i < 8; ++i) w.emit(op::sw, 32, 0, 7, 0x40 + 4 * i);
  return w.finish(0x40);
}

/// Keys of a base program and of the insecure join program, and proofs made with them.
struct join_fixture {
  std::unique_ptr<stark::prover_backend> backend = stark::make_cpu_backend();
  riscv::program base;
  riscv::program join = guest_program(ASHLAR_JOIN_TEST_ELF);
  stark::run_proving_key base_key, join_key;
  stark::program_set set;

  explicit join_fixture(riscv::program base_program = small_base())
      : base(std::move(base_program)),
        base_key(stark::make_run_key(insecure_base, *backend, base)),
        join_key(
            stark::make_run_key(insecure_layer, *backend, join, stark::machine_kind::recursion)),
        set{base_key.verifier(), join_key.verifier()} {}

  /// The proof of a base run on input that depends on `seed`.
  stark::proved_run base_run(u32 seed, u32 segment_cycles = 1u << 18,
                             const stark::proof_params& params = insecure_base) {
    std::vector<u32> input;
    for (u32 i = 0; i < 12; ++i) input.push_back((i + 13 * seed) * 2654435761u + 1);
    stark::run_proof_options options;
    options.segments.cycles = segment_cycles;
    auto r = stark::prove_run(params, base_key, *backend, base, input, options);
    if (!r) throw std::runtime_error(r.error().text());
    return std::move(*r);
  }
  static stark::join_item item_of(const stark::proved_run& run) {
    return {false, {run.output}, run.proof};
  }
  stark::join_programs programs() const { return {join, join_key, set}; }
};

/// What the plain twin of the guest says of an input; nothing where it refuses.
inline std::optional<hash256> plain_verdict(std::span<const u32> words) {
  stark::word_source source(words);
  const auto out = stark::check_join(insecure_join, source);
  if (!out || source.state() != stark::source_state::good) return std::nullopt;
  return *out;
}

/// What the join program in the machine says.
inline std::optional<hash256> guest_verdict(const riscv::program& join,
                                            std::span<const u32> words) {
  const auto run = riscv::run(join, words, {u64{1} << 28});
  if (!run || run->exit_code != 0) return std::nullopt;
  return run->output;
}

}  // namespace ashlar::test

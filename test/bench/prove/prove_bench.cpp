// The whole prover on runs of RV32IM programs, each about one full segment, with proven128 or
// another set: cycles
// a second from the program to the proof, what each stage takes, the most memory, the proof's size
// and the time that its verification takes. Peers where there are any: see ../README.md.
//   bench_prove [--cycles-log2 N] [--workers N] [--only primitives|fibonacci|mixed] [--no-warm]
//               [--params SET] [--blowup-log2 N]
#include <cstdio>
#include <cstring>
#include <fstream>

#include "runtime/stark/machine/run_prover.hpp"
#include "test/bench/prove/peers.hpp"
#include "test/bench/prove/primitives.hpp"
#include "test/bench/prove/timed_backend.hpp"
#include "test/bench/rows/rows.hpp"
#include "test/support/mixer_program.hpp"

using namespace ashlar;
using namespace ashlar::stark;
using op = riscv::operation;

namespace {

struct options {
  unsigned cycles_log2 = 20, workers = 0;
  bool warm = true;
  std::string only;
  proof_params params = proven128;
};

options parse(int count, char** arguments) {
  options o;
  const auto number = [&](int i) {
    return static_cast<unsigned>(std::strtoul(arguments[i], nullptr, 10));
  };
  for (int i = 1; i < count; ++i) {
    const bool more = i + 1 < count;
    if (more && std::strcmp(arguments[i], "--cycles-log2") == 0)
      o.cycles_log2 = number(++i);
    else if (more && std::strcmp(arguments[i], "--workers") == 0)
      o.workers = number(++i);
    else if (more && std::strcmp(arguments[i], "--only") == 0)
      o.only = arguments[++i];
    else if (more && std::strcmp(arguments[i], "--params") == 0) {
      const proof_params* set = find_secure_set(arguments[++i]);
      bench::require(set != nullptr, std::string("no parameters ") + arguments[i]);
      o.params = *set;
    } else if (more && std::strcmp(arguments[i], "--blowup-log2") == 0)
      o.params.blowup_log2 = number(++i);
    else if (std::strcmp(arguments[i], "--no-warm") == 0)
      o.warm = false;
    else
      bench::give_up(std::string("unknown option ") + arguments[i]);
  }
  bench::require(o.cycles_log2 >= 10 && o.cycles_log2 <= 20, "--cycles-log2 is 10 to 20");
  return o;
}

/// Fibonacci numbers modulo 2^32, `count` of them: five instructions each.
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

/// Every family of instructions, fourteen a turn.
riscv::program mixed_work(u32 count) {
  test::program_writer w;
  w.load_immediate(5, 0x100).load_immediate(6, count).load_immediate(7, 1);
  const u32 loop = w.pc();
  test::emit_mixing(w, 0x80);
  w.emit(op::add, 5, 5, 0, 0).emit(op::add, 6, 6, 0, ~0u).emit(op::bne, 32, 6, 0, loop);
  for (u32 i = 0; i < 8; ++i) w.emit(op::sw, 32, 0, 7, 0x40 + 4 * i);
  return w.finish(0x40);
}

double peak_bytes() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("VmHWM:")) return 1024.0 * std::strtod(line.c_str() + 6, nullptr);
  bench::give_up("the system does not tell the peak of memory");
}

/// The cells that are committed (main and auxiliary, padding included) by cycle of the program.
double cells_a_cycle(const riscv::segment& s, const riscv::program& p) {
  const machine_tables t = tables_of(machine_kind::execution, s, p);
  double cells = 0;
  std::size_t i = 0;
  execution_chips::each([&]<class Chip>() {
    const air_shape shape = verifier_air_of<Chip>().shape;
    cells += static_cast<double>(t.main[i++].height()) *
             (shape.main_width + gl3::degree * shape.aux_columns());
  });
  return cells / s.cycles;
}

/// Of the whole prover, from the program to the proof.
struct rates {
  double khz = 0;         ///< on all processors
  double khz_a_core = 0;  ///< by processor time
};

rates prove(const std::string& name, const riscv::program& p, const options& o,
            std::vector<bench::row>& rows) {
  const auto run = riscv::run(p, {});
  bench::require(run.ok() && run->output.has_value(), name + " does not run");
  const auto backend = make_cpu_backend(o.workers);
  bench::timed_backend timed(*backend);
  const run_proving_key key = make_run_key(o.params, timed, p);
  const double cycles = static_cast<double>(run->cycles);
  const auto add = [&](const std::string& what, double value, const std::string& unit,
                       const std::string& peer = {}, std::optional<double> peer_value = {}) {
    rows.push_back({name + what, value, unit, peer, peer_value});
  };

  bench::say(name + ": trace");
  double start = bench::now_s();
  riscv::tracer tracer(p, {}, test::whole_segment_limits());
  riscv::segment segment;
  bench::require(tracer.next(segment).ok() && segment.last, name + " is one segment");
  const double trace_s = bench::now_s() - start;
  start = bench::now_s();
  (void)tables_of(machine_kind::execution, segment, p);
  const double fill_s = bench::now_s() - start;
  const double cells = cells_a_cycle(segment, p);
  segment = {};

  run_proof_options proof_options;
  proof_options.segments = test::whole_segment_limits();
  // Once to fault the pages in: a node proves segment after segment in the same memory.
  bench::say(name + ": proof");
  if (o.warm)
    bench::require(prove_run(o.params, key, timed, p, {}, proof_options).ok(), "first proof");
  timed.reset();
  start = bench::now_s();
  const double cpu_start = bench::own_cpu_s();
  const auto proved = prove_run(o.params, key, timed, p, {}, proof_options);
  const double prove_s = bench::now_s() - start, prove_cpu_s = bench::own_cpu_s() - cpu_start;
  bench::require(proved.ok() && proved->output == *run->output, name + ": no proof");
  const double memory = peak_bytes();
  start = bench::now_s();
  bench::require(verify_run(o.params, key.verifier(), proved->output, proved->proof).ok(),
                 name + ": the proof is refused");
  const double verify_s = bench::now_s() - start;

  const rates found{cycles / prove_s / 1e3, cycles / prove_cpu_s / 1e3};
  add(": base proving rate, all processors", found.khz, "kHz", "required at least",
      name == "fibonacci" ? 200.0 : 150.0);
  add(": the same by processor time", found.khz_a_core, "kHz a core");
  add(": cycles", cycles, "cycles");
  add(": committed cells a cycle", cells, "cells");
  add(": emulation with trace, alone", trace_s, "s");
  add(": tables from the trace, alone", fill_s, "s");
  double inside = 0;
  for (const auto& [stage, seconds] : timed.stages_s()) {
    add(":   " + stage, seconds, "s");
    inside += seconds;
  }
  add(":   outside the backend", prove_s - inside, "s");
  add(": peak memory of the process", memory / 1e9, "GB", "required at most", 8.0);
  add(":   of it tables, trees and codewords", static_cast<double>(timed.memory_bytes_peak()) / 1e9,
      "GB");
  add(": proof", static_cast<double>(proved->proof.size()), "bytes");
  add(": native verification", verify_s * 1e3, "ms", "required at most", 100.0);
  return found;
}

/// The same loop on RISC Zero's prover, as many turns as one of its smaller segments has.
void add_risc0(const rates& ours, std::vector<bench::row>& rows) {
  const auto run = riscv::run(fibonacci(bench::risc0_turns), {});
  bench::require(run.ok() && run->output.has_value(), "the peer's program does not run here");
  const hash256& out = *run->output;
  const auto peer =
      bench::ask_risc0(u32{out[0]} | u32{out[1]} << 8 | u32{out[2]} << 16 | u32{out[3]} << 24);
  const auto rate = [&](double seconds) { return peer->cycles / seconds / 1e3; };
  rows.push_back({"fibonacci: proving rate, beside RISC Zero's", ours.khz, "kHz",
                  "RISC Zero's C++ rv32im prover",
                  peer ? std::optional(rate(peer->prove_s)) : std::nullopt});
  rows.push_back({"fibonacci: by processor time, beside RISC Zero's", ours.khz_a_core, "kHz a core",
                  "RISC Zero's C++ rv32im prover",
                  peer ? std::optional(rate(peer->cpu_s)) : std::nullopt});
}

}  // namespace

int main(int count, char** arguments) {
  const options o = parse(count, arguments);
  // A few cycles are left for what stands around the loop.
  const u32 cycles = (1u << o.cycles_log2) - 64;
  std::vector<bench::row> rows;
  if (o.only.empty() || o.only == "primitives") bench::time_primitives(5, rows);
  if (o.only.empty() || o.only == "fibonacci")
    add_risc0(prove("fibonacci", fibonacci(cycles / 5), o, rows), rows);
  if (o.only.empty() || o.only == "mixed") prove("mixed", mixed_work(cycles / 14), o, rows);
  std::printf("%s\n", bench::to_json(rows).c_str());
  return 0;
}

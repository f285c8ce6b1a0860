// The whole prover on runs of RV32IM programs, two of about one full segment and two batches of
// transfers, with proven128 or another set: cycles a second from the program to the proof, what
// each stage takes, the most memory, the proof's size and the time that its verification takes.
// Peers where there are any: see ../README.md.
//   bench_prove [--cycles-log2 N] [--workers N] [--only primitives|fibonacci|mixed|ether|token]
//               [--no-warm] [--params SET] [--blowup-log2 N]
#include <cstdio>
#include <cstring>
#include <fstream>

#include "runtime/stark/machine/machine.hpp"
#include "runtime/stark/machine/run_prover.hpp"
#include "test/bench/prove/peers.hpp"
#include "test/bench/prove/primitives.hpp"
#include "test/bench/prove/timed_backend.hpp"
#include "test/bench/prove/verification.hpp"
#include "test/bench/prove/workloads.hpp"
#include "test/bench/rows/rows.hpp"

using namespace ashlar;
using namespace ashlar::stark;

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

double peak_bytes() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("VmHWM:")) return 1024.0 * std::strtod(line.c_str() + 6, nullptr);
  bench::give_up("the system does not tell the peak of memory");
}

/// A run's segments without their proofs.
struct traced {
  std::size_t segments = 0;
  u64 cycles = 0;
  double cells = 0;  ///< that are committed: main and auxiliary, padding included
  double trace_s = 0, fill_s = 0;
};

double cells_of(const machine_tables& t) {
  double cells = 0;
  std::size_t i = 0;
  execution_chips::each([&]<class Chip>() {
    const air_shape shape = verifier_air_of<Chip>().shape;
    cells += static_cast<double>(t.main[i++].height()) *
             (shape.main_width + gl3::degree * shape.aux_columns());
  });
  return cells;
}

traced trace(const bench::workload& w) {
  traced out;
  riscv::tracer tracer(w.program, w.input, w.segments);
  riscv::segment segment;
  do {
    double start = bench::now_s();
    bench::require(tracer.next(segment).ok(), w.name + " traps");
    out.trace_s += bench::now_s() - start;
    start = bench::now_s();
    const machine_tables tables = tables_of(machine_kind::execution, segment, w.program);
    out.fill_s += bench::now_s() - start;
    out.cells += cells_of(tables);
    ++out.segments;
    out.cycles += segment.cycles;
  } while (!segment.last);
  return out;
}

/// Of the whole prover, from the program to the proof.
struct rates {
  double khz = 0;         ///< on all processors
  double khz_a_core = 0;  ///< by processor time
};

void add_verification(const std::string& name, const bench::verification_times& times,
                      std::vector<bench::row>& rows) {
  const auto add = [&](const std::string& what, const bench::least_times& least,
                       std::optional<double> required) {
    const std::string start = name + ": native verification of " + what;
    rows.push_back({start + ", all processors", 1e3 * least.wall_s, "ms",
                    required ? "required at most" : "", required});
    rows.push_back({start + ", processor time", 1e3 * least.cpu_s, "ms", {}, {}});
  };
  add("a segment alone", times.segment, 100.0);
  add("memory alone", times.memory, {});
  add("the run", times.run, {});
}

rates prove(const bench::workload& w, const options& o, std::vector<bench::row>& rows) {
  const auto backend = make_cpu_backend(o.workers);
  bench::timed_backend timed(*backend);
  const run_proving_key key = make_run_key(o.params, timed, w.program);
  const auto add = [&](const std::string& what, double value, const std::string& unit,
                       const std::string& peer = {}, std::optional<double> peer_value = {}) {
    rows.push_back({w.name + what, value, unit, peer, peer_value});
  };

  bench::say(w.name + ": trace");
  const traced alone = trace(w);
  run_proof_options proof_options;
  proof_options.segments = w.segments;
  // Once to fault the pages in: a node proves segment after segment in the same memory.
  bench::say(w.name + ": proof");
  if (o.warm && alone.segments == 1)
    bench::require(prove_run(o.params, key, timed, w.program, w.input, proof_options).ok(),
                   "first proof");
  timed.reset();
  const double start = bench::now_s(), cpu_start = bench::own_cpu_s();
  const auto proved = prove_run(o.params, key, timed, w.program, w.input, proof_options);
  const double prove_s = bench::now_s() - start, prove_cpu_s = bench::own_cpu_s() - cpu_start;
  bench::require(proved.ok() && proved->output == w.output, w.name + ": no proof");
  const double memory = peak_bytes();
  const auto verified = bench::time_verification(o.params, key.verifier(), *proved, w.name);
  const auto cycles = static_cast<double>(alone.cycles);

  const rates found{cycles / prove_s / 1e3, cycles / prove_cpu_s / 1e3};
  add(": base proving rate, all processors", found.khz, "kHz", "required at least", w.khz_required);
  add(": the same by processor time", found.khz_a_core, "kHz a core");
  add(": cycles", cycles, "cycles");
  add(": segments", static_cast<double>(alone.segments), "segments");
  add(": committed cells a cycle", alone.cells / cycles, "cells");
  add(": emulation with trace, alone", alone.trace_s, "s");
  add(": tables from the trace, alone", alone.fill_s, "s");
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
  add_verification(w.name, verified, rows);
  return found;
}

/// The same loop on RISC Zero's prover, as many turns as one of its smaller segments has.
void add_risc0(const rates& ours, std::vector<bench::row>& rows) {
  const auto run = riscv::run(bench::fibonacci(bench::risc0_turns), {});
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
  const u32 cycles = 1u << o.cycles_log2;
  std::vector<bench::row> rows;
  const auto asked = [&](const char* name) { return o.only.empty() || o.only == name; };
  if (asked("primitives")) bench::time_primitives(5, rows);
  if (asked("fibonacci")) add_risc0(prove(bench::fibonacci_work(cycles), o, rows), rows);
  if (asked("mixed")) prove(bench::mixed_work(cycles), o, rows);
  if (asked("ether")) prove(bench::ether_work(), o, rows);
  if (asked("token")) prove(bench::token_work(), o, rows);
  std::printf("%s\n", bench::to_json(rows).c_str());
  return 0;
}

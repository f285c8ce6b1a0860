// What it costs to verify a segment inside the machine: proves a base run, makes the join
// program's input, and tells the program's cycles by function.
//   bench_join [--rounds N] [--segment-cycles N] [--layer] [--functions N]
// --layer proves that join, too, and verifies its run in a further one.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "runtime/riscv/profile.hpp"
#include "runtime/stark/join/join_input.hpp"
#include "runtime/stark/join_prover/join_prover.hpp"
#include "test/bench/rows/rows.hpp"
#include "test/support/guest_file.hpp"
#include "test/support/mixer_program.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

struct options {
  u32 rounds = 60'000, segment_cycles = 1u << 20;
  bool layer = false;
  std::size_t functions = 30;
};

options parse(int count, char** arguments) {
  options o;
  for (int i = 1; i < count; ++i) {
    const std::string name = arguments[i];
    if (name == "--layer")
      o.layer = true;
    else if (name == "--rounds" && i + 1 < count)
      o.rounds = static_cast<u32>(std::strtoul(arguments[++i], nullptr, 10));
    else if (name == "--segment-cycles" && i + 1 < count)
      o.segment_cycles = static_cast<u32>(std::strtoul(arguments[++i], nullptr, 10));
    else if (name == "--functions" && i + 1 < count)
      o.functions = std::strtoul(arguments[++i], nullptr, 10);
    else
      bench::give_up("unknown option " + name);
  }
  return o;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

proved_run proved(const char* what, const proof_params& params, const run_proving_key& key,
                  prover_backend& backend, const riscv::program& program,
                  std::span<const u32> input, u32 segment_cycles) {
  run_proof_options options;
  options.segments.cycles = segment_cycles;
  const auto start = std::chrono::steady_clock::now();
  auto run = prove_run(params, key, backend, program, input, options);
  bench::require(run.ok(), run.ok() ? "" : run.error().text());
  std::printf("%s: %llu cycles, %u segments, %zu bytes, %.1f s\n", what,
              static_cast<unsigned long long>(run->run.cycles), run->segments, run->proof.size(),
              seconds_since(start));
  return std::move(*run);
}

join_input joined(const program_set& set, const join_item& item) {
  auto input = make_join_input(secure_join, set, join_kind::inner, std::span(&item, 1));
  bench::require(input.ok(), input.ok() ? "" : to_text(input.error()));
  return std::move(*input);
}

void tell_cycles(const char* what, const riscv::program& program,
                 const std::vector<riscv::function_symbol>& functions, const join_input& input,
                 std::size_t rows) {
  const auto p = riscv::run_profiled(program, input.words, functions);
  bench::require(p.ok(), p.ok() ? "" : riscv::describe(p.error()));
  bench::require(p->run.exit_code == 0 && p->run.output == input.output,
                 "the join program gave another output");
  std::printf("%s: %llu cycles, %zu words of input;", what,
              static_cast<unsigned long long>(p->run.cycles), input.words.size());
  for (std::size_t n = 0; n < p->run.ecalls.size(); ++n)
    if (p->run.ecalls[n] != 0)
      std::printf(" call %zu: %llu", n, static_cast<unsigned long long>(p->run.ecalls[n]));
  std::printf("\n");
  std::vector<std::pair<std::string, riscv::profile::share>> sorted(p->functions.begin(),
                                                                    p->functions.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.second.total > b.second.total; });
  for (std::size_t i = 0; i < std::min(rows, sorted.size()); ++i)
    std::printf("%12llu %12llu  %.100s\n", static_cast<unsigned long long>(sorted[i].second.total),
                static_cast<unsigned long long>(sorted[i].second.own), sorted[i].first.c_str());
}

}  // namespace

int main(int count, char** arguments) {
  const options o = parse(count, arguments);
  const auto backend = make_cpu_backend();
  const riscv::program base = test::mixer_program(o.rounds);
  const bytes file = test::whole_file(ASHLAR_JOIN_ELF);
  const auto join = riscv::load_elf(file, riscv::guest_ram_bytes);
  const auto functions = riscv::function_symbols(file);
  bench::require(join.ok() && functions.ok(), "the join program cannot be loaded");
  const auto base_key = make_run_key(secure_join.base, *backend, base);
  const auto join_key = make_run_key(secure_join.join, *backend, *join, machine_kind::recursion);
  const program_set set{base_key.verifier(), join_key.verifier()};

  std::vector<u32> input(test::mixer_words, 7);
  const proved_run run =
      proved("base run", secure_join.base, base_key, *backend, base, input, o.segment_cycles);
  const join_input first = joined(set, {false, {run.output}, run.proof});
  tell_cycles("join of it", *join, *functions, first, o.functions);
  if (!o.layer) return 0;
  const proved_run inner = proved("join run", secure_join.join, join_key, *backend, *join,
                                  first.words, o.segment_cycles);
  const join_input second = joined(set, {true, {run.output}, inner.proof});
  tell_cycles("join of that", *join, *functions, second, o.functions);
  return 0;
}

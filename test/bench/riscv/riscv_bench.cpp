// The machine and what runs on it: cycles of a transfer in the guest, by phase, and the emulator's
// speed with and without a trace.
//   bench_riscv [--transfers N] [--profile PREFIX] [--seconds S]
// --profile writes PREFIX-ether.folded and PREFIX-token.folded for flame graph tools, and a table
// of functions to standard error. Every run's public input is held to the native function's.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "actors/prover/cycle_phases.hpp"
#include "runtime/riscv/profile.hpp"
#include "runtime/riscv/tracer.hpp"
#include "runtime/types/batch.hpp"
#include "test/bench/riscv/transfer_batches.hpp"
#include "test/bench/rows/rows.hpp"
#include "test/support/guest_file.hpp"

using namespace ashlar;

namespace {

struct options {
  std::size_t transfers = 100;
  double seconds = 2;
  std::string profile;
};

options parse(int count, char** arguments) {
  options o;
  for (int i = 1; i < count; ++i) {
    const bool more = i + 1 < count;
    if (more && std::strcmp(arguments[i], "--transfers") == 0)
      o.transfers = std::strtoull(arguments[++i], nullptr, 10);
    else if (more && std::strcmp(arguments[i], "--seconds") == 0)
      o.seconds = std::strtod(arguments[++i], nullptr);
    else if (more && std::strcmp(arguments[i], "--profile") == 0)
      o.profile = arguments[++i];
    else
      bench::give_up(std::string("unknown option ") + arguments[i]);
  }
  return o;
}

void print_table(const riscv::profile& p, std::size_t transfers) {
  std::vector<std::pair<std::string, riscv::profile::share>> rows(p.functions.begin(),
                                                                  p.functions.end());
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return a.second.own > b.second.own; });
  std::fprintf(stderr, "%12s %12s  function (cycles a transfer)\n", "own", "total");
  for (std::size_t i = 0; i < std::min<std::size_t>(rows.size(), 45); ++i)
    std::fprintf(stderr, "%12.1f %12.1f  %s\n",
                 static_cast<double>(rows[i].second.own) / static_cast<double>(transfers),
                 static_cast<double>(rows[i].second.total) / static_cast<double>(transfers),
                 rows[i].first.c_str());
}

void save(const std::string& path, const std::string& text) {
  std::FILE* const out = std::fopen(path.c_str(), "wb");
  bench::require(out != nullptr, "cannot write " + path);
  bench::require(std::fwrite(text.data(), 1, text.size(), out) == text.size(),
                 "cannot write " + path);
  std::fclose(out);
}

/// Cycles a transfer with its phases.
void count_cycles(const options& o, const std::string& kind,
                  const test::memory_chain::sealed& batch, double required,
                  std::vector<bench::row>& rows) {
  const bytes file = test::whole_file(ASHLAR_STF_ELF);
  const auto program = riscv::load_elf(file, riscv::guest_ram_bytes);
  const auto functions = riscv::function_symbols(file);
  bench::require(program.ok() && functions.ok(), "the guest cannot be loaded");
  const bytes witness = stf::encode_batch_witness(batch.witness);
  const auto p = riscv::run_profiled(*program, riscv::input_words(witness), *functions);
  bench::require(p.ok(), p.ok() ? "" : describe(p.error()));
  bench::require(p->run.exit_code == 0 && p->run.output == public_input_hash(batch.native.input),
                 "the guest's public input is another");
  const auto each = [&](u64 cycles) {
    return static_cast<double>(cycles) / static_cast<double>(o.transfers);
  };
  rows.push_back({"guest cycles, " + kind + " transfer of " + std::to_string(o.transfers),
                  each(p->run.cycles), "cycles", "required at most", required});
  for (const auto& [phase, cycles] : prover::cycles_by_phase(*p))
    rows.push_back({"  " + kind + ": " + phase, each(cycles), "cycles", "", {}});
  for (const auto& [name, call] : prover::counted_calls)
    rows.push_back({"  " + kind + ": calls of " + name,
                    each(prover::times_called(p->run, call)),
                    "calls",
                    "",
                    {}});
  if (o.profile.empty()) return;
  save(o.profile + "-" + kind + ".folded", p->folded_text());
  std::fprintf(stderr, "%s\n", kind.c_str());
  print_table(*p, o.transfers);
}

void time_emulator(const options& o, const test::memory_chain::sealed& batch,
                   std::vector<bench::row>& rows) {
  const riscv::program program = test::guest_program(ASHLAR_STF_ELF);
  const auto input = riscv::input_words(stf::encode_batch_witness(batch.witness));
  const auto rate = [&](const auto& once) {
    double cycles = 0, best = 0;
    unsigned long long runs = 0;
    const double begin = bench::own_cpu_s();
    for (double before = begin; before - begin < o.seconds || runs < 3; ++runs) {
      cycles = once();
      const double now = bench::own_cpu_s();
      best = std::max(best, cycles / (now - before) / 1e6);
      before = now;
    }
    return std::pair{best, runs};
  };
  const auto plain = rate([&] {
    const auto r = riscv::run(program, input);
    bench::require(r.ok() && r->output == public_input_hash(batch.native.input), "a wrong run");
    return static_cast<double>(r->cycles);
  });
  rows.push_back({"emulator, one core, no trace", plain.first, "MHz", "required at least", 100.0,
                  plain.second});
  riscv::segment s;
  const auto traced = rate([&] {
    riscv::tracer t(program, input);
    do bench::require(t.next(s).ok(), "a trap");
    while (!s.last);
    return static_cast<double>(t.result().cycles);
  });
  rows.push_back({"emulator, one core, tracing", traced.first, "MHz", "required at least", 25.0,
                  traced.second});
}

}  // namespace

int main(int count, char** arguments) {
  const options o = parse(count, arguments);
  std::vector<bench::row> rows;
  const auto ether = bench::ether_transfers(o.transfers);
  const auto token = bench::token_transfers(o.transfers);
  count_cycles(o, "ether", ether, 60'000, rows);
  count_cycles(o, "token", token, 120'000, rows);
  time_emulator(o, token, rows);
  std::printf("%s\n", bench::to_json(rows).c_str());
  return 0;
}

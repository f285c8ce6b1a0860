// The GPU backend: its parts, then one whole segment of the machine, whose proof is held against
// the CPU backend's first.
//   bench_cuda [--cycles-log2 N] [--no-parts] [--no-check]
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "cuda/backend/backend.hpp"
#include "runtime/riscv/tracer.hpp"
#include "runtime/stark/machine/machine.hpp"
#include "runtime/stark/machine/run_prover.hpp"
#include "test/bench/cuda/parts_bench.hpp"
#include "test/support/mixer_program.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

struct options {
  unsigned cycles_log2 = 20;
  bool parts = true, check = true;
};

options parse(int count, char** arguments) {
  options o;
  for (int i = 1; i < count; ++i) {
    if (i + 1 < count && std::strcmp(arguments[i], "--cycles-log2") == 0)
      o.cycles_log2 = static_cast<unsigned>(std::strtoul(arguments[++i], nullptr, 10));
    else if (std::strcmp(arguments[i], "--no-parts") == 0)
      o.parts = false;
    else if (std::strcmp(arguments[i], "--no-check") == 0)
      o.check = false;
    else
      bench::give_up(std::string("unknown option ") + arguments[i]);
  }
  return o;
}

/// Passes everything on, waits for it, and keeps the time that each kind of call took.
class timed_backend final : public prover_backend {
  cuda::gpu_backend& to_;
  template <class F>
  auto timed(const char* what, F&& f) {
    const double begin = bench::now_s();
    auto out = f();
    to_.wait();
    seconds[what] += bench::now_s() - begin;
    return out;
  }

 public:
  explicit timed_backend(cuda::gpu_backend& to) : to_(to) {}
  std::map<std::string, double> seconds;

  table_handle upload(matrix m) override {
    return timed("upload", [&] { return to_.upload(std::move(m)); });
  }
  tree_handle commit(std::span<device_table* const> t, hash_kind h, unsigned b,
                     bool keep) override {
    return timed("commit", [&] { return to_.commit(t, h, b, keep); });
  }
  std::optional<auxiliary_trace> auxiliary(const prover_air& a, const air_tables& t,
                                           const air_challenges& c) override {
    return timed("auxiliary", [&] { return to_.auxiliary(a, t, c); });
  }
  void drop_trace(device_table& t) override { to_.drop_trace(t); }
  table_handle quotient(const prover_air& a, const air_tables& t, const air_challenges& c,
                        const bus_sums& s, const gl3& alpha, unsigned b) override {
    return timed("quotient", [&] { return to_.quotient(a, t, c, s, alpha, b); });
  }
  void evaluate(const device_table& t, const gl3& zeta, std::vector<gl3>& here,
                std::vector<gl3>* next) override {
    timed("evaluate", [&] {
      to_.evaluate(t, zeta, here, next);
      return 0;
    });
  }
  codeword_handle deep(unsigned h, unsigned b, std::span<const deep_term> t,
                       const gl3& zeta) override {
    return timed("deep", [&] { return to_.deep(h, b, t, zeta); });
  }
  tree_handle commit_layer(device_codeword& c, hash_kind h, unsigned f, unsigned b) override {
    return timed("commit layer", [&] { return to_.commit_layer(c, h, f, b); });
  }
  codeword_handle fold(const device_codeword& c, unsigned f, unsigned b, const gl3& beta,
                       const device_codeword* joined) override {
    return timed("fold", [&] { return to_.fold(c, f, b, beta, joined); });
  }
  std::vector<gl3> final_polynomial(const device_codeword& c) override {
    return timed("final polynomial", [&] { return to_.final_polynomial(c); });
  }
  u64 grind(const transcript& t, unsigned bits) override {
    return timed("grind", [&] { return to_.grind(t, bits); });
  }
  tree_openings gather(const device_tree& t, unsigned cap, std::span<const u32> p) override {
    return timed("gather", [&] { return to_.gather(t, cap, p); });
  }
};

bytes prove(const run_proving_key& key, prover_backend& backend, segment_trace trace) {
  segment_prover p(proven128, key.execution, backend);
  bench::require(p.begin(std::move(trace)).ok(), "no commitment");
  // Some challenge: the tie to other segments is not what is measured.
  const gl3 challenge(gl(3u), gl(5u), gl(7u));
  auto proof = p.finish({challenge, challenge.square()});
  bench::require(proof.ok(), "no proof");
  return std::move(*proof);
}

void whole_segment(const options& o, std::vector<bench::row>& rows) {
  const u32 rounds = (1u << o.cycles_log2) / test::mixer_cycles_a_round - 8;
  const riscv::program program = test::mixer_program(rounds);
  const std::vector<u32> input = test::mixer_input();
  riscv::tracer tracer(program, input, test::whole_segment_limits());
  riscv::segment segment;
  const auto step = tracer.next(segment);
  bench::require(step.ok(), step.ok() ? "" : riscv::describe(step.error()));
  bench::require(segment.last, "the program is not one segment");
  const double cycles = static_cast<double>(tracer.result().cycles);
  machine_tables tables = tables_of(machine_kind::execution, segment, program);
  const segment_trace trace{std::move(tables.main), std::move(tables.publics)};
  double cells = 0;
  for (const matrix& m : trace.main) cells += static_cast<double>(m.cells().size());
  bench::say(std::to_string(static_cast<u64>(cycles)) + " cycles, " +
             std::to_string(static_cast<u64>(cells / 1e6)) + " million cells");

  auto gpu = cuda::make_cuda_backend();
  bench::require(gpu.ok(), gpu.ok() ? "" : gpu.error().text);
  const run_proving_key key = make_run_key(proven128, **gpu, program);
  const double first_begin = bench::now_s();
  const bytes first = prove(key, **gpu, trace);
  bench::say("first proof on the GPU: " + std::to_string(bench::now_s() - first_begin) + " s");
  if (o.check) {
    const auto cpu = make_cpu_backend();
    const run_proving_key cpu_key = make_run_key(proven128, *cpu, program);
    const double begin = bench::now_s();
    const bytes expected = prove(cpu_key, *cpu, trace);
    const double took = bench::now_s() - begin;
    bench::say("the CPU's proof: " + std::to_string(took) + " s");
    bench::require(first == expected, "the GPU's proof is not the CPU's");
    rows.push_back({"CPU: a segment, proven128", cycles / took / 1e6, "M cycles/s", "", {}});
  }
  constexpr unsigned repeats = 5;
  std::vector<double> times;
  for (unsigned i = 0; i < repeats; ++i) {
    segment_trace copy = trace;
    const double begin = bench::now_s();
    bench::require(prove(key, **gpu, std::move(copy)) == first, "two proofs differ");
    times.push_back(bench::now_s() - begin);
  }
  const double s = bench::quantile(times, 0.5);
  rows.push_back({"GPU: a segment, proven128", s * 1e3, "ms", "", {}, repeats});
  rows.push_back({"GPU: a segment, proven128", cycles / s / 1e6, "M cycles/s", "", {}, repeats});
  rows.push_back({"GPU: a segment's cells", cells / s / 1e6, "M cells/s", "", {}, repeats});
  timed_backend timed(**gpu);
  segment_trace copy = trace;
  bench::require(prove(key, timed, std::move(copy)) == first, "two proofs differ");
  for (const auto& [what, seconds] : timed.seconds)
    rows.push_back({"  GPU: " + what, seconds * 1e3, "ms", "", {}});
  rows.push_back({"GPU: device memory at most",
                  static_cast<double>((*gpu)->memory_bytes_peak()) / 1e9, "GB", "allowed", 16.0});
}

}  // namespace

int main(int count, char** arguments) {
  const options o = parse(count, arguments);
  if (cuda::device_count() == 0) bench::give_up("no CUDA device");
  std::vector<bench::row> rows;
  if (o.parts) bench::bench_cuda_parts(rows);
  whole_segment(o, rows);
  std::printf("%s\n", bench::to_json(rows).c_str());
  return 0;
}

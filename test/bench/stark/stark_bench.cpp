#include <benchmark/benchmark.h>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "runtime/base/vector_code.hpp"
#include "runtime/stark/field/domain.hpp"
#include "runtime/stark/hash/many.hpp"
#include "runtime/stark/ntt/block_ops.hpp"
#include "runtime/stark/ntt/ntt.hpp"
#include "runtime/stark/ntt/ntt_kernels.hpp"
#include "runtime/stark/prover/merkle_tree.hpp"
#include "runtime/stark/prover/prover.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "wrong result: %s\n", what);
  std::exit(1);
}

std::vector<gl> random_elements(std::size_t n) {
  std::mt19937_64 rng(1);
  std::vector<gl> out(n);
  for (gl& e : out) e = gl(rng());
  return out;
}

// Transforms of 32 columns of 2^20, one core; elements a second.
void ntt(benchmark::State& state, bool inverse, vector_code code) {
  if (!has_vector_code(code)) return state.SkipWithError("not on this processor");
  constexpr unsigned log2 = 20, columns = 32;
  use_vector_code(code);
  std::vector<gl> x = random_elements(std::size_t{columns} << log2);
  std::vector<gl> reference(x.begin(), x.begin() + (1 << log2)), column = reference;
  ntt::interpolate_scalar(reference.data(), log2);
  interpolate(column.data(), log2);
  require(column == reference, "interpolation");
  std::vector<gl> expected(reference.size());
  ntt::evaluate_coset_scalar(reference.data(), expected.data(), log2, domain_shift);
  evaluate_coset(column.data(), column.data(), log2, domain_shift);
  require(column == expected, "evaluation");
  for (auto _ : state)
    for (unsigned j = 0; j < columns; ++j) {
      gl* c = x.data() + (std::size_t{j} << log2);
      if (inverse)
        interpolate(c, log2);
      else
        evaluate_coset(c, c, log2, domain_shift);
    }
  state.SetItemsProcessed(state.iterations() * (std::int64_t{columns} << log2));
  use_vector_code(best_vector_code());
}
BENCHMARK_CAPTURE(ntt, interpolate_avx512, true, vector_code::avx512)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ntt, evaluate_avx512, false, vector_code::avx512)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ntt, evaluate_avx2, false, vector_code::avx2)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ntt, evaluate_scalar, false, vector_code::scalar)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);

// A tree over 2^18 rows of 64 columns at rate 1/2, one core; bytes of rows a second.
void merkle(benchmark::State& state) {
  constexpr unsigned log2 = 17;
  const std::size_t columns = static_cast<std::size_t>(state.range(0));
  const std::vector<gl> x = random_elements(columns << (log2 + 1));
  crew alone(1);
  const auto pool = std::make_shared<cell_pool>(std::size_t{1} << 30);
  for (auto _ : state) {
    column_group g{log2, {}};
    for (std::size_t j = 0; j < columns; ++j)
      g.columns.push_back({x.data() + (j << (log2 + 1)), std::size_t{1} << log2});
    merkle_tree tree;
    tree.build({std::move(g)}, hash_kind::blake3, hash_block_max, 1, alone, pool);
    benchmark::DoNotOptimize(tree.root());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(x.size() * 8));
}
BENCHMARK(merkle)->Arg(64)->Arg(200)->Arg(500)->Unit(benchmark::kMillisecond);

// Nodes of a level, one permutation each, one core; nodes a second.
void poseidon2_nodes(benchmark::State& state) {
  constexpr std::size_t n = 1 << 14;
  const std::vector<gl> x = random_elements(8 * n);
  const auto* const pairs = reinterpret_cast<const hash256*>(x.data());
  std::vector<hash256> out(n);
  for (auto _ : state) {
    hash_nodes(hash_kind::poseidon2, pairs, out.data(), n);
    benchmark::DoNotOptimize(out.data());
  }
  require(out[n / 2] == hash_elements(hash_kind::poseidon2, {x.data() + 4 * n, 8}),
          "a node is the hash of its elements");
  state.SetItemsProcessed(state.iterations() * std::int64_t{n});
}
BENCHMARK(poseidon2_nodes)->Unit(benchmark::kMillisecond);

// A machine with the proportions of a base segment: one wide table with degree 3 constraints, with
// two lookups for every five columns, into a table of its own.
enum class bench_bus { range };
constexpr bus_properties properties_of(bench_bus) noexcept {
  return {1, 1, false};
}

struct wide_chip {
  static constexpr std::string_view name = "wide";
  static constexpr unsigned groups = 20;
  template <class E>
  struct columns {
    E live[groups], a[groups], b[groups], c[groups], d[groups];
  };
  template <class B>
  static void constrain(B& b) {
    const auto& r = b.row();
    for (unsigned i = 0; i < groups; ++i) {
      b.zero(r.live[i] * (r.live[i] - gl::one()));
      b.zero(r.c[i] - r.a[i] * r.b[i] * r.live[i]);
      b.zero_transition(b.next().d[i] - r.d[i] - r.c[i]);
      b.send(bench_bus::range, r.live[i], {r.a[i]});
      b.send(bench_bus::range, r.live[i], {r.b[i]});
    }
  }
};
struct table_chip {
  static constexpr std::string_view name = "table";
  template <class E>
  struct columns {
    E multiplicity;
  };
  template <class E>
  struct fixed_columns {
    E value;
  };
  template <class B>
  static void constrain(B& b) {
    b.receive(bench_bus::range, b.row().multiplicity, {b.fixed().value});
  }
};

segment_trace wide_segment(unsigned log2) {
  segment_trace t;
  t.publics.resize(2);
  constexpr unsigned g = wide_chip::groups;
  matrix wide(std::size_t{1} << log2, 5 * g), table(1 << 12, 1);
  std::mt19937_64 rng(2);
  for (unsigned k = 0; k < g; ++k) {
    gl d;
    for (std::size_t i = 0; i < wide.height(); ++i) {
      const u64 x = rng() % 4096, y = rng() % 4096, live = rng() % 2;
      wide.at(i, k) = gl(live);
      wide.at(i, g + k) = gl(x);
      wide.at(i, 2 * g + k) = gl(y);
      wide.at(i, 3 * g + k) = gl(live * x * y);
      wide.at(i, 4 * g + k) = d;
      d += gl(live * x * y);
      if (live != 0) {
        table.at(x, 0) += gl::one();
        table.at(y, 0) += gl::one();
      }
    }
  }
  t.main.push_back(std::move(wide));
  t.main.push_back(std::move(table));
  return t;
}

// Rows a second of the whole prover with proven128 on all processors; 100 main and 60 auxiliary
// columns.
void prove(benchmark::State& state) {
  const unsigned log2 = static_cast<unsigned>(state.range(0));
  const prover_air airs[2] = {prover_air_of<wide_chip>(), prover_air_of<table_chip>()};
  const auto backend = make_cpu_backend();
  std::vector<matrix> fixed(2);
  fixed[1] = matrix(1 << 12, 1);
  for (std::size_t i = 0; i < fixed[1].height(); ++i) fixed[1].at(i, 0) = gl(u64{i});
  const proving_key key =
      make_proving_key(proven128, *backend, {&airs[0], &airs[1]}, std::move(fixed));
  const segment_trace trace = wide_segment(log2);
  std::size_t size = 0;
  {
    // Once to fault the pages in: a node proves segment after segment in the same memory.
    segment_prover warm(proven128, key, *backend);
    require(warm.begin(trace).ok() && warm.finish({}).ok(), "first proof");
  }
  for (auto _ : state) {
    segment_prover prover(proven128, key, *backend);
    state.PauseTiming();
    segment_trace copy = trace;
    state.ResumeTiming();
    require(prover.begin(std::move(copy)).ok(), "commitment");
    const auto proof = prover.finish({});
    require(proof.ok(), "proof");
    state.PauseTiming();
    require(verify_segment(proven128, key.key, {trace.publics, {}}, proof.value()).ok(),
            "verification");
    size = proof.value().size();
    state.ResumeTiming();
  }
  state.counters["rows/s"] = benchmark::Counter(static_cast<double>(state.iterations() << log2),
                                                benchmark::Counter::kIsRate);
  state.counters["proof_bytes"] = static_cast<double>(size);
}
BENCHMARK(prove)
    ->Arg(16)
    ->Arg(18)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

// Native verification of such a proof, milliseconds.
void verification(benchmark::State& state) {
  const prover_air airs[2] = {prover_air_of<wide_chip>(), prover_air_of<table_chip>()};
  const auto backend = make_cpu_backend();
  std::vector<matrix> fixed(2);
  fixed[1] = matrix(1 << 12, 1);
  for (std::size_t i = 0; i < fixed[1].height(); ++i) fixed[1].at(i, 0) = gl(u64{i});
  const proving_key key =
      make_proving_key(proven128, *backend, {&airs[0], &airs[1]}, std::move(fixed));
  segment_trace trace = wide_segment(16);
  const auto publics = trace.publics;
  segment_prover prover(proven128, key, *backend);
  require(prover.begin(std::move(trace)).ok(), "commitment");
  const auto proof = prover.finish({});
  require(proof.ok(), "proof");
  for (auto _ : state)
    require(verify_segment(proven128, key.key, {publics, {}}, proof.value()).ok(), "verification");
}
BENCHMARK(verification)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();

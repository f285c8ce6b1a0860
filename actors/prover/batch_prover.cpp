#include "actors/prover/batch_prover.hpp"

#include <algorithm>
#include <chrono>

#include "runtime/riscv/elf.hpp"
#include "runtime/riscv/machine.hpp"
#include "runtime/stark/machine/memory_plan.hpp"
#include "runtime/stf/apply_batch.hpp"

namespace ashlar::prover {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string text_of(const stark::run_failure& f) {
  std::string out(stark::describe(f.what));
  if (f.what == stark::run_error::part)
    out += " (" + (f.part == 0 ? std::string("memory") : "segment " + std::to_string(f.part)) +
           "): " + std::string(stark::describe(f.inner.what));
  return out;
}

/// Cuts the segments down to what the memory budget allows, and gives the backend's part of it.
result<std::size_t, std::string> fit_segments(batch_prover_config& config,
                                              const riscv::program& program) {
  if (config.memory_bytes_max == 0) return ~std::size_t{0};
  const auto plan = stark::plan_memory(config.params, program, config.memory_bytes_max);
  const auto mib = [](std::size_t n) { return std::to_string((n + (1u << 20) - 1) >> 20); };
  if (!plan)
    return fail("a memory budget of " + mib(config.memory_bytes_max) +
                " MiB is too small: the smallest segments need " + mib(plan.error()) + " MiB");
  riscv::segment_limits& to = config.segments;
  const riscv::segment_limits& most = plan->segments;
  for (const auto limit :
       {&riscv::segment_limits::cycles, &riscv::segment_limits::blake3,
        &riscv::segment_limits::keccak, &riscv::segment_limits::mod256,
        &riscv::segment_limits::ext3, &riscv::segment_limits::permutations,
        &riscv::segment_limits::hash_operands, &riscv::segment_limits::read_words,
        &riscv::segment_limits::copied_words, &riscv::segment_limits::memory_words})
    to.*limit = std::min(to.*limit, most.*limit);
  return plan->backend_bytes;
}

}  // namespace

struct batch_prover::parts {
  batch_prover_config config;
  riscv::program program;
  std::unique_ptr<stark::prover_backend> backend;
  stark::run_proving_key proving;
  stark::run_key key;
};

batch_prover::batch_prover(std::unique_ptr<parts> p) : parts_(std::move(p)) {}
batch_prover::~batch_prover() = default;

result<std::unique_ptr<batch_prover>, std::string> batch_prover::open(
    bytes_view guest, const batch_prover_config& config) {
  auto program = riscv::load_elf(guest, riscv::guest_ram_bytes);
  if (!program) return fail(std::string("guest program: ") + riscv::describe(program.error()));
  auto p = std::make_unique<parts>();
  p->config = config;
  p->program = std::move(*program);
  ASHLAR_TRY(const std::size_t tables_bytes_max, fit_segments(p->config, p->program));
  p->backend = stark::make_cpu_backend(config.workers, tables_bytes_max);
  p->proving = stark::make_run_key(p->config.params, *p->backend, p->program);
  p->key = p->proving.verifier();
  return std::unique_ptr<batch_prover>(new batch_prover(std::move(p)));
}

hash256 batch_prover::program_commitment() const {
  return parts_->key.digest();
}

result<batch_proof, std::string> batch_prover::prove(
    bytes_view witness, const std::function<void(const stark::run_progress&)>& progress,
    const std::function<bool(stark::run_pass, u32)>& go_on) {
  const auto applied = stf::apply_batch(witness);
  if (!applied)
    return fail("the witness does not hold: " + std::string(stf::to_text(applied.error().code)));
  batch_proof out;
  out.public_input_hash = public_input_hash(applied->input);

  const parts& p = *parts_;
  auto start = std::chrono::steady_clock::now();
  stark::run_proof_options options;
  options.segments = p.config.segments;
  options.fill_workers = p.config.workers;
  options.progress = progress;
  options.go_on = go_on;
  auto proved = stark::prove_run(p.config.params, p.proving, *p.backend, p.program,
                                 riscv::input_words(witness), options);
  if (!proved) return fail(proved.error().text());
  out.prove_seconds = seconds_since(start);
  out.cycles = proved->run.cycles;
  out.segments = proved->segments;
  out.file = std::move(proved->proof);
  if (proved->output != out.public_input_hash)
    return fail(std::string("the guest program gave another public input than the native run"));
  start = std::chrono::steady_clock::now();
  if (const auto checked = check(out.public_input_hash, out.file); !checked)
    return fail("the proof is refused by the verifier: " + checked.error());
  out.verify_seconds = seconds_since(start);
  return out;
}

status<std::string> batch_prover::check(const hash256& public_input_hash, bytes_view proof) const {
  const auto checked =
      stark::verify_run(parts_->config.params, parts_->key, public_input_hash, proof);
  if (!checked) return fail(text_of(checked.error()));
  return nothing{};
}

u64 expected_proof_bytes(const stark::proof_params& params, u32 segments) {
  static const u64 columns = [] {
    u64 sum = 0;
    for (const stark::verifier_air& air : stark::execution_airs())
      for (const stark::tree_id tree : stark::all_trees) sum += stark::columns_in(air.shape, tree);
    return sum;
  }();
  return segments * (params.queries * columns * sizeof(stark::gl) * 7 / 5);
}

const stark::proof_params* find_params(std::string_view name) {
  for (const stark::proof_params* p : {&stark::proven128, &stark::proven100})
    if (p->name == name && p->secure) return p;
  return nullptr;
}

}  // namespace ashlar::prover

#include "actors/prover/batch_prover.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <optional>
#include <typeinfo>

#include "actors/prover/own_thread.hpp"
#include "runtime/riscv/elf.hpp"
#include "runtime/riscv/machine.hpp"
#include "runtime/stark/machine/memory_plan.hpp"
#include "runtime/stf/apply_batch.hpp"

namespace ashlar::prover {
namespace {

constexpr std::string_view no_memory_for_key = "there is not enough memory for the program's key";

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

/// A device says more than the standard's exception does.
std::string text_of(const std::bad_alloc& e) {
  const bool plain = typeid(e) == typeid(std::bad_alloc);
  return "out of memory" + (plain ? std::string() : ": " + std::string(e.what()));
}

std::string mib(std::size_t n) {
  return std::to_string((n + (1u << 20) - 1) >> 20) + " MiB";
}

/// No longer than either.
riscv::segment_limits shorter(const riscv::segment_limits& a, const riscv::segment_limits& b) {
  riscv::segment_limits out = a;
  for (const auto limit : riscv::segment_limit_members) out.*limit = std::min(a.*limit, b.*limit);
  return out;
}

}  // namespace

result<proving_plan, std::string> plan_proving(bytes_view guest,
                                               const batch_prover_config& config) {
  auto program = riscv::load_elf(guest, riscv::guest_ram_bytes);
  if (!program) return fail(std::string("guest program: ") + riscv::describe(program.error()));
  proving_plan out{config, std::move(*program)};
  const std::size_t budget = config.memory_bytes_max;
  if (budget == 0) {
    out.backend_bytes = ~std::size_t{0};
    out.needed_bytes =
        stark::memory_of_run(config.params, out.program, config.segments).total_bytes();
    return out;
  }
  const auto memory = stark::plan_memory(config.params, out.program, budget);
  if (!memory)
    return fail("a memory budget of " + mib(budget) + " is too small: the smallest segments need " +
                mib(memory.error()));
  out.config.segments = shorter(config.segments, memory->segments);
  out.backend_bytes = memory->backend_bytes;
  out.needed_bytes = memory->total_bytes();
  return out;
}

status<std::string> batch_key::check(const hash256& public_input_hash, bytes_view proof) const {
  const auto checked = stark::verify_run(params, key, public_input_hash, proof);
  if (!checked) return fail(text_of(checked.error()));
  return nothing{};
}

result<batch_key, std::string> make_batch_key(const proving_plan& plan) {
  try {
    const auto backend = stark::make_cpu_backend(plan.config.workers, plan.backend_bytes);
    return batch_key{plan.config.params,
                     stark::make_run_key(plan.config.params, *backend, plan.program).verifier()};
  } catch (const std::bad_alloc&) {
    return fail(std::string(no_memory_for_key));
  } catch (const std::exception& e) {
    return fail(std::string("the program's key cannot be made: ") + e.what());
  }
}

struct batch_prover::parts {
  explicit parts(proving_plan p) : plan(std::move(p)) {}
  ~parts() {
    thread.call([this] { opened.reset(); });
  }
  parts(const parts&) = delete;
  parts& operator=(const parts&) = delete;

  /// A key's tables are its backend's, and go before it.
  struct opened_backend {
    std::unique_ptr<stark::prover_backend> backend;
    stark::run_proving_key key;
  };

  // On the thread.
  status<std::string> open();
  result<stark::proved_run, std::string> prove(std::span<const u32> input,
                                               const stark::run_proof_options& options);

  const proving_plan plan;
  std::optional<batch_key> key;  ///< set when the first backend was opened
  std::optional<opened_backend> opened;
  own_thread thread;  // last: it uses the others
};

status<std::string> batch_prover::parts::open() {
  if (opened) return nothing{};
  const batch_prover_config& config = plan.config;
  try {
    std::unique_ptr<stark::prover_backend> backend;
    if (config.backend) {
      ASHLAR_TRY(backend, config.backend());
    } else {
      backend = stark::make_cpu_backend(config.workers, plan.backend_bytes);
    }
    stark::run_proving_key made = stark::make_run_key(config.params, *backend, plan.program);
    const batch_key now{config.params, made.verifier()};
    if (!key) key = now;
    if (now.commitment() != key->commitment())
      return fail(
          std::string("the program's key came out otherwise than before: this machine's "
                      "memory, processor or device errs"));
    opened.emplace(opened_backend{std::move(backend), std::move(made)});
    return nothing{};
  } catch (const std::bad_alloc&) {
    return fail(std::string(no_memory_for_key));
  } catch (const std::exception& e) {
    return fail(std::string("the backend fails: ") + e.what());
  }
}

result<stark::proved_run, std::string> batch_prover::parts::prove(
    std::span<const u32> input, const stark::run_proof_options& options) {
  ASHLAR_CHECK(open());
  try {
    auto proved = stark::prove_run(plan.config.params, opened->key, *opened->backend, plan.program,
                                   input, options);
    if (!proved) return fail(proved.error().text());
    return std::move(*proved);
  } catch (const std::bad_alloc& e) {
    return fail(text_of(e));  // the backend may be used again
  } catch (const std::exception& e) {
    opened.reset();
    return fail("the backend failed and was closed: " + std::string(e.what()));
  }
}

batch_prover::batch_prover(std::unique_ptr<parts> p) : parts_(std::move(p)) {}
batch_prover::~batch_prover() = default;

result<std::unique_ptr<batch_prover>, std::string> batch_prover::open(proving_plan plan) {
  std::unique_ptr<batch_prover> out(new batch_prover(std::make_unique<parts>(std::move(plan))));
  ASHLAR_CHECK(out->prepare());
  return out;
}

result<std::unique_ptr<batch_prover>, std::string> batch_prover::open(
    bytes_view guest, const batch_prover_config& config) {
  ASHLAR_TRY(proving_plan plan, plan_proving(guest, config));
  return open(std::move(plan));
}

const batch_key& batch_prover::key() const {
  return *parts_->key;
}

status<std::string> batch_prover::prepare() {
  return parts_->thread.call([&] { return parts_->open(); });
}

result<batch_proof, std::string> batch_prover::prove(
    bytes_view witness, const std::function<void(const stark::run_progress&)>& progress,
    const std::function<bool(stark::run_pass, u32)>& go_on) {
  const auto applied = stf::apply_batch(witness);
  if (!applied)
    return fail("the witness does not hold: " + std::string(stf::to_text(applied.error().code)));
  batch_proof out;
  out.public_input_hash = public_input_hash(applied->input);

  auto start = std::chrono::steady_clock::now();
  stark::run_proof_options options;
  options.segments = parts_->plan.config.segments;
  // Proofs by these parameters are verified by circuits, which are made for few shapes.
  options.shaped = parts_->plan.config.params == stark::segment128;
  options.fill_workers = parts_->plan.config.workers;
  options.progress = progress;
  options.go_on = go_on;
  ASHLAR_TRY(auto proved, parts_->thread.call(
                              [&] { return parts_->prove(riscv::input_words(witness), options); }));
  out.prove_seconds = seconds_since(start);
  out.cycles = proved.run.cycles;
  out.segments = proved.segments;
  out.file = std::move(proved.proof);
  if (proved.output != out.public_input_hash)
    return fail(std::string("the guest program gave another public input than the native run"));
  start = std::chrono::steady_clock::now();
  if (const auto checked = key().check(out.public_input_hash, out.file); !checked)
    return fail("the proof is refused by the verifier: " + checked.error());
  out.verify_seconds = seconds_since(start);
  return out;
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
  for (const stark::proof_params* p : {&stark::proven128, &stark::proven100, &stark::segment128})
    if (p->name == name && p->secure) return p;
  return nullptr;
}

}  // namespace ashlar::prover

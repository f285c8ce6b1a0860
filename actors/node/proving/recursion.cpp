#include "actors/node/proving/recursion.hpp"

#include "actors/node/proving/engine_config.hpp"
#include "actors/node/proving/guest_program.hpp"
#include "actors/node/proving/pinned_circuits.hpp"
#include "cuda/backend/backend.hpp"
#include "runtime/riscv/elf.hpp"
#include "runtime/stark/machine/run_prover.hpp"
#include "runtime/stark/recursion_prover/secure_plan.hpp"

namespace ashlar::node {
namespace {

struct opened_backend {
  std::unique_ptr<stark::prover_backend> backend;
  std::size_t tables_bytes_max;  ///< for fixed columns and a proof
};

result<opened_backend, std::string> open_backend(const recursion_config& c) {
  std::size_t most = static_cast<std::size_t>(c.memory_bytes_max);
  if (c.backend != "cuda") {
    if (most == 0) most = ~std::size_t{0};
    return opened_backend{stark::make_cpu_backend(c.threads, most), most};
  }
  if (const auto why = why_no_device(c.device); !why.empty()) return fail("cuda: " + why);
  if (most == 0) most = cuda::memory_bytes_free(static_cast<int>(c.device));
  // The rest is for constants of transforms, and for what one kernel leaves to the next.
  opened_backend out{{}, most - most / 8};
  ASHLAR_TRY(out.backend, cuda_maker(c.device, most)());
  return out;
}

result<prover::opened_recursion, std::string> open_over(const recursion_config& c,
                                                        const riscv::program& program,
                                                        std::optional<stark::recursion_keys> keys,
                                                        stark::proof_shelf& shelf) {
  prover::opened_recursion out;
  ASHLAR_TRY(opened_backend on, open_backend(c));
  out.backend = std::move(on.backend);
  // Only the verifier's part stays.
  stark::run_key base =
      stark::make_run_key(stark::recursion_base_params, *out.backend, program).verifier();
  ASHLAR_TRY(out.prover,
             stark::recursion_prover::open(
                 stark::secure_plan(std::move(base)), *out.backend, shelf,
                 {on.tables_bytes_max, std::move(keys), c.threads, c.backend == "cuda"}));
  return out;
}

}  // namespace

result<prover::opened_recursion, std::string> open_recursion(const recursion_config& c,
                                                             stark::proof_shelf& shelf) {
  ASHLAR_TRY(const bytes guest, c.any_guest ? read_guest(c.guest) : read_pinned(c.guest));
  const auto program = riscv::load_elf(guest, riscv::guest_ram_bytes);
  if (!program) return fail(std::string("guest program: ") + riscv::describe(program.error()));
  std::optional<stark::recursion_keys> keys;
  if (why_not_pinned(guest).empty()) {
    const auto& pinned = pinned_circuits();
    if (!pinned) return fail(pinned.error());
    keys = pinned->keys;
  }
  try {
    return open_over(c, *program, std::move(keys), shelf);
  } catch (const std::bad_alloc& e) {
    return fail(std::string("there is too little memory for the program's key: ") + e.what());
  } catch (const std::exception& e) {
    return fail(std::string("the backend fails: ") + e.what());
  }
}

}  // namespace ashlar::node

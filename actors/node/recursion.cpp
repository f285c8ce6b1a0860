#include "actors/node/recursion.hpp"

#include "actors/node/guest_program.hpp"
#include "runtime/riscv/elf.hpp"
#include "runtime/stark/machine/run_prover.hpp"
#include "runtime/stark/recursion_prover/secure_plan.hpp"

namespace ashlar::node {

result<prover::opened_recursion, std::string> open_recursion(const recursion_config& c,
                                                             stark::proof_shelf& shelf) {
  ASHLAR_TRY(const bytes guest, read_guest(c.guest));
  const auto program = riscv::load_elf(guest, riscv::guest_ram_bytes);
  if (!program) return fail(std::string("guest program: ") + riscv::describe(program.error()));
  const std::size_t most =
      c.memory_bytes_max == 0 ? ~std::size_t{0} : static_cast<std::size_t>(c.memory_bytes_max);
  prover::opened_recursion out;
  out.backend = stark::make_cpu_backend(c.threads, most);
  stark::run_key base;
  try {
    // Only the verifier's part stays.
    base = stark::make_run_key(stark::recursion_base_params, *out.backend, *program).verifier();
  } catch (const std::bad_alloc&) {
    return fail(std::string("there is too little memory for the program's key"));
  }
  ASHLAR_TRY(out.prover, stark::recursion_prover::open(stark::secure_plan(std::move(base)),
                                                       *out.backend, shelf, {most, {}}));
  return out;
}

}  // namespace ashlar::node

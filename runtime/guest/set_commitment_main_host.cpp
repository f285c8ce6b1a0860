#include <cstdio>
#include <limits>
#include <malloc.h>
#include <optional>
#include <string>

#include "runtime/guest/pin_file.hpp"
#include "runtime/riscv/elf.hpp"
#include "runtime/stark/machine/run_prover.hpp"
#include "runtime/stark/recursion_prover/circuit_pin.hpp"
#include "runtime/stark/recursion_prover/secure_plan.hpp"

// ashlar_set_commitment FILE [--check PIN | --write PIN]: what chains pin of the circuits that
// verify proofs of a guest program (circuit_pin.hpp). Either way every key is made anew, which
// takes a minute of one core.

namespace {

using namespace ashlar;
using namespace ashlar::stark;

/// The columns of one circuit go into the memory of the last one's: pages that the system gives
/// anew each time cost a quarter of all time.
void reuse_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
}

/// Keeps nothing.
struct no_shelf final : proof_shelf {
  std::optional<bytes> find(const hash256&) override { return std::nullopt; }
  status<std::string> keep(const hash256&, bytes_view) override { return nothing{}; }
  void drop(const hash256&) override {}
};

result<recursion_plan, std::string> plan_of(const char* path, prover_backend& backend) {
  const auto file = guest::read_whole(path);
  if (!file) return fail(std::string("cannot be read"));
  const auto program = riscv::load_elf({reinterpret_cast<const u8*>(file->data()), file->size()},
                                       riscv::guest_ram_bytes);
  if (!program) return fail(std::string(riscv::describe(program.error())));
  return secure_plan(make_run_key(recursion_base_params, backend, *program).verifier());
}

int refuse(const char* path, const std::string& why) {
  std::fprintf(stderr, "%s: %s\n", path, why.c_str());
  return 1;
}

/// Prints the pin, and writes it where a path is given.
int make(const circuit_catalog& catalog, prover_pool& pool, const char* path) {
  const auto circuits = digest_of_circuits(catalog, pool);
  if (!circuits) return refuse("circuits", circuits.error());
  no_shelf none;
  auto keys = make_keys(catalog, pool, *circuits, none);
  if (!keys) return refuse("circuits", keys.error());
  const std::string text = encode_pin({*circuits, std::move(*keys)});
  std::fputs(text.c_str(), stdout);
  return path == nullptr ? 0 : guest::write_pin(path, text);
}

int check(const circuit_catalog& catalog, prover_pool& pool, const char* path) {
  const auto text = guest::read_whole(path);
  if (!text) return refuse(path, "cannot be read; pin the circuits with: ./dev pin");
  const auto pinned = decode_pin(*text);
  if (!pinned) return refuse(path, pinned.error());
  const auto held = check_pin(*pinned, catalog, pool);
  if (held) return 0;
  return refuse(path, held.error() +
                          "the circuits are not those that chains have pinned; where they were "
                          "meant to change, pin them with: ./dev pin");
}

}  // namespace

int main(int count, char** arguments) {
  const std::string option = count == 4 ? arguments[2] : "";
  if (count != 2 && option != "--check" && option != "--write") {
    std::fputs("usage: ashlar_set_commitment FILE [--check PIN | --write PIN]\n", stderr);
    return 2;
  }
  reuse_memory();
  const auto backend = make_cpu_backend();
  auto plan = plan_of(arguments[1], *backend);
  if (!plan) return refuse(arguments[1], plan.error());
  const circuit_catalog catalog(std::move(*plan));
  prover_pool pool(catalog, *backend);
  if (option == "--check") return check(catalog, pool, arguments[3]);
  return make(catalog, pool, count == 4 ? arguments[3] : nullptr);
}

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "runtime/guest/pin_file.hpp"
#include "runtime/riscv/elf.hpp"
#include "runtime/stark/machine/run_prover.hpp"
#include "runtime/stark/recursion_prover/circuit_pin.hpp"
#include "runtime/stark/recursion_prover/secure_plan.hpp"

// ashlar_set_commitment FILE [--check PIN | --check-whole PIN | --write PIN]: what chains pin of
// the circuits that verify proofs of a guest program (circuit_pin.hpp).
//
// --check holds the first line, the digest of all circuits, to the circuits, which takes seconds,
// and the others to each other; --check-whole makes every key anew, which takes a minute.

namespace {

using namespace ashlar;
using namespace ashlar::stark;

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

/// The pin of the circuits; only its first line unless `all`.
result<std::string, std::string> pin_of(const char* path, bool all) {
  const auto backend = make_cpu_backend();
  ASHLAR_TRY(recursion_plan plan, plan_of(path, *backend));
  const circuit_catalog catalog(std::move(plan));
  prover_pool pool(catalog, *backend);
  ASHLAR_TRY(const hash256 circuits, digest_of_circuits(catalog, pool));
  if (!all) return encode_pinned_circuits(circuits);
  no_shelf none;
  ASHLAR_TRY(recursion_keys keys, make_keys(catalog, pool, circuits, none));
  return encode_pin({circuits, std::move(keys)});
}

int check(const char* pin, const std::string& got, bool all) {
  const auto pinned = guest::read_whole(pin);
  if (pinned && (all ? *pinned == got : pinned->starts_with(got))) {
    const auto read = decode_pin(*pinned);
    if (!read) std::fprintf(stderr, "%s: %s\n", pin, read.error().c_str());
    return read ? 0 : 1;
  }
  std::fprintf(stderr,
               "the circuits are not those that chains have pinned (%s)\n  expected %s  got      %s"
               "Where they were meant to change, pin them with: ./dev pin\n",
               pin, pinned ? pinned->c_str() : "nothing, there is no pin\n", got.c_str());
  return 1;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string option = count == 4 ? arguments[2] : "";
  const bool checks = option == "--check" || option == "--check-whole";
  if (count != 2 && !checks && option != "--write") {
    std::fputs(
        "usage: ashlar_set_commitment FILE [--check PIN | --check-whole PIN | --write PIN]\n",
        stderr);
    return 2;
  }
  // Where all of the tests are wanted, all of the pin is checked.
  const bool all = option != "--check" || std::getenv("ASHLAR_FULL") != nullptr;
  const auto pin = pin_of(arguments[1], all);
  if (!pin) {
    std::fprintf(stderr, "%s: %s\n", arguments[1], pin.error().c_str());
    return 1;
  }
  std::fputs(pin->c_str(), stdout);
  if (checks) return check(arguments[3], *pin, all);
  if (option == "--write") return guest::write_pin(arguments[3], *pin);
  return 0;
}

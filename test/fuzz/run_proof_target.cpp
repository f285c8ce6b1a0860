#include <algorithm>
#include <cstdlib>
#include <new>

#include "runtime/base/ensure.hpp"
#include "test/fuzz/target.hpp"
#include "test/support/tiny_proofs.hpp"

// What a worker says is a batch's proof: several segments and a memory, of a tiny program with the
// insecure_test parameters, to the verifier as the coordinator calls it.

namespace {
std::size_t largest_allocation = 0;
}

// All of the process goes through these, to see what a check asks for.
[[gnu::noinline]] void* operator new(std::size_t size) {
  largest_allocation = std::max(largest_allocation, size);
  if (void* out = std::malloc(size)) return out;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* at) noexcept {
  std::free(at);
}
[[gnu::noinline]] void operator delete(void* at, std::size_t) noexcept {
  std::free(at);
}

namespace ashlar::fuzz {
namespace {

/// Beside what the input's own bytes stand for: a table's description, a row of the widest table.
constexpr std::size_t allowance_bytes = 1u << 20;

const hash256 public_input = [] {
  hash256 h;
  h.data_.fill(0x5a);
  return h;
}();

struct proofs {
  std::unique_ptr<prover::proof_engine> engine = test::make_tiny_engine();
  std::vector<bytes> honest;

  proofs() {
    const std::atomic<bool> never{false};
    for (const u32 rounds : {1u, 40u}) {
      auto proved = engine->prove(test::tiny_witness(public_input, rounds), {}, never);
      ensure(proved.ok());
      honest.push_back(std::move(proved->file));
    }
  }
};

const proofs& made() {
  static const proofs once;
  return once;
}

}  // namespace

/// A proof is hundreds of kilobytes, so that mutations hardly ever meet its head and its end: every
/// byte of the head is changed here, and the end moved.
std::vector<bytes> seeds() {
  for (const bytes& honest : made().honest) {
    for (std::size_t at = 0; at < 96; ++at) {
      bytes changed = honest;
      changed[at] ^= 1;
      check(changed);
    }
    bytes longer = honest;
    longer.push_back(0);
    check(longer);
    check(bytes_view(honest).first(honest.size() - 1));
  }
  return made().honest;
}

/// What nobody proved is refused, at the cost of its own bytes: a proof has one form, and no byte
/// of it is free.
void check(bytes_view input) {
  const auto& honest = made().honest;
  const bool known = std::any_of(honest.begin(), honest.end(),
                                 [&](const bytes& one) { return equal(one, input); });
  largest_allocation = 0;
  const bool accepted = made().engine->check(public_input, input).ok();
  ensure(largest_allocation <= allowance_bytes + 16 * input.size());
  ensure(accepted == known);
}

}  // namespace ashlar::fuzz

#include "runtime/stark/recursion_prover/prover_pool.hpp"

#include <algorithm>

namespace ashlar::stark {

result<circuit_prover*, std::string> prover_pool::prover(std::size_t circuit) {
  entry& e = entries_[circuit];
  if (!e.prover) {
    auto recorded = catalog_.record(circuit);
    if (!recorded) {
      entries_.erase(circuit);
      return fail(recorded.error());
    }
    e.prover = std::make_unique<circuit_prover>(catalog_.params_of(circuit), std::move(*recorded),
                                                backend_);
  }
  const std::size_t needed = e.prover->memory().peak_bytes;
  if (needed > memory_bytes_max_)
    return fail("a proof of circuit " + catalog_.name(circuit) + " takes " +
                std::to_string((needed >> 20) + 1) + " MiB, of the budget there are " +
                std::to_string(memory_bytes_max_ >> 20));
  e.used = ++asked_;
  make_room(circuit);
  return e.prover.get();
}

/// Those go first that were asked for the longest ago.
void prover_pool::make_room(std::size_t circuit) {
  const std::size_t others_max =
      memory_bytes_max_ - entries_.at(circuit).prover->memory().peak_bytes;
  std::size_t others = 0;
  std::vector<entry*> ready;
  for (auto& [number, e] : entries_) {
    if (number == circuit || !e.prover->is_ready()) continue;
    others += e.prover->memory().key_bytes;
    ready.push_back(&e);
  }
  std::sort(ready.begin(), ready.end(), [](entry* a, entry* b) { return a->used < b->used; });
  for (entry* e : ready) {
    if (others <= others_max) return;
    others -= e->prover->memory().key_bytes;
    e->prover->let_go();
  }
}

std::size_t prover_pool::ready() const noexcept {
  std::size_t n = 0;
  for (const auto& [number, e] : entries_) n += e.prover->is_ready() ? 1 : 0;
  return n;
}

std::size_t prover_pool::peak_bytes() const noexcept {
  std::size_t most = 0;
  for (const auto& [number, e] : entries_) most = std::max(most, e.prover->memory().peak_bytes);
  return most;
}

}  // namespace ashlar::stark

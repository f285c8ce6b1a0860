#include "runtime/stark/recursion_prover/prover_pool.hpp"

#include <algorithm>

namespace ashlar::stark {
namespace {

constexpr std::size_t rows_grain = 1024;  // about two megabytes of the wider table

}  // namespace

void prover_pool::add(std::size_t number, circuit recorded) {
  const auto split = [this](std::size_t n, const auto& work) { crew_.split(n, rows_grain, work); };
  entries_[number].prover = std::make_unique<circuit_prover>(catalog_.params_of(number),
                                                             std::move(recorded), backend_, split);
}

result<std::vector<hash256>, std::string> prover_pool::digests() {
  const std::size_t n = catalog_.outer() + 1;
  std::vector<std::optional<result<circuit, std::string>>> recorded(n);
  std::vector<hash256> out(n);
  crew_.split(n, 1, [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) {
      if (const auto at = entries_.find(i); at != entries_.end()) {
        out[i] = digest_of(at->second.prover->of());
        continue;
      }
      recorded[i] = catalog_.record(i);
      if (*recorded[i]) out[i] = digest_of(**recorded[i]);
    }
  });
  for (std::size_t i = 0; i < n; ++i) {
    if (recorded[i] && !*recorded[i]) return fail(recorded[i]->error());
    if (recorded[i]) add(i, std::move(**recorded[i]));
    if (const auto fits = prover(i); !fits) return fail(fits.error());
  }
  return out;
}

result<circuit_prover*, std::string> prover_pool::recorded(std::size_t circuit) {
  if (!entries_.contains(circuit)) {
    auto recorded = catalog_.record(circuit);
    if (!recorded) return fail(recorded.error());
    add(circuit, std::move(*recorded));
  }
  return entries_.at(circuit).prover.get();
}

result<circuit_prover*, std::string> prover_pool::prover(std::size_t circuit) {
  ASHLAR_CHECK(recorded(circuit));
  entry& e = entries_.at(circuit);
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

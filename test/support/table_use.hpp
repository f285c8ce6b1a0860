#pragma once

#include <algorithm>
#include <array>

#include "runtime/riscv/tracer.hpp"

namespace ashlar::test {

/// What a run fills of the tables that cut segments, each in proving cycles (evm/cycle_meter.hpp),
/// of which a full table is segment_cycles_expected. The cycles come first.
struct table_use {
  static constexpr std::size_t tables = 14;
  std::array<double, tables> filled{};
  /// The sum of what each segment's fullest table has: what a run takes whose phases fill different
  /// tables, each in segments of its own.
  double by_segments = 0;

  /// The fullest.
  double most() const { return *std::max_element(filled.begin(), filled.end()); }
  /// What this run fills beyond another, of the table where that is most.
  double most_beyond(const table_use& other) const {
    double out = 0;
    for (std::size_t i = 0; i < tables; ++i) out = std::max(out, filled[i] - other.filled[i]);
    return out;
  }
  void add(const riscv::segment& s) {
    constexpr riscv::segment_limits limits;
    const std::size_t calls = s.system.size() + s.blake3.size() + s.keccak.size() +
                              s.mod256.size() + s.mod384.size() + s.copy.size();
    const std::pair<std::size_t, u32> rows[] = {{s.cycles, riscv::segment_cycles_expected},
                                                {s.add.size(), limits.add},
                                                {s.word.size(), limits.word},
                                                {s.compare.size(), limits.compare},
                                                {s.bitwise.size(), limits.bitwise},
                                                {s.shift.size(), limits.shift},
                                                {s.sub_word.size(), limits.sub_word},
                                                {s.mul_div.size(), limits.mul_div},
                                                {calls, limits.calls},
                                                {s.keccak.size(), limits.keccak},
                                                {s.mod256.size(), limits.mod256},
                                                {s.mod384.size(), limits.mod384},
                                                {s.read_words.size(), limits.read_words},
                                                {s.copied_words.size(), limits.copied_words}};
    static_assert(std::size(rows) == tables);
    double most = 0;
    for (std::size_t i = 0; i < tables; ++i) {
      const double share =
          static_cast<double>(rows[i].first) * riscv::segment_cycles_expected / rows[i].second;
      filled[i] += share;
      most = std::max(most, share);
    }
    by_segments += most;
  }
};

/// A run that was traced as it would be for a proof.
struct traced_run {
  table_use use;
  riscv::run_result result;
};
inline ashlar::result<traced_run, riscv::trap> trace_run(const riscv::program& guest,
                                                         std::span<const u32> input) {
  riscv::tracer t(guest, input);
  traced_run out;
  for (riscv::segment s; !s.last;) {
    if (const auto step = t.next(s); !step.ok()) return fail(step.error());
    out.use.add(s);
  }
  out.result = t.result();
  return out;
}

}  // namespace ashlar::test

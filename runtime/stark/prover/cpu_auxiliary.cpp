#include <atomic>

#include "runtime/stark/prover/program_run.hpp"

namespace ashlar::stark {

namespace {

constexpr std::size_t blocks_grain = 16;

// One block's LogUp values: for each group, the sum of multiplicity / fingerprint.
class block_of_fractions {
 public:
  block_of_fractions(const prover_air& air, const air_challenges& challenges)
      : air_(air),
        prints_(challenges),
        run_(air.program, air.program.interaction_scratch, challenges.publics),
        cells_(3 * block_rows * (air.program.interactions_alone.size() + 1)),
        inverse_(block_rows * air.program.interactions_alone.size()),
        scratch_(inverse_.size()) {}

  /// value(group, row, fraction) for all rows of the block; false where a fingerprint is zero.
  template <class Put>
  bool compute(const program_columns& columns, std::size_t at, std::size_t n, const block_ops& ops,
               const Put& put) {
    const air_program& p = air_.program;
    run_.place(columns, at, n);
    run_.execute(p.interaction_code, ops, n);
    const std::size_t count = p.interactions_alone.size();
    for (std::size_t i = 0; i < count; ++i) {
      gl* d[3] = {cells_.data() + 3 * block_rows * i, nullptr, nullptr};
      d[1] = d[0] + block_rows;
      d[2] = d[1] + block_rows;
      prints_.compute(p.interactions_alone[i], run_, ops, d, n);
      for (std::size_t r = 0; r < n; ++r) {
        inverse_[i * n + r] = {d[0][r], d[1][r], d[2][r]};
        if (inverse_[i * n + r].is_zero()) return false;
      }
    }
    invert_all<gl3>({inverse_.data(), count * n}, scratch_);
    for (std::size_t g = 0; g < air_.verifier.shape.groups.size(); ++g) {
      const interaction_group& group = air_.verifier.shape.groups[g];
      for (std::size_t r = 0; r < n; ++r) {
        gl3 sum;
        for (u32 i = group.first; i < group.first + group.count; ++i) {
          const auto& x = p.interactions_alone[i];
          const gl m = run_.reg(x.multiplicity)[r];
          sum += inverse_[i * n + r] * (x.negative ? -m : m);
        }
        put(g, at + r, sum);
      }
    }
    return true;
  }

 private:
  const prover_air& air_;
  fingerprints prints_;
  program_run run_;
  std::vector<gl> cells_;
  std::vector<gl3> inverse_, scratch_;
};

}  // namespace

std::optional<auxiliary_trace> cpu_auxiliary(const prover_air& air, const air_tables& tables,
                                             const air_challenges& challenges, crew& threads) {
  const air_shape& shape = air.verifier.shape;
  auxiliary_trace out;
  if (shape.groups.empty()) return out;
  const cpu_table& main = on_cpu(*tables.main);
  const std::size_t rows = main.trace.height();
  program_columns columns{{}, {}, challenges.publics, rows};
  for (std::size_t j = 0; j < main.width; ++j) columns.main.push_back(main.trace.column(j).data());
  if (tables.fixed != nullptr)
    for (std::size_t j = 0; j < tables.fixed->width; ++j)
      columns.fixed.push_back(on_cpu(*tables.fixed).trace.column(j).data());

  auto table = std::make_unique<cpu_table>();
  table->height_log2 = main.height_log2;
  table->width = shape.aux_columns() * gl3::degree;
  table->trace = matrix(rows, table->width);
  matrix& cells = table->trace;
  const block_ops& ops = best_block_ops();
  std::atomic<bool> good = true;
  const std::size_t run = std::min(rows, block_rows);
  threads.split(rows / run, blocks_grain, [&](std::size_t first, std::size_t last) {
    block_of_fractions block(air, challenges);
    for (std::size_t b = first; b < last; ++b)
      if (!block.compute(columns, b * run, run, ops,
                         [&](std::size_t g, std::size_t row, const gl3& v) {
                           for (unsigned k = 0; k < 3; ++k) cells.at(row, 3 * g + k) = v.c[k];
                         }))
        good = false;
  });
  if (!good) return std::nullopt;

  // The last column of each kind becomes the running sum, off by the mean: S[0] = 0 and
  // S[i + 1] = S[i] + all fractions of row i - total / rows.
  u32 first = 0;
  for (bool global : {false, true}) {
    const u32 end = first + (global ? shape.global_groups : shape.local_groups);
    if (end == first) continue;
    gl3 total;
    for (u32 g = first; g < end; ++g)
      for (unsigned k = 0; k < 3; ++k)
        for (gl v : cells.column(3 * g + k)) total.c[k] += v;
    const gl3 mean = total * gl(u64{rows}).inverse();
    for (unsigned k = 0; k < 3; ++k) {
      gl sum;
      const std::span<gl> last = cells.column(3 * (end - 1) + k);
      for (std::size_t i = 0; i < rows; ++i) {
        gl here = last[i] - mean.c[k];
        for (u32 g = first; g + 1 < end; ++g) here += cells.at(i, 3 * g + k);
        last[i] = sum;
        sum += here;
      }
    }
    (global ? out.sums.global : out.sums.local) = total;
    first = end;
  }
  out.table = std::move(table);
  return out;
}

}  // namespace ashlar::stark

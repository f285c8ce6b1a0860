#include <atomic>

#include "runtime/stark/prover/program_run.hpp"

namespace ashlar::stark {

namespace {

constexpr std::size_t blocks_grain = 16;

// One block's sums of fractions m1 / d1 + m2 / d2 = (m1 d2 + m2 d1) / (d1 d2), group by group, with
// multiplicities m (negative for receives) and fingerprints d. The denominators are inverted all at
// once: products along the groups, one inversion a row.
class block_of_fractions {
 public:
  block_of_fractions(const prover_air& air, const air_challenges& challenges,
                     const fingerprint_plan& plan)
      : air_(air),
        prints_(plan),
        run_(air.program, air.program.interaction_scratch, challenges.publics),
        cells_(ext_run_cells * (3 * air.verifier.shape.groups.size() + spares)),
        scratch_(inversion_scratch * block_rows) {}

  void fetch_columns(const program_columns& columns, std::size_t at, std::size_t n) const {
    run_.fetch_columns(columns, at, n);
  }

  /// Fills the aux columns of rows [at, at + n): a group's sum of fractions in its column, and in
  /// the last column of either kind the sum of all groups. False where a fingerprint is zero.
  bool compute(const program_columns& columns, std::size_t at, std::size_t n, const block_ops& ops,
               cpu_table& to) {
    const std::vector<interaction_group>& groups = air_.verifier.shape.groups;
    run_.place(columns, at, n);
    run_.execute(air_.program.interaction_code, ops, n);
    for (std::size_t g = 0; g < groups.size(); ++g) {
      add_up(groups[g], numerator(g), denominator(g), ops, n);
      if (g == 0)
        copy(denominator(0), product(0), n);
      else
        ops.mul_ext(product(g).cell, product(g - 1).cell, denominator(g).cell, n);
    }
    const ext_run inverse = spare(0);
    copy(product(groups.size() - 1), inverse, n);
    for (std::size_t r = 0; r < n; ++r)
      if (gl3(inverse.cell[0][r], inverse.cell[1][r], inverse.cell[2][r]).is_zero()) return false;
    invert_runs(ops, inverse.cell, n, scratch_.data());
    // Backwards: inverse = 1 / (d_0 .. d_g), so that times product(g - 1) it is 1 / d_g.
    for (std::size_t g = groups.size(); g-- > 0;) {
      if (g > 0) {
        ops.mul_ext(product(g - 1).cell, product(g - 1).cell, inverse.cell, n);
        ops.mul_ext(inverse.cell, inverse.cell, denominator(g).cell, n);
        ops.mul_ext(numerator(g).cell, numerator(g).cell, product(g - 1).cell, n);
      } else {
        ops.mul_ext(numerator(0).cell, numerator(0).cell, inverse.cell, n);
      }
    }
    put_columns(at, n, ops, to);
    return true;
  }

 private:
  struct ext_run {
    gl* cell[3];
  };
  static constexpr std::size_t ext_run_cells = 3 * block_rows, spares = 2;
  ext_run place(std::size_t i) {
    gl* const p = cells_.data() + i * ext_run_cells;
    return {{p, p + block_rows, p + 2 * block_rows}};
  }
  ext_run numerator(std::size_t g) { return place(spares + 3 * g); }
  ext_run denominator(std::size_t g) { return place(spares + 3 * g + 1); }
  ext_run product(std::size_t g) { return place(spares + 3 * g + 2); }
  ext_run spare(std::size_t i) { return place(i); }
  static void copy(const ext_run& from, const ext_run& to, std::size_t n) {
    for (unsigned k = 0; k < 3; ++k) std::copy(from.cell[k], from.cell[k] + n, to.cell[k]);
  }

  void add_up(const interaction_group& group, const ext_run& above, const ext_run& below,
              const block_ops& ops, std::size_t n) {
    const auto& a = air_.program.interactions_alone[group.first];
    prints_.compute(group.first, run_, ops, below.cell, n);
    if (group.count == 1) {
      for (unsigned k = 0; k < 3; ++k) std::fill(above.cell[k], above.cell[k] + n, gl());
      (a.negative ? ops.sub : ops.add)(above.cell[0], above.cell[0], run_.reg(a.multiplicity), n);
      return;
    }
    const auto& b = air_.program.interactions_alone[group.first + 1];
    const ext_run other = spare(0), scaled = spare(1);
    prints_.compute(group.first + 1, run_, ops, other.cell, n);
    ops.mul_base(above.cell, other.cell, run_.reg(a.multiplicity), n);
    ops.mul_base(scaled.cell, below.cell, run_.reg(b.multiplicity), n);
    for (unsigned k = 0; k < 3; ++k) {
      gl* const sum = above.cell[k];
      if (a.negative == b.negative)
        ops.add(sum, sum, scaled.cell[k], n);
      else if (b.negative)
        ops.sub(sum, sum, scaled.cell[k], n);
      else
        ops.sub(sum, scaled.cell[k], sum, n);
      if (a.negative && b.negative) negate(sum, ops, n);
    }
    ops.mul_ext(below.cell, below.cell, other.cell, n);
  }
  void negate(gl* run, const block_ops& ops, std::size_t n) {
    static constexpr gl zeros[block_rows] = {};
    ops.sub(run, zeros, run, n);
  }

  void put_columns(std::size_t at, std::size_t n, const block_ops& ops, cpu_table& to) {
    const air_shape& shape = air_.verifier.shape;
    const ext_run sum = spare(0);
    u32 g = 0;
    for (bool global : {false, true}) {
      const u32 end = g + (global ? shape.global_groups : shape.local_groups);
      for (unsigned k = 0; k < 3; ++k) std::fill(sum.cell[k], sum.cell[k] + n, gl());
      for (; g < end; ++g)
        for (unsigned k = 0; k < 3; ++k) {
          const gl* const value = numerator(g).cell[k];
          ops.add(sum.cell[k], sum.cell[k], value, n);
          const gl* const out = g + 1 == end ? sum.cell[k] : value;
          std::copy(out, out + n, to.made_column(3 * g + k) + at);
        }
    }
  }

  const prover_air& air_;
  fingerprints prints_;
  program_run run_;
  std::vector<gl> cells_, scratch_;
};

}  // namespace

std::optional<auxiliary_trace> cpu_auxiliary(const prover_air& air, const air_tables& tables,
                                             const air_challenges& challenges, cpu_resources& cpu) {
  const air_shape& shape = air.verifier.shape;
  auxiliary_trace out;
  if (shape.groups.empty()) return out;
  const cpu_table& main = on_cpu(*tables.main);
  const std::size_t rows = main.rows();
  program_columns columns{{}, {}, challenges.publics, rows};
  for (std::size_t j = 0; j < main.width; ++j) columns.main.push_back(main.trace_column(j));
  if (tables.fixed != nullptr)
    for (std::size_t j = 0; j < tables.fixed->width; ++j)
      columns.fixed.push_back(on_cpu(*tables.fixed).trace_column(j));

  auto table = std::make_unique<cpu_table>();
  table->height_log2 = main.height_log2;
  table->width = shape.aux_columns() * gl3::degree;
  table->made = cell_buffer(cpu.pool, table->made_cells());
  const block_ops& ops = best_block_ops();
  const fingerprint_plan plan(air.program, air.program.interactions_alone,
                              air.program.interaction_code, challenges);
  std::atomic<bool> good = true;
  const std::size_t run = std::min(rows, block_rows);
  cpu.threads.split(rows / run, blocks_grain, [&](std::size_t first, std::size_t last) {
    block_of_fractions block(air, challenges, plan);
    for (std::size_t b = first; b < last; ++b) {
      if (b + 1 < last) block.fetch_columns(columns, (b + 1) * run, run);
      if (!block.compute(columns, b * run, run, ops, *table)) good = false;
    }
  });
  if (!good) return std::nullopt;

  // The last column of each kind becomes the running sum, off by the mean: S[0] = 0 and
  // S[i + 1] = S[i] + all fractions of row i - total / rows.
  const auto run_up = [&](u32 group) {
    gl3 total;
    cpu.threads.split(3, 1, [&](std::size_t first, std::size_t last) {
      for (std::size_t k = first; k < last; ++k) {
        gl* const column = table->made_column(3 * group + k);
        gl all;
        for (std::size_t i = 0; i < rows; ++i) all += column[i];
        total.c[k] = all;
        const gl mean = all * gl(u64{rows}).inverse();
        gl sum;
        for (std::size_t i = 0; i < rows; ++i) {
          const gl step = column[i] - mean;
          column[i] = sum;
          sum += step;
        }
      }
    });
    return total;
  };
  if (shape.uses_local()) out.sums.local = run_up(shape.local_groups - 1);
  if (shape.uses_global()) out.sums.global = run_up(shape.aux_columns() - 1);
  out.table = std::move(table);
  return out;
}

}  // namespace ashlar::stark

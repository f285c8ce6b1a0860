#include <atomic>

#include "runtime/stark/prover/program_run.hpp"

namespace ashlar::stark {

namespace {

constexpr std::size_t blocks_grain = 16;

// One block's fractions multiplicity / fingerprint, all inverted at once: products along the
// interactions in vector code, one scalar inversion a block.
class block_of_fractions {
 public:
  block_of_fractions(const prover_air& air, const air_challenges& challenges)
      : air_(air),
        prints_(challenges),
        run_(air.program, air.program.interaction_scratch, challenges.publics),
        cells_(runs * 2 * air.program.interactions_alone.size() + 3 * runs),
        last_(block_rows),
        scratch_(block_rows) {}

  /// Fills the aux columns of rows [at, at + n): a group's sum of fractions in its column, and in
  /// the last column of either kind the sum of all groups. False where a fingerprint is zero.
  bool compute(const program_columns& columns, std::size_t at, std::size_t n, const block_ops& ops,
               cpu_table& to) {
    const air_program& p = air_.program;
    run_.place(columns, at, n);
    run_.execute(p.interaction_code, ops, n);
    const std::size_t count = p.interactions_alone.size();
    for (std::size_t i = 0; i < count; ++i) {
      prints_.compute(p.interactions_alone[i], run_, ops, fingerprint(i).cell, n);
      if (i == 0)
        copy(fingerprint(0), product(0), n);
      else
        ops.mul_ext(product(i).cell, product(i - 1).cell, fingerprint(i).cell, n);
    }
    const ext_run inverse = spare(0), fraction = spare(1), sum = spare(2);
    for (std::size_t r = 0; r < n; ++r) {
      const ext_run all = product(count - 1);
      last_[r] = {all.cell[0][r], all.cell[1][r], all.cell[2][r]};
      if (last_[r].is_zero()) return false;
    }
    invert_all<gl3>({last_.data(), n}, scratch_);
    for (std::size_t r = 0; r < n; ++r)
      for (unsigned k = 0; k < 3; ++k) inverse.cell[k][r] = last_[r].c[k];
    // Backwards: inverse = 1 / (d_0 .. d_i), so that times product(i - 1) it is 1 / d_i. The
    // fraction takes the fingerprint's place.
    for (std::size_t i = count; i-- > 0;) {
      if (i > 0)
        ops.mul_ext(fraction.cell, inverse.cell, product(i - 1).cell, n);
      else
        copy(inverse, fraction, n);
      if (i > 0) ops.mul_ext(inverse.cell, inverse.cell, fingerprint(i).cell, n);
      ops.mul_base(fingerprint(i).cell, fraction.cell,
                   run_.reg(p.interactions_alone[i].multiplicity), n);
    }
    const air_shape& shape = air_.verifier.shape;
    u32 g = 0;
    for (bool global : {false, true}) {
      const u32 end = g + (global ? shape.global_groups : shape.local_groups);
      for (unsigned k = 0; k < 3; ++k) std::fill(sum.cell[k], sum.cell[k] + n, gl());
      for (; g < end; ++g)
        for (unsigned k = 0; k < 3; ++k) {
          gl* const out = to.made_column(3 * g + k) + at;
          std::fill(out, out + n, gl());
          for (u32 i = shape.groups[g].first; i < shape.groups[g].first + shape.groups[g].count;
               ++i)
            (p.interactions_alone[i].negative ? ops.sub : ops.add)(out, out, fingerprint(i).cell[k],
                                                                   n);
          ops.add(sum.cell[k], sum.cell[k], out, n);
          if (g + 1 == end) std::copy(sum.cell[k], sum.cell[k] + n, out);
        }
    }
    return true;
  }

 private:
  struct ext_run {
    gl* cell[3];
  };
  static constexpr std::size_t runs = 3 * block_rows;
  ext_run at(std::size_t i) {
    gl* const p = cells_.data() + i * runs;
    return {{p, p + block_rows, p + 2 * block_rows}};
  }
  ext_run fingerprint(std::size_t i) { return at(2 * i); }
  ext_run product(std::size_t i) { return at(2 * i + 1); }
  ext_run spare(std::size_t i) { return at(2 * air_.program.interactions_alone.size() + i); }
  static void copy(const ext_run& from, const ext_run& to, std::size_t n) {
    for (unsigned k = 0; k < 3; ++k) std::copy(from.cell[k], from.cell[k] + n, to.cell[k]);
  }

  const prover_air& air_;
  fingerprints prints_;
  program_run run_;
  std::vector<gl> cells_;
  std::vector<gl3> last_, scratch_;
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
  table->made = cell_buffer(cpu.pool, rows * table->width);
  const block_ops& ops = best_block_ops();
  std::atomic<bool> good = true;
  const std::size_t run = std::min(rows, block_rows);
  cpu.threads.split(rows / run, blocks_grain, [&](std::size_t first, std::size_t last) {
    block_of_fractions block(air, challenges);
    for (std::size_t b = first; b < last; ++b)
      if (!block.compute(columns, b * run, run, ops, *table)) good = false;
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

#include "runtime/stark/field/domain.hpp"
#include "runtime/stark/ntt/ntt.hpp"
#include "runtime/stark/prover/program_run.hpp"

namespace ashlar::stark {

namespace {

constexpr std::size_t blocks_grain = 8;

// Three runs of a block.
struct ext_block {
  gl cell[3][block_rows];
  gl* runs[3] = {cell[0], cell[1], cell[2]};
  void fill(const gl3& v, std::size_t n) {
    for (unsigned k = 0; k < 3; ++k) std::fill(runs[k], runs[k] + n, v.c[k]);
  }
};

struct quotient_job {
  const prover_air& air;
  const air_challenges& challenges;
  const bus_sums& sums;
  std::vector<gl3> alpha_powers;
  std::vector<u32> constraint_order;  // by the place in the code where each is complete
  const cpu_table* aux;
  std::size_t rows;
};

// Evaluates all constraints of a block of rows on one coset.
class block_of_constraints {
 public:
  explicit block_of_constraints(const quotient_job& job)
      : job_(job),
        prints_(job.challenges),
        run_(job.air.program, job.air.program.scratch_registers, job.challenges.publics) {}

  /// sums[s] = the combination of the constraints on row set s.
  void compute(const program_columns& columns, std::size_t coset, std::size_t at, std::size_t n,
               const block_ops& ops, ext_block (&sums)[4]) {
    const air_program& p = job_.air.program;
    run_.place(columns, at, n);
    for (auto& s : sums) s.fill(gl3(), n);
    std::size_t done = 0;
    for (u32 k : job_.constraint_order) {
      const auto& c = p.constraints[k];
      run_.execute({p.code.data() + done, c.after - done}, ops, n);
      done = c.after;
      ops.add_scaled(sums[static_cast<unsigned>(c.where)].runs, run_.reg(c.reg),
                     job_.alpha_powers[k], n);
    }
    run_.execute({p.code.data() + done, p.code.size() - done}, ops, n);
    add_buses(coset, at, n, ops, sums[0]);
  }

 private:
  void load_aux(std::size_t column, std::size_t coset, std::size_t at, std::size_t n,
                ext_block& to) const {
    for (unsigned k = 0; k < 3; ++k) {
      const gl* from = job_.aux->column(3 * column + k) + coset * job_.rows;
      for (std::size_t i = 0; i < n; ++i) to.cell[k][i] = from[(at + i) & (job_.rows - 1)];
    }
  }
  void add_buses(std::size_t coset, std::size_t at, std::size_t n, const block_ops& ops,
                 ext_block& sum) {
    const air_program& p = job_.air.program;
    const air_shape& shape = job_.air.verifier.shape;
    const gl rows_inverse = gl(u64{job_.rows}).inverse();
    std::size_t power = p.constraints.size();
    u32 g = 0;
    for (bool global : {false, true}) {
      const u32 first = g, end = g + (global ? shape.global_groups : shape.local_groups);
      for (; g < end; ++g, ++power) {
        if (g + 1 < end) {
          load_aux(g, coset, at, n, phi_);
        } else {
          load_aux(g, coset, at + 1, n, phi_);
          load_aux(g, coset, at, n, other_);
          subtract(other_, ops, n);
          other_.fill(-((global ? job_.sums.global : job_.sums.local) * rows_inverse), n);
          subtract(other_, ops, n);
          for (u32 k = first; k + 1 < end; ++k) {
            load_aux(k, coset, at, n, other_);
            subtract(other_, ops, n);
          }
        }
        add_group(shape.groups[g], ops, n);
        // sum += alpha^k phi
        other_.fill(job_.alpha_powers[power], n);
        ops.mul_ext(phi_.runs, phi_.runs, other_.runs, n);
        for (unsigned k = 0; k < 3; ++k) ops.add(sum.runs[k], sum.runs[k], phi_.runs[k], n);
      }
    }
  }
  // phi := (phi d1 - m1) d2 - m2 d1, or phi d1 - m1.
  void add_group(const interaction_group& group, const block_ops& ops, std::size_t n) {
    const auto& list = job_.air.program.interactions;
    const auto& a = list[group.first];
    prints_.compute(a, run_, ops, d1_.runs, n);
    ops.mul_ext(phi_.runs, phi_.runs, d1_.runs, n);
    const gl* m = run_.reg(a.multiplicity);
    (a.negative ? ops.add : ops.sub)(phi_.runs[0], phi_.runs[0], m, n);
    if (group.count == 1) return;
    const auto& b = list[group.first + 1];
    prints_.compute(b, run_, ops, d2_.runs, n);
    ops.mul_ext(phi_.runs, phi_.runs, d2_.runs, n);
    ops.mul_base(d1_.runs, d1_.runs, run_.reg(b.multiplicity), n);
    for (unsigned k = 0; k < 3; ++k)
      (b.negative ? ops.add : ops.sub)(phi_.runs[k], phi_.runs[k], d1_.runs[k], n);
  }
  void subtract(const ext_block& what, const block_ops& ops, std::size_t n) {
    for (unsigned k = 0; k < 3; ++k) ops.sub(phi_.runs[k], phi_.runs[k], what.runs[k], n);
  }

  const quotient_job& job_;
  fingerprints prints_;
  program_run run_;
  ext_block phi_, other_, d1_, d2_;
};

std::vector<gl3> powers(const gl3& x, std::size_t n) {
  std::vector<gl3> out(n);
  gl3 p = gl3::one();
  for (gl3& o : out) {
    o = p;
    p *= x;
  }
  return out;
}

// Coefficients (bit-reversed) of the polynomial of degree below n with these values on shift H.
void interpolate_coset(gl* column, unsigned log2, gl shift) {
  interpolate(column, log2);
  const gl inverse = shift.inverse();
  gl power = gl::one();
  for (std::size_t e = 0; e < (std::size_t{1} << log2); ++e, power *= inverse)
    column[reverse_bits(static_cast<u32>(e), log2)] *= power;
}

}  // namespace

table_handle cpu_quotient(const prover_air& air, const air_tables& tables,
                          const air_challenges& challenges, const bus_sums& sums, const gl3& alpha,
                          unsigned blowup_log2, cpu_resources& cpu) {
  const cpu_table& main = on_cpu(*tables.main);
  const unsigned log2 = main.height_log2;
  const std::size_t rows = std::size_t{1} << log2;
  const block_ops& ops = best_block_ops();
  quotient_job job{air,  challenges,
                   sums, powers(alpha, air.verifier.shape.total_constraints()),
                   {},   tables.aux != nullptr ? &on_cpu(*tables.aux) : nullptr,
                   rows};
  for (u32 k = 0; k < air.program.constraints.size(); ++k) job.constraint_order.push_back(k);
  std::sort(job.constraint_order.begin(), job.constraint_order.end(), [&](u32 a, u32 b) {
    const auto& list = air.program.constraints;
    return list[a].after != list[b].after ? list[a].after < list[b].after : a < b;
  });

  bool has_boundary = false;
  for (const auto& c : air.program.constraints)
    has_boundary |= c.where == row_set::first || c.where == row_set::last;

  // Two cosets of the trace domain, with x^rows = s0 and s1: the evaluation domain's cosets 0 and
  // half of their number, so that s1 = -s0.
  const gl n_root = gl::root_of_unity(log2 + blowup_log2);
  auto out = std::make_unique<cpu_table>();
  out->height_log2 = log2;
  out->width = quotient_columns;
  out->coefficients = true;
  out->made = cell_buffer(cpu.pool, rows * quotient_columns);
  gl s[2];
  for (unsigned half = 0; half < 2; ++half) {
    const std::size_t coset = half << (blowup_log2 - 1);
    const gl shift = domain_shift * n_root.pow(coset);
    s[half] = shift.squared(log2);
    const gl vanishing = s[half] - gl::one();
    gl vanishing_run[block_rows];
    std::fill(vanishing_run, vanishing_run + block_rows, vanishing.inverse());
    const gl w = gl::root_of_unity(log2), last_row = w.inverse();
    program_columns columns{{}, {}, challenges.publics, rows};
    for (std::size_t j = 0; j < main.width; ++j)
      columns.main.push_back(main.column(j) + coset * rows);
    if (tables.fixed != nullptr)
      for (std::size_t j = 0; j < tables.fixed->width; ++j)
        columns.fixed.push_back(on_cpu(*tables.fixed).column(j) + coset * rows);
    const std::size_t run = std::min(rows, block_rows);
    cpu.threads.split(rows / run, blocks_grain, [&](std::size_t first, std::size_t last) {
      block_of_constraints block(job);
      ext_block part[4];
      gl x = shift * w.pow(first * run);
      gl from_first[2 * block_rows], scratch[2 * block_rows];
      gl* const from_last = from_first + run;
      for (std::size_t b = first; b < last; ++b) {
        block.compute(columns, coset, b * run, run, ops, part);
        for (std::size_t i = 0; i < run; ++i, x *= w) {
          from_first[i] = x - gl::one();
          from_last[i] = x - last_row;
        }
        // (every + transition (x - last)) / vanishing + first / (x - first) + last / (x - last)
        for (unsigned k = 0; k < 3; ++k) {
          gl* const out_run = out->made_column(3 * half + k) + b * run;
          ops.mul(part[3].runs[k], part[3].runs[k], from_last, run);
          ops.add(out_run, part[0].runs[k], part[3].runs[k], run);
          ops.mul(out_run, out_run, vanishing_run, run);
        }
        if (!has_boundary) continue;
        invert_all<gl>({from_first, 2 * run}, scratch);
        for (unsigned k = 0; k < 3; ++k) {
          gl* const out_run = out->made_column(3 * half + k) + b * run;
          ops.mul(part[1].runs[k], part[1].runs[k], from_first, run);
          ops.mul(part[2].runs[k], part[2].runs[k], from_last, run);
          ops.add(out_run, out_run, part[1].runs[k], run);
          ops.add(out_run, out_run, part[2].runs[k], run);
        }
      }
    });
    cpu.threads.split(3, 1, [&](std::size_t first, std::size_t last) {
      for (std::size_t k = first; k < last; ++k)
        interpolate_coset(out->made_column(3 * half + k), log2, shift);
    });
  }
  // On coset c the quotient is q0 + s_c q1 for the chunks q0 + X^rows q1.
  const gl difference = (s[0] - s[1]).inverse();
  cpu.threads.split(3, 1, [&](std::size_t first, std::size_t last) {
    for (std::size_t k = first; k < last; ++k) {
      gl *const r0 = out->made_column(k), *const r1 = out->made_column(3 + k);
      for (std::size_t i = 0; i < rows; ++i) {
        const gl q1 = (r0[i] - r1[i]) * difference;
        r0[i] -= s[0] * q1;
        r1[i] = q1;
      }
    }
  });
  return out;
}

}  // namespace ashlar::stark

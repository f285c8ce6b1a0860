#include "runtime/stark/field/domain.hpp"
#include "runtime/stark/ntt/ntt.hpp"
#include "runtime/stark/prover/program_run.hpp"

namespace ashlar::stark {

namespace {

constexpr std::size_t blocks_grain = 16;

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
  fingerprint_plan prints;
};

// Evaluates all constraints of a block of rows on one coset.
class block_of_constraints {
 public:
  explicit block_of_constraints(const quotient_job& job)
      : job_(job),
        prints_(job.prints),
        run_(job.air.program, job.air.program.scratch_registers, job.challenges.publics),
        terms_((job.air.program.constraints.size() + 3 * job.air.verifier.shape.groups.size()) *
               block_rows) {}

  /// All columns of rows that come soon.
  void fetch_columns(const program_columns& columns, std::size_t coset, std::size_t at,
                     std::size_t n) const {
    run_.fetch_columns(columns, at, n);
    for (std::size_t j = 0; job_.aux != nullptr && j < job_.aux->width; ++j)
      fetch(job_.aux->column(j) + coset * job_.rows + at, n);
  }

  /// sums[s] = the combination of the constraints on row set s.
  void compute(const program_columns& columns, std::size_t coset, std::size_t at, std::size_t n,
               const block_ops& ops, ext_block (&sums)[4]) {
    const air_program& p = job_.air.program;
    run_.place(columns, at, n);
    for (unsigned s = 0; s < 4; ++s) {
      sums[s].fill(gl3(), n);
      addends_[s].clear();
      factors_[s].clear();
    }
    next_term_ = terms_.data();
    std::size_t done = 0;
    for (u32 k : job_.constraint_order) {
      const auto& c = p.constraints[k];
      run_.execute({p.code.data() + done, c.after - done}, ops, n);
      done = c.after;
      // The register may be taken again before all is added up.
      add_term(c.where, run_.reg(c.reg), job_.alpha_powers[k], n);
    }
    run_.execute({p.code.data() + done, p.code.size() - done}, ops, n);
    add_buses(coset, at, n, ops);
    for (unsigned s = 0; s < 4; ++s)
      ops.add_combination(sums[s].runs, addends_[s].data(), factors_[s].data(), addends_[s].size(),
                          n, 0);
  }

 private:
  void add_term(row_set where, const gl* values, const gl3& factor, std::size_t n) {
    std::copy(values, values + n, next_term_);
    addends_[static_cast<unsigned>(where)].push_back(next_term_);
    factors_[static_cast<unsigned>(where)].push_back(factor);
    next_term_ += block_rows;
  }
  void load_aux(std::size_t column, std::size_t coset, std::size_t at, std::size_t n,
                ext_block& to) const {
    for (unsigned k = 0; k < 3; ++k) {
      const gl* from = job_.aux->column(3 * column + k) + coset * job_.rows;
      const std::size_t begin = at & (job_.rows - 1), whole = std::min(n, job_.rows - begin);
      std::copy(from + begin, from + begin + whole, to.cell[k]);
      std::copy(from, from + (n - whole), to.cell[k] + whole);
    }
  }
  void add_buses(std::size_t coset, std::size_t at, std::size_t n, const block_ops& ops) {
    constexpr gl3 x(gl::zero(), gl::one(), gl::zero());
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
        gl3 factor = job_.alpha_powers[power];
        for (unsigned k = 0; k < 3; ++k, factor *= x)
          add_term(row_set::every, phi_.runs[k], factor, n);
      }
    }
  }
  // phi := (phi d1 - m1) d2 - m2 d1, or phi d1 - m1.
  void add_group(const interaction_group& group, const block_ops& ops, std::size_t n) {
    const auto& list = job_.air.program.interactions;
    const auto& a = list[group.first];
    prints_.compute(group.first, run_, ops, d1_.runs, n);
    ops.mul_ext(phi_.runs, phi_.runs, d1_.runs, n);
    const gl* m = run_.reg(a.multiplicity);
    (a.negative ? ops.add : ops.sub)(phi_.runs[0], phi_.runs[0], m, n);
    if (group.count == 1) return;
    const auto& b = list[group.first + 1];
    prints_.compute(group.first + 1, run_, ops, d2_.runs, n);
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
  // What is still to be multiplied by powers of alpha and added up, by row set.
  std::vector<gl> terms_;
  gl* next_term_ = nullptr;
  std::vector<const gl*> addends_[4];
  std::vector<gl3> factors_[4];
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

// From the quotient's values on shift H, for two shifts with shift^rows = s, to its chunks'
// coefficients: on such a coset it is q0 + s q1 for the chunks q0 + X^rows q1.
void to_chunks(cpu_table& table, const gl (&shifts)[2], const gl (&s)[2], cpu_resources& cpu) {
  const block_ops& ops = best_block_ops();
  cpu.threads.split(quotient_columns, 1, [&](std::size_t first, std::size_t last) {
    for (std::size_t j = first; j < last; ++j)
      interpolate_coset(table.made_column(j), table.height_log2, shifts[j / 3]);
  });
  gl difference[block_rows], s0[block_rows];
  std::fill(difference, difference + block_rows, (s[0] - s[1]).inverse());
  std::fill(s0, s0 + block_rows, s[0]);
  const std::size_t rows = table.rows(), run = std::min(rows, block_rows);
  cpu.threads.split(rows / run, 64, [&](std::size_t first, std::size_t last) {
    gl spare[block_rows];
    for (unsigned k = 0; k < 3; ++k)
      for (std::size_t at = first * run; at < last * run; at += run) {
        gl *const r0 = table.made_column(k) + at, *const r1 = table.made_column(3 + k) + at;
        ops.sub(r1, r0, r1, run);
        ops.mul(r1, r1, difference, run);
        ops.mul(spare, r1, s0, run);
        ops.sub(r0, r0, spare, run);
      }
  });
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
                   rows, {air.program, air.program.interactions, air.program.code, challenges}};
  for (u32 k = 0; k < air.program.constraints.size(); ++k) job.constraint_order.push_back(k);
  std::sort(job.constraint_order.begin(), job.constraint_order.end(), [&](u32 a, u32 b) {
    const auto& list = air.program.constraints;
    return list[a].after != list[b].after ? list[a].after < list[b].after : a < b;
  });

  bool has_boundary = false, has_transition = false;
  for (const auto& c : air.program.constraints) {
    has_boundary |= c.where == row_set::first || c.where == row_set::last;
    has_transition |= c.where == row_set::transition;
  }

  // Two cosets of the trace domain, with x^rows = s0 and s1: the evaluation domain's cosets 0 and
  // half of their number, so that s1 = -s0.
  const gl n_root = gl::root_of_unity(log2 + blowup_log2);
  auto out = std::make_unique<cpu_table>();
  out->height_log2 = log2;
  out->width = quotient_columns;
  out->coefficients = true;
  out->made = cell_buffer(cpu.pool, out->made_cells());
  gl s[2], shifts[2];
  for (unsigned half = 0; half < 2; ++half) {
    const std::size_t coset = half << (blowup_log2 - 1);
    const gl shift = shifts[half] = domain_shift * n_root.pow(coset);
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
        if (b + 1 < last) block.fetch_columns(columns, coset, (b + 1) * run, run);
        block.compute(columns, coset, b * run, run, ops, part);
        for (std::size_t i = 0; i < run && (has_boundary || has_transition); ++i, x *= w) {
          from_first[i] = x - gl::one();
          from_last[i] = x - last_row;
        }
        // (every + transition (x - last)) / vanishing + first / (x - first) + last / (x - last)
        for (unsigned k = 0; k < 3; ++k) {
          gl* const out_run = out->made_column(3 * half + k) + b * run;
          if (has_transition) {
            ops.mul(part[3].runs[k], part[3].runs[k], from_last, run);
            ops.add(part[0].runs[k], part[0].runs[k], part[3].runs[k], run);
          }
          ops.mul(out_run, part[0].runs[k], vanishing_run, run);
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
  }
  to_chunks(*out, shifts, s, cpu);
  return out;
}

}  // namespace ashlar::stark

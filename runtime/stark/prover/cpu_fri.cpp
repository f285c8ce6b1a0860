#include "runtime/stark/field/domain.hpp"
#include "runtime/stark/fri/leaf.hpp"
#include "runtime/stark/ntt/block_ops.hpp"
#include "runtime/stark/ntt/ntt.hpp"
#include "runtime/stark/prover/cpu_parts.hpp"

namespace ashlar::stark {

namespace {
constexpr std::size_t deep_block = 256, deep_grain = 16;
constexpr std::size_t fold_block = 256;
}  // namespace

namespace {

// Runs of a block: what is summed up over the terms, and the denominators.
struct deep_runs {
  gl cell[3][deep_block];
  gl* runs[3] = {cell[0], cell[1], cell[2]};
  void fill(const gl3& v) {
    for (unsigned k = 0; k < 3; ++k) std::fill(cell[k], cell[k] + deep_block, v.c[k]);
  }
};

struct deep_scratch {
  deep_runs combined, here, next, to_zeta, to_next;
  gl spare[inversion_scratch * deep_block];
  std::vector<const gl*> columns;
};

// here = sum of at_zeta - A, next = sum of next_factor (at_next - A), A the term's combination.
// `more`: the block behind this one comes next.
void add_terms(std::span<const deep_term> terms, std::size_t at, std::size_t n, bool more,
               const block_ops& ops, deep_scratch& s) {
  constexpr gl3 x(gl::zero(), gl::one(), gl::zero());
  gl3 here, next;
  for (const deep_term& t : terms) {
    here += t.at_zeta;
    next += t.next_factor * t.at_next;
  }
  s.here.fill(here);
  s.next.fill(next);
  for (const deep_term& t : terms) {
    s.combined.fill(gl3());
    const cpu_table& table = on_cpu(*t.table);
    s.columns.clear();
    for (std::size_t j = 0; j < table.width; ++j) s.columns.push_back(table.column(j) + at);
    ops.add_combination(s.combined.runs, s.columns.data(), t.coefficients.data(), table.width, n,
                        more ? n : 0);
    for (unsigned k = 0; k < 3; ++k) ops.sub(s.here.runs[k], s.here.runs[k], s.combined.runs[k], n);
    if (t.next_factor.is_zero()) continue;
    const gl3 factor = -t.next_factor;
    const gl3 factors[3] = {factor, factor * x, factor * x * x};
    ops.add_combination(s.next.runs, s.combined.runs, factors, 3, n, 0);
  }
}

}  // namespace

codeword_handle cpu_deep(unsigned height_log2, unsigned blowup_log2,
                         std::span<const deep_term> terms, const gl3& zeta, cpu_resources& cpu) {
  const std::size_t rows = std::size_t{1} << height_log2, all = rows << blowup_log2;
  auto out = std::make_unique<cpu_codeword>();
  out->height_log2 = height_log2;
  out->blowup_log2 = blowup_log2;
  out->cells = cell_buffer(cpu.pool, 3 * all);
  const gl n_root = gl::root_of_unity(height_log2 + blowup_log2),
           w = gl::root_of_unity(height_log2);
  const gl3 zeta_next = zeta * w;
  const block_ops& ops = best_block_ops();
  const std::size_t run = std::min(rows, deep_block);
  cpu.threads.split(all / run, deep_grain, [&](std::size_t first, std::size_t last) {
    const auto s = std::make_unique<deep_scratch>();
    for (std::size_t b = first; b < last; ++b) {
      const std::size_t at = b * run, coset = at >> height_log2;
      add_terms(terms, at, run, b + 1 < last, ops, *s);
      s->to_zeta.fill(zeta);
      s->to_next.fill(zeta_next);
      gl x = domain_shift * n_root.pow(coset) * w.pow(at & (rows - 1));
      for (std::size_t i = 0; i < run; ++i, x *= w) {
        s->to_zeta.cell[0][i] -= x;
        s->to_next.cell[0][i] -= x;
      }
      invert_runs(ops, s->to_zeta.runs, run, s->spare);
      invert_runs(ops, s->to_next.runs, run, s->spare);
      ops.mul_ext(s->here.runs, s->here.runs, s->to_zeta.runs, run);
      ops.mul_ext(s->next.runs, s->next.runs, s->to_next.runs, run);
      for (unsigned k = 0; k < 3; ++k)
        ops.add(out->run(k) + at, s->here.runs[k], s->next.runs[k], run);
    }
  });
  return out;
}

namespace {

// leaf_coefficients over a block of leaves side by side.
class block_of_leaves {
 public:
  explicit block_of_leaves(unsigned fold_log2)
      : fold_log2_(fold_log2), cells_(3 * fold_block << fold_log2) {
    std::fill(scale_, scale_ + fold_block, gl(u64{1} << fold_log2).inverse());
  }

  /// The runs of what lies j-th in all leaves.
  gl* run(unsigned j, unsigned k) noexcept { return cells_.data() + (3 * j + k) * fold_block; }
  /// 1 / u of the leaves; changed by `transform`.
  gl u_inverse[fold_block];

  void transform(const block_ops& ops, std::size_t n) {
    const unsigned all = 1u << fold_log2_;
    for (unsigned level = fold_log2_; level > 0; --level) {
      const unsigned count = 1u << (level - 1);
      const gl step = gl::root_of_unity(level).inverse();
      gl power = gl::one();
      for (unsigned j = 0; j < count; ++j, power *= step) {
        std::fill(s_inverse_, s_inverse_ + n, power);
        ops.mul(s_inverse_, s_inverse_, u_inverse, n);
        for (unsigned at = j; at < all; at += 2 * count)
          for (unsigned k = 0; k < 3; ++k) {
            gl *const a = run(at, k), *const b = run(at + count, k);
            ops.sub(difference_, a, b, n);
            ops.add(a, a, b, n);
            ops.mul(b, difference_, s_inverse_, n);
          }
      }
      ops.mul(u_inverse, u_inverse, u_inverse, n);
    }
    for (unsigned j = 0; j < all; ++j)
      for (unsigned k = 0; k < 3; ++k) ops.mul(run(j, k), run(j, k), scale_, n);
  }

 private:
  unsigned fold_log2_;
  std::vector<gl> cells_;
  gl scale_[fold_block], s_inverse_[fold_block], difference_[fold_block];
};

}  // namespace

void cpu_leaf_coefficients(cpu_codeword& codeword, unsigned fold_log2, cpu_resources& cpu) {
  const std::size_t rows = std::size_t{1} << codeword.height_log2, folded = rows >> fold_log2;
  const std::size_t cosets = std::size_t{1} << codeword.blowup_log2;
  const gl n_inverse = gl::root_of_unity(codeword.height_log2 + codeword.blowup_log2).inverse();
  const gl w_inverse = gl::root_of_unity(codeword.height_log2).inverse();
  const block_ops& ops = best_block_ops();
  const std::size_t run = std::min(folded, fold_block);
  cpu.threads.split(folded * cosets / run, 4, [&](std::size_t first, std::size_t last) {
    block_of_leaves block(fold_log2);
    for (std::size_t b = first; b < last; ++b) {
      const std::size_t coset = b * run / folded, at = b * run % folded;
      const auto in_word = [&](unsigned j, unsigned k) {
        return codeword.run(k) + coset * rows + at + j * folded;
      };
      for (unsigned j = 0; j < (1u << fold_log2); ++j)
        for (unsigned k = 0; k < 3; ++k) std::copy_n(in_word(j, k), run, block.run(j, k));
      gl u_inverse = n_inverse.pow(coset) * w_inverse.pow(at);
      for (std::size_t i = 0; i < run; ++i, u_inverse *= w_inverse) block.u_inverse[i] = u_inverse;
      block.transform(ops, run);
      for (unsigned j = 0; j < (1u << fold_log2); ++j)
        for (unsigned k = 0; k < 3; ++k) std::copy_n(block.run(j, k), run, in_word(j, k));
    }
  });
}

codeword_handle cpu_fold(const device_codeword& codeword, unsigned fold_log2, unsigned blowup_log2,
                         const gl3& beta, const device_codeword* joined, cpu_resources& cpu) {
  constexpr gl3 x(gl::zero(), gl::one(), gl::zero());
  const cpu_codeword& from = on_cpu(codeword);
  const std::size_t rows = std::size_t{1} << codeword.height_log2;
  const std::size_t folded = rows >> fold_log2, cosets = std::size_t{1} << blowup_log2;
  auto out = std::make_unique<cpu_codeword>();
  out->height_log2 = codeword.height_log2 - fold_log2;
  out->blowup_log2 = blowup_log2;
  out->cells = cell_buffer(cpu.pool, 3 * folded * cosets);
  // The sum of c_m beta^m and of joined beta^k, limb by limb.
  std::vector<gl3> factors;
  gl3 power = gl3::one();
  for (unsigned m = 0; m <= (1u << fold_log2); ++m, power *= beta)
    if (m < (1u << fold_log2) || joined != nullptr)
      factors.insert(factors.end(), {power, power * x, power * x * x});
  const block_ops& ops = best_block_ops();
  const std::size_t run = std::min(folded, fold_block);
  cpu.threads.split(folded * cosets / run, 4, [&](std::size_t first, std::size_t last) {
    std::vector<const gl*> runs;
    for (std::size_t b = first; b < last; ++b) {
      const std::size_t p = b * run, coset = p / folded, at = p % folded;
      runs.clear();
      for (unsigned m = 0; m < (1u << fold_log2); ++m)
        for (unsigned k = 0; k < 3; ++k)
          runs.push_back(from.run(k) + coset * rows + at + coefficient_slot(m, fold_log2) * folded);
      for (unsigned k = 0; joined != nullptr && k < 3; ++k)
        runs.push_back(on_cpu(*joined).run(k) + p);
      gl* const to[3] = {out->run(0) + p, out->run(1) + p, out->run(2) + p};
      for (gl* const limb : to) std::fill(limb, limb + run, gl());
      ops.add_combination(to, runs.data(), factors.data(), runs.size(), run,
                          b + 1 < last ? run : 0);
    }
  });
  return out;
}

std::vector<gl3> cpu_final_polynomial(const device_codeword& codeword) {
  const cpu_codeword& from = on_cpu(codeword);
  const std::size_t n = std::size_t{1} << codeword.height_log2;
  std::vector<gl3> out(n);
  for (unsigned k = 0; k < 3; ++k) {
    // The first coset is the subgroup itself: FRI's domain has no shift.
    std::vector<gl> column(from.run(k), from.run(k) + n);
    interpolate(column.data(), codeword.height_log2);
    for (std::size_t e = 0; e < n; ++e)
      out[e].c[k] = column[reverse_bits(static_cast<u32>(e), codeword.height_log2)];
  }
  return out;
}

}  // namespace ashlar::stark

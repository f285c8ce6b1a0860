#include "runtime/stark/field/domain.hpp"
#include "runtime/stark/fri/fold.hpp"
#include "runtime/stark/ntt/block_ops.hpp"
#include "runtime/stark/ntt/ntt.hpp"
#include "runtime/stark/prover/cpu_parts.hpp"

namespace ashlar::stark {

namespace {
constexpr std::size_t deep_block = 256;
constexpr std::size_t fold_grain = 1024;
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
  gl spare[3 * deep_block];
};

// here = sum of at_zeta - A, next = sum of next_factor (at_next - A), A the term's combination.
void add_terms(std::span<const deep_term> terms, std::size_t at, std::size_t n,
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
    for (std::size_t j = 0; j < table.width; ++j)
      ops.add_scaled(s.combined.runs, table.column(j) + at, t.coefficients[j], n);
    gl3 factor = -t.next_factor;
    for (unsigned k = 0; k < 3; ++k, factor *= x) {
      ops.sub(s.here.runs[k], s.here.runs[k], s.combined.runs[k], n);
      if (!t.next_factor.is_zero()) ops.add_scaled(s.next.runs, s.combined.runs[k], factor, n);
    }
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
  cpu.threads.split(all / run, 4, [&](std::size_t first, std::size_t last) {
    const auto s = std::make_unique<deep_scratch>();
    for (std::size_t b = first; b < last; ++b) {
      const std::size_t at = b * run, coset = at >> height_log2;
      add_terms(terms, at, run, ops, *s);
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

codeword_handle cpu_fold(const device_codeword& codeword, unsigned fold_log2, unsigned blowup_log2,
                         const gl3& beta, const device_codeword* joined, cpu_resources& cpu) {
  const cpu_codeword& from = on_cpu(codeword);
  const std::size_t rows = std::size_t{1} << codeword.height_log2;
  const unsigned k = 1u << fold_log2;
  const std::size_t folded = rows >> fold_log2, cosets = std::size_t{1} << blowup_log2;
  auto out = std::make_unique<cpu_codeword>();
  out->height_log2 = codeword.height_log2 - fold_log2;
  out->blowup_log2 = blowup_log2;
  out->cells = cell_buffer(cpu.pool, 3 * folded * cosets);
  const gl n_inverse = gl::root_of_unity(codeword.height_log2 + blowup_log2).inverse();
  const gl w_inverse = gl::root_of_unity(codeword.height_log2).inverse();
  const gl3 join = beta.squared(fold_log2);
  cpu.threads.split(folded * cosets, fold_grain, [&](std::size_t first, std::size_t last) {
    gl3 leaf[1u << fold_log2_max];
    gl u_inverse;
    for (std::size_t p = first; p < last; ++p) {
      const std::size_t coset = p / folded, i = p % folded;
      if (p == first || i == 0) u_inverse = n_inverse.pow(coset) * w_inverse.pow(i);
      for (unsigned j = 0; j < k; ++j) {
        const std::size_t at = coset * rows + i + j * folded;
        leaf[j] = {from.run(0)[at], from.run(1)[at], from.run(2)[at]};
      }
      gl3 v = fold_leaf({leaf, k}, fold_log2, beta, u_inverse);
      if (joined != nullptr) {
        const cpu_codeword& g = on_cpu(*joined);
        v += join * gl3(g.run(0)[p], g.run(1)[p], g.run(2)[p]);
      }
      for (unsigned c = 0; c < 3; ++c) out->run(c)[p] = v.c[c];
      u_inverse *= w_inverse;
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

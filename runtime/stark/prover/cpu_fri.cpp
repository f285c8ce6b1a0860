#include "runtime/stark/field/domain.hpp"
#include "runtime/stark/fri/fold.hpp"
#include "runtime/stark/ntt/ntt.hpp"
#include "runtime/stark/prover/cpu_parts.hpp"

namespace ashlar::stark {

namespace {
constexpr std::size_t deep_block = 256;
constexpr std::size_t fold_grain = 1024;
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
    std::vector<gl> sum(3 * deep_block);
    std::vector<gl3> denominator(2 * deep_block), scratch(2 * deep_block), here(deep_block),
        next(deep_block);
    gl* runs[3] = {sum.data(), sum.data() + deep_block, sum.data() + 2 * deep_block};
    for (std::size_t b = first; b < last; ++b) {
      const std::size_t at = b * run, coset = at >> height_log2;
      std::fill(here.begin(), here.end(), gl3());
      std::fill(next.begin(), next.end(), gl3());
      for (const deep_term& t : terms) {
        std::fill(sum.begin(), sum.end(), gl());
        const cpu_table& table = on_cpu(*t.table);
        for (std::size_t j = 0; j < table.width; ++j)
          ops.add_scaled(runs, table.column(j) + at, t.coefficients[j], run);
        for (std::size_t i = 0; i < run; ++i) {
          const gl3 a(runs[0][i], runs[1][i], runs[2][i]);
          here[i] += t.at_zeta - a;
          if (!t.next_factor.is_zero()) next[i] += t.next_factor * (t.at_next - a);
        }
      }
      gl x = domain_shift * n_root.pow(coset) * w.pow(at & (rows - 1));
      for (std::size_t i = 0; i < run; ++i, x *= w) {
        denominator[i] = zeta - x;
        denominator[run + i] = zeta_next - x;
      }
      invert_all<gl3>({denominator.data(), 2 * run}, scratch);
      for (std::size_t i = 0; i < run; ++i) {
        const gl3 v = here[i] * denominator[i] + next[i] * denominator[run + i];
        for (unsigned k = 0; k < 3; ++k) out->run(k)[at + i] = v.c[k];
      }
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

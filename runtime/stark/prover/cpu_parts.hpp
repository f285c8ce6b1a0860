#pragma once

#include "runtime/stark/ntt/block_ops.hpp"
#include "runtime/stark/prover/backend.hpp"
#include "runtime/stark/prover/cell_pool.hpp"
#include "runtime/stark/prover/merkle_tree.hpp"

// What the CPU backend keeps, and its parts; for cpu_*.cpp alone.
namespace ashlar::stark {

/// Elements from one column to the next where a column has `n`. Whole powers of two would put the
/// same rows of all columns into one set of every cache, so long columns are some lines apart.
constexpr std::size_t column_stride(std::size_t n) noexcept {
  constexpr std::size_t long_column = 1u << 12, gap = 72;
  return n < long_column ? n : n + gap;
}

/// Values on the trace domain until commit (or coefficients, bit-reversed, where `coefficients`);
/// afterwards the extension, coset by coset.
struct cpu_table final : device_table {
  matrix uploaded;  // a trace that came from outside
  cell_charge uploaded_charge;
  cell_buffer made;  // or one that was made here, column-major
  bool coefficients = false;
  cell_buffer extension;
  unsigned blowup_log2 = 0;

  std::size_t rows() const noexcept { return std::size_t{1} << height_log2; }
  std::size_t made_cells() const noexcept { return width * column_stride(rows()); }
  std::size_t extension_cells() const noexcept {
    return width * column_stride(rows() << blowup_log2);
  }
  const gl* trace_column(std::size_t j) const noexcept {
    return made.empty() ? uploaded.column(j).data() : made.data() + j * column_stride(rows());
  }
  gl* made_column(std::size_t j) noexcept { return made.data() + j * column_stride(rows()); }
  const gl* column(std::size_t j) const noexcept {
    return extension.data() + j * column_stride(rows() << blowup_log2);
  }
  gl* column(std::size_t j) noexcept {
    return extension.data() + j * column_stride(rows() << blowup_log2);
  }
};

struct cpu_tree final : device_tree {
  merkle_tree tree;
};

/// Three runs of values, one a coefficient, each coset by coset.
struct cpu_codeword final : device_codeword {
  unsigned blowup_log2 = 0;
  cell_buffer cells;
  std::size_t size() const noexcept { return std::size_t{1} << (height_log2 + blowup_log2); }
  const gl* run(unsigned k) const noexcept { return cells.data() + k * size(); }
  gl* run(unsigned k) noexcept { return cells.data() + k * size(); }
};

inline const cpu_table& on_cpu(const device_table& t) {
  return static_cast<const cpu_table&>(t);
}
inline cpu_table& on_cpu(device_table& t) {
  return static_cast<cpu_table&>(t);
}
inline const cpu_codeword& on_cpu(const device_codeword& c) {
  return static_cast<const cpu_codeword&>(c);
}
inline cpu_codeword& on_cpu(device_codeword& c) {
  return static_cast<cpu_codeword&>(c);
}

/// Rows that the interpreter of AIR programs does at once.
inline constexpr std::size_t block_rows = 64;

/// Asks for n elements of a column that are read soon. Tables are read some rows of every column at
/// a time, which no processor foresees: while it computes with some rows, the next are on the way.
/// Reads nothing and cannot fault, also past a column's end. Inlined by force: GCC takes a function
/// of prefetches alone for one without effect.
[[gnu::always_inline]] inline void fetch(const gl* from, std::size_t n) noexcept {
  constexpr std::size_t line = 64 / sizeof(gl);
  for (std::size_t i = 0; i < n; i += line) __builtin_prefetch(from + i, 0, 2);
}

/// What the parts share.
struct cpu_resources {
  crew threads;
  std::shared_ptr<cell_pool> pool;
};

std::optional<auxiliary_trace> cpu_auxiliary(const prover_air& air, const air_tables& tables,
                                             const air_challenges& challenges, cpu_resources& cpu);
table_handle cpu_quotient(const prover_air& air, const air_tables& tables,
                          const air_challenges& challenges, const bus_sums& sums, const gl3& alpha,
                          unsigned blowup_log2, cpu_resources& cpu);
codeword_handle cpu_deep(unsigned height_log2, unsigned blowup_log2,
                         std::span<const deep_term> terms, const gl3& zeta, cpu_resources& cpu);
void cpu_leaf_coefficients(cpu_codeword& codeword, unsigned fold_log2, cpu_resources& cpu);
codeword_handle cpu_fold(const device_codeword& codeword, unsigned fold_log2, unsigned blowup_log2,
                         const gl3& beta, const device_codeword* joined, cpu_resources& cpu);
std::vector<gl3> cpu_final_polynomial(const device_codeword& codeword);

}  // namespace ashlar::stark

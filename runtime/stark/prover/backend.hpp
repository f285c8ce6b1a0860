#pragma once

#include <memory>

#include "runtime/stark/field/matrix.hpp"
#include "runtime/stark/params/params.hpp"
#include "runtime/stark/prover/air_program.hpp"
#include "runtime/stark/transcript/transcript.hpp"
#include "runtime/stark/verifier/layout.hpp"

namespace ashlar::stark {

/// A table where the backend keeps its tables: `width` base columns over 2^height_log2 rows. Opaque
/// to everyone but the backend that made it.
class device_table {
 public:
  virtual ~device_table() = default;
  unsigned height_log2 = 0;
  std::size_t width = 0;
};

/// Committed columns: tables extended onto the evaluation domain, and their Merkle tree.
class device_tree {
 public:
  virtual ~device_tree() = default;
  hash256 root;
};

/// A function on the evaluation domain, with values in the extension field.
class device_codeword {
 public:
  virtual ~device_codeword() = default;
  unsigned height_log2 = 0;
};

using table_handle = std::unique_ptr<device_table>;
using tree_handle = std::unique_ptr<device_tree>;
using codeword_handle = std::unique_ptr<device_codeword>;

/// The columns of one table that constraints read; `fixed`, `aux` may be null.
struct air_tables {
  const device_table *main = nullptr, *fixed = nullptr, *aux = nullptr;
};

/// What constraints read besides columns.
struct air_challenges {
  std::span<const gl> publics;
  bus_challenge local, global;
};

struct bus_sums {
  gl3 local, global;
};

struct auxiliary_trace {
  table_handle table;  // null where the AIR has no interactions
  bus_sums sums;
};

/// One (table, tree) pair of the DEEP combination, in gamma's order.
struct deep_term {
  const device_table* table;
  std::span<const gl3> coefficients;  // one a column
  gl3 at_zeta, at_next;               // the opened values with the same coefficients
  gl3 next_factor;  // of the quotient by (next - x); zero where the table is opened at zeta only
};

/// What a proof holds of one tree.
struct tree_openings {
  bytes cap;    // all nodes of one level
  bytes paths;  // by position, all equally long: rows and siblings as the verifier reads them
};

/// Where the prover's heavy work is done. Tables stay with the backend from upload to the openings;
/// what crosses the seam is roots, openings and the final polynomial. Every backend returns the
/// same values, bit for bit. The order of calls is the prover's; a backend need not be thread-safe.
/// A call for which there is no memory throws std::bad_alloc and leaves its arguments to be
/// dropped.
class prover_backend {
 public:
  virtual ~prover_backend() = default;

  /// The most bytes that tables, trees and codewords have taken at once; 0 where it is not counted.
  virtual std::size_t memory_bytes_peak() const noexcept { return 0; }

  /// Takes a trace: values on the trace domain in natural order.
  virtual table_handle upload(matrix trace) = 0;

  /// Low-degree extension of all tables onto the evaluation domain, and one tree over them
  /// (merkle_proof.hpp). Tables of equal height share leaves in the order given. The values on the
  /// trace domain are dropped unless `keep_traces`.
  virtual tree_handle commit(std::span<device_table* const> tables, hash_kind hash,
                             unsigned blowup_log2, bool keep_traces) = 0;

  /// The LogUp columns (air_shape::groups) from uncommitted or kept traces. Nothing where a
  /// denominator is zero (for honest traces, with negligible probability).
  virtual std::optional<auxiliary_trace> auxiliary(const prover_air& air, const air_tables& tables,
                                                   const air_challenges& challenges) = 0;
  virtual void drop_trace(device_table& table) = 0;

  /// The quotient's chunks as a table of quotient_columns columns, ready for commit. The tables
  /// must be committed.
  virtual table_handle quotient(const prover_air& air, const air_tables& tables,
                                const air_challenges& challenges, const bus_sums& sums,
                                const gl3& alpha, unsigned blowup_log2) = 0;

  /// The values of all columns of a committed table at zeta, and at zeta w (the next row) if asked.
  virtual void evaluate(const device_table& table, const gl3& zeta, std::vector<gl3>& here,
                        std::vector<gl3>* next) = 0;

  /// Sum over the terms of (at_zeta - A(x)) / (zeta - x) + next_factor (at_next - A(x)) / (zeta w -
  /// x) with A the combination of the term's columns; all tables have the height given.
  virtual codeword_handle deep(unsigned height_log2, unsigned blowup_log2,
                               std::span<const deep_term> terms, const gl3& zeta) = 0;

  /// Replaces the 2^fold_log2 values of each leaf by their coefficients (fri/leaf.hpp), and makes
  /// a tree over the leaves, which reads the codeword when it is opened.
  virtual tree_handle commit_layer(device_codeword& codeword, hash_kind hash, unsigned fold_log2,
                                   unsigned blowup_log2) = 0;
  /// The values at beta of all leaves of a codeword that was committed with this fold_log2; joined,
  /// if not null, is added with factor beta^(2^fold_log2).
  virtual codeword_handle fold(const device_codeword& codeword, unsigned fold_log2,
                               unsigned blowup_log2, const gl3& beta,
                               const device_codeword* joined) = 0;
  /// The coefficients of the polynomial behind a codeword of an honest prover.
  virtual std::vector<gl3> final_polynomial(const device_codeword& codeword) = 0;

  /// The least nonce that passes transcript::check_work.
  virtual u64 grind(const transcript& t, unsigned bits) = 0;

  /// A tree from commit or commit_layer opened at `positions`, places at its tallest height, in
  /// their order and as often as they come; its level `cap_log2` is its cap.
  virtual tree_openings gather(const device_tree& tree, unsigned cap_log2,
                               std::span<const u32> positions) = 0;
};

/// On this machine's processors; `workers` threads (0: one a processor). Its tables take at most
/// `memory_bytes_max` bytes; memory_plan.hpp tells how many a segment needs.
std::unique_ptr<prover_backend> make_cpu_backend(unsigned workers = 0,
                                                 std::size_t memory_bytes_max = ~std::size_t{0});

}  // namespace ashlar::stark

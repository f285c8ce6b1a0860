#pragma once

#include "runtime/stark/prover/backend.hpp"
#include "runtime/stark/verifier/verifier.hpp"

namespace ashlar::stark {

/// A machine ready to be proved on one backend: its AIRs, its fixed columns committed.
struct proving_key {
  std::vector<const prover_air*> airs;
  verifying_key key;
  std::vector<table_handle> fixed;  // null where a table has no fixed columns
  tree_handle fixed_tree;           // null where no table has
};

/// `fixed[i]` is empty for tables without fixed columns. The AIRs must outlive the key.
proving_key make_proving_key(const proof_params& params, prover_backend& backend,
                             std::vector<const prover_air*> airs, std::vector<matrix> fixed);

/// One matrix a table, in machine order, and the tables' public values.
struct segment_trace {
  std::vector<matrix> main;
  std::vector<std::vector<gl>> publics;
};

/// The prover checks shapes, not satisfaction: a trace that breaks a constraint gives a proof that
/// no verifier accepts.
enum class prove_error : u8 {
  table_count,  // not the machine's
  table_shape,  // width, or a height out of range or not the fixed columns'
  public_count,
  batch_too_large,    // more columns than the parameters allow
  unlucky_challenge,  // a fingerprint was zero; with an honest trace it never happens
  out_of_memory,      // of the backend's budget, or of the system
};
std::string_view describe(prove_error e) noexcept;
struct prove_failure {
  prove_error what;
  u32 detail = 0;  // the table
};

/// Proves one segment in two steps, because the challenge of the global buses depends on the first
/// step of every segment of the execution.
class segment_prover {
 public:
  segment_prover(const proof_params& params, const proving_key& key,
                 prover_backend& backend) noexcept
      : params_(params), key_(key), backend_(backend) {}

  /// Uploads the trace and commits the tables that use global buses. Where only the commitment is
  /// wanted, other tables may have no columns.
  result<segment_commitment, prove_failure> begin(segment_trace trace);
  /// The proof. Once, after begin with all columns. `global` is ignored by machines without global
  /// buses.
  result<bytes, prove_failure> finish(const bus_challenge& global);

 private:
  struct opened {
    std::vector<gl3> here, next, quotient;
  };
  // A table's columns in one tree, and their opened values.
  struct opened_part {
    const device_table* table;
    std::span<const gl3> here, next;
  };
  result<bytes, prove_failure> prove(const bus_challenge& global);
  tree_handle commit_main(bool global);
  status<prove_failure> make_auxiliary(const bus_challenge& local, const bus_challenge& global);
  air_tables tables_of(std::size_t i) const;
  air_challenges challenges_of(std::size_t i, const bus_challenge& local,
                               const bus_challenge& global) const;
  void open_at(const gl3& zeta);
  opened_part part_of(std::size_t table, tree_id tree) const;
  // `power` of gamma is the first that is free, before and after.
  codeword_handle deep_codeword(const height_columns& columns, const gl3& gamma, const gl3& zeta,
                                gl3& power);
  void fri(transcript& t, const gl3& gamma, const gl3& zeta);
  void open_queries(const std::vector<u32>& positions, std::span<const tree_handle> layer_trees);

  const proof_params& params_;
  const proving_key& key_;
  prover_backend& backend_;
  segment_commitment commitment_;
  bool whole_ = false;  // no table is without its columns
  std::vector<std::vector<gl>> publics_;
  std::vector<table_handle> main_, aux_, quotient_;
  std::vector<bus_sums> sums_;
  std::vector<opened> opened_;
  tree_handle trees_[tree_count];
  bytes proof_;
};

/// All segments of one execution, one after another.
result<std::vector<bytes>, prove_failure> prove_segments(const proof_params& params,
                                                         const proving_key& key,
                                                         prover_backend& backend,
                                                         std::vector<segment_trace> traces);

}  // namespace ashlar::stark

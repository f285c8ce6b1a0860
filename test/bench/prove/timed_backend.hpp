#pragma once

#include <map>

#include "runtime/stark/prover/backend.hpp"

namespace ashlar::bench {

/// Passes every call on to another backend and adds up, by stage, the seconds that it took.
class timed_backend final : public stark::prover_backend {
 public:
  explicit timed_backend(stark::prover_backend& inner) : inner_(inner) {}

  const std::map<std::string, double>& stages_s() const noexcept { return stages_s_; }
  void reset() { stages_s_.clear(); }

  std::size_t memory_bytes_peak() const noexcept override { return inner_.memory_bytes_peak(); }
  stark::table_handle upload(stark::matrix trace) override;
  stark::tree_handle commit(std::span<stark::device_table* const> tables, stark::hash_kind hash,
                            unsigned blowup_log2, bool keep_traces) override;
  std::optional<stark::auxiliary_trace> auxiliary(const stark::prover_air& air,
                                                  const stark::air_tables& tables,
                                                  const stark::air_challenges& challenges) override;
  void drop_trace(stark::device_table& table) override;
  stark::table_handle quotient(const stark::prover_air& air, const stark::air_tables& tables,
                               const stark::air_challenges& challenges, const stark::bus_sums& sums,
                               const stark::gl3& alpha, unsigned blowup_log2) override;
  void evaluate(const stark::device_table& table, const stark::gl3& zeta,
                std::vector<stark::gl3>& here, std::vector<stark::gl3>* next) override;
  stark::codeword_handle deep(unsigned height_log2, unsigned blowup_log2,
                              std::span<const stark::deep_term> terms,
                              const stark::gl3& zeta) override;
  stark::tree_handle commit_layer(stark::device_codeword& codeword, stark::hash_kind hash,
                                  unsigned fold_log2, unsigned blowup_log2) override;
  stark::codeword_handle fold(const stark::device_codeword& codeword, unsigned fold_log2,
                              unsigned blowup_log2, const stark::gl3& beta,
                              const stark::device_codeword* joined) override;
  std::vector<stark::gl3> final_polynomial(const stark::device_codeword& codeword) override;
  u64 grind(const stark::transcript& t, unsigned bits) override;
  stark::tree_openings gather(const stark::device_tree& tree, unsigned cap_log2,
                              std::span<const u32> positions) override;

 private:
  template <class Call>
  auto timed(const char* stage, const Call& call);

  stark::prover_backend& inner_;
  std::map<std::string, double> stages_s_;
};

}  // namespace ashlar::bench

#include "test/bench/prove/timed_backend.hpp"

#include "test/bench/rows/rows.hpp"

namespace ashlar::bench {

using namespace stark;

template <class Call>
auto timed_backend::timed(const char* stage, const Call& call) {
  struct clock {
    double& to;
    double start = now_s();
    ~clock() { to += now_s() - start; }
  } running{stages_s_[stage]};
  return call();
}

table_handle timed_backend::upload(matrix trace) {
  return timed("upload", [&] { return inner_.upload(std::move(trace)); });
}

tree_handle timed_backend::commit(std::span<device_table* const> tables, hash_kind hash,
                                  unsigned blowup_log2, bool keep_traces) {
  return timed("extension and hashing",
               [&] { return inner_.commit(tables, hash, blowup_log2, keep_traces); });
}

std::optional<auxiliary_trace> timed_backend::auxiliary(const prover_air& air,
                                                        const air_tables& tables,
                                                        const air_challenges& challenges) {
  return timed("auxiliary", [&] { return inner_.auxiliary(air, tables, challenges); });
}

void timed_backend::drop_trace(device_table& table) {
  timed("auxiliary", [&] { inner_.drop_trace(table); });
}

table_handle timed_backend::quotient(const prover_air& air, const air_tables& tables,
                                     const air_challenges& challenges, const bus_sums& sums,
                                     const gl3& alpha, unsigned blowup_log2) {
  return timed("quotient",
               [&] { return inner_.quotient(air, tables, challenges, sums, alpha, blowup_log2); });
}

void timed_backend::evaluate(const device_table& table, const gl3& zeta, std::vector<gl3>& here,
                             std::vector<gl3>* next) {
  timed("evaluation at zeta", [&] { inner_.evaluate(table, zeta, here, next); });
}

codeword_handle timed_backend::deep(unsigned height_log2, unsigned blowup_log2,
                                    std::span<const deep_term> terms, const gl3& zeta) {
  return timed("DEEP", [&] { return inner_.deep(height_log2, blowup_log2, terms, zeta); });
}

tree_handle timed_backend::commit_layer(device_codeword& codeword, hash_kind hash,
                                        unsigned fold_log2, unsigned blowup_log2) {
  return timed("FRI", [&] { return inner_.commit_layer(codeword, hash, fold_log2, blowup_log2); });
}

codeword_handle timed_backend::fold(const device_codeword& codeword, unsigned fold_log2,
                                    unsigned blowup_log2, const gl3& beta,
                                    const device_codeword* joined) {
  return timed("FRI", [&] { return inner_.fold(codeword, fold_log2, blowup_log2, beta, joined); });
}

std::vector<gl3> timed_backend::final_polynomial(const device_codeword& codeword) {
  return timed("FRI", [&] { return inner_.final_polynomial(codeword); });
}

u64 timed_backend::grind(const transcript& t, unsigned bits) {
  return timed("grinding", [&] { return inner_.grind(t, bits); });
}

tree_openings timed_backend::gather(const device_tree& tree, unsigned cap_log2,
                                    std::span<const u32> positions) {
  return timed("openings", [&] { return inner_.gather(tree, cap_log2, positions); });
}

}  // namespace ashlar::bench

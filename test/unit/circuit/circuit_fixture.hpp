#pragma once

#include <random>

#include "runtime/stark/air/checker.hpp"
#include "runtime/stark/circuit/builder.hpp"
#include "runtime/stark/circuit/witness.hpp"

namespace ashlar::test {

using namespace stark;

inline gl random_gl(std::mt19937_64& rng) {
  return gl(static_cast<u64>(rng()));
}
inline gl3 random_gl3(std::mt19937_64& rng) {
  return {random_gl(rng), random_gl(rng), random_gl(rng)};
}
inline void append(std::vector<gl>& to, const gl3& v) {
  to.insert(to.end(), std::begin(v.c), std::end(v.c));
}

/// The tables of a run, for checks without a proof.
inline std::vector<checked_table> tables_of(const circuit& c, const circuit_witness& w) {
  std::vector<matrix> fixed = c.fixed();
  std::vector<checked_table> out;
  out.push_back({&checked<alu_chip>, w.main[0], std::move(fixed[0]), w.public_lists()[0]});
  out.push_back({&checked<sponge_chip>, w.main[1], std::move(fixed[1]), {}});
  return out;
}

/// What is wrong with them, in words; empty where nothing is.
inline std::string why_not(const std::vector<checked_table>& tables) {
  std::vector<bus_message> global;
  const auto failure = check_tables(tables, global);
  return failure ? failure->text() : std::string();
}

/// Runs a circuit that is to hold; the tables must check.
inline std::string run_and_check(const circuit& c, std::span<const gl> input,
                                 const std::array<gl, 8>& publics = {}) {
  const auto w = run_circuit(c, input, publics);
  if (!w.ok())
    return std::string(describe(w.error().what)) + " in " + w.error().section + ", step " +
           std::to_string(w.error().step);
  return why_not(tables_of(c, *w));
}

}  // namespace ashlar::test

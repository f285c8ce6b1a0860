#pragma once

#include <string>
#include <vector>

#include "runtime/stark/params/params.hpp"

namespace ashlar::stark {

/// What the security of a machine's proofs depends on besides the parameters; counted from the AIRs
/// by code (machine_counts of the verifier).
struct bus_counts {
  std::string name;
  u64 rows = 0;          // rows of all interactions together are at most interactions x rows
  u32 tuple_length = 0;  // elements of a tuple, bus id not counted
  u32 interactions = 0;  // in all tables
};
struct machine_counts {
  std::string name;
  unsigned height_log2_max = 0;  // of the tallest table
  u32 columns = 0;               // base-field columns, committed ones of all trees
  u32 batch = 0;                 // (column, point) pairs that DEEP combines
  u32 constraints = 0;           // of the table with the most, buses included
  u32 segments = 1;              // over which the global buses run
  std::vector<bus_counts> lookups;
};

/// Bits of one component: the error is at most 2^-bits.
struct security_component {
  std::string name;
  double bits;
};

/// The Johnson-bound regime's gap: proximity up to 1 - sqrt(rho) - sqrt(rho) / gap_divisor. What is
/// counted with, no part of the protocol: any gap gives a bound. At lower rates a wider gap, which
/// costs no query and spares the batching, whose error grows as 1 / rho^2.5.
constexpr unsigned gap_divisor(const proof_params& p) noexcept {
  return p.blowup_log2 == 1 ? 100 : p.blowup_log2 == 2 ? 50 : 40;
}

/// Every component of the proof's soundness in the proven Johnson-bound regime (SECURITY.md), for
/// runs of several parts with the queries at the unique-decoding radius besides (the formulas are
/// those of ethereum/soundcalc for FRI_STARK, from BCHKS25 theorem 4.2 and Haboeck 2022, theorem
/// 8). Host only.
std::vector<security_component> security_of(const proof_params& params,
                                            const machine_counts& counts);

/// The least of the components.
double security_bits(const proof_params& params, const machine_counts& counts);

/// The same as a TOML file that soundcalc reads (protocol family FRI_STARK).
std::string soundcalc_toml(const proof_params& params, std::span<const machine_counts> machines);

}  // namespace ashlar::stark

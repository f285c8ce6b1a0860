#pragma once

#include <optional>

#include "runtime/base/bytes.hpp"

/// The peers of bench_prove: programs built outside this repository from `peer/`, each named by an
/// environment variable. Nothing where it is not set; a peer that fails, or whose result is wrong,
/// ends the benchmark.
namespace ashlar::bench {

/// ASHLAR_GOLDILOCKS_PEER: 0xPolygonHermez/goldilocks on one core, millions of elements a second.
struct transform_figures {
  double to_coefficients = 0, to_values = 0;
};
std::optional<transform_figures> ask_goldilocks(unsigned runs);

/// ASHLAR_BLAKE3_PEER: the official C code on one core. Its hashes are compared with ours.
struct hash_figures {
  double nodes_m_s = 0;          ///< millions of 64-byte nodes a second
  double long_message_gb_s = 0;  ///< of one message of 256 MiB
};
std::optional<hash_figures> ask_blake3(unsigned runs);

/// Turns of the Fibonacci loop that all but fill a segment of 2^16 of RISC Zero's rows.
inline constexpr u32 risc0_turns = 39'500;

/// ASHLAR_RISC0_PEER: one proof of risc0_turns turns by RISC Zero's C++ prover, checked by its
/// verifier. `output` is the word that the program must have put out.
struct prover_figures {
  double cycles = 0, prove_s = 0, cpu_s = 0;
};
std::optional<prover_figures> ask_risc0(u32 output);

}  // namespace ashlar::bench

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/base/bytes.hpp"

namespace ashlar::node {

struct batch_row {
  u64 number = 0, blocks = 0, txns = 0, gas = 0, pubdata_bytes = 0;
  std::string stage;
  /// Of the transaction that did it, for this batch and maybe others; 0: did not happen yet.
  u64 l1_gas_commit = 0, l1_gas_prove = 0, l1_gas_execute = 0;
};

/// Two values that were obtained independently, compared.
struct demo_check {
  std::string name;
  bool ok = false;
  std::string detail;  ///< what was compared; where it failed, both values
};

/// What `ashlar demo` tells at its end.
struct demo_report {
  bool ok = false;
  std::string reason;  ///< the first check that failed, or empty
  double seconds = 0;
  std::optional<double> soft_confirmation_ms_p50, soft_confirmation_ms_p99;
  std::optional<hash256> sequencer_root, restored_root;
  u64 l1_gas_verify = 0;  ///< of all proofs' verifications
  std::vector<batch_row> batches;
  std::vector<demo_check> checks;
};

/// Of a demo that could not begin: one check, "start", that failed.
demo_report report_of_none(std::string why, double seconds);

/// The `percent`-th percentile by nearest rank; none of no samples. Precondition: 0 to 100.
std::optional<double> percentile(std::vector<double> samples, unsigned percent);

/// One JSON object on one line: ok, seconds, soft_confirmation_ms {p50, p99}, state_root
/// {sequencer, restored}, l1_gas_verify, batches [{number, blocks, transactions, gas,
/// pubdata_bytes, stage, l1_gas {commit, prove, execute}}], checks [{name, ok, detail}]. What was
/// not reached is null, and gas that was not spent 0.
std::string to_json(const demo_report& report);
/// For people: checks, batches, latencies, the verdict. Lines end in a line feed.
std::string to_table(const demo_report& report);

}  // namespace ashlar::node

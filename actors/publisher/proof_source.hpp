#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/base/strong.hpp"

namespace ashlar::publisher {

/// Consecutive batches that one proof covers. The accumulator is over their public inputs
/// (`chain_public_input`, from zero), so that two contents of one number are two runs.
struct batch_run {
  batch_number first, last;
  hash256 accumulator;
  friend bool operator==(const batch_run&, const batch_run&) = default;
};

/// One transaction of a verification on L1.
struct verification_stage {
  address to;         ///< the verifier, or a contract that it asks; of the last one, the verifier
  bytes calldata;     ///< at most what L1 nodes take in a transaction, 128 KiB in all
  u64 gas_limit = 0;  ///< of the whole transaction
};

/// A finished proof of a run, as L1 takes it: its stages in order. Behind the last, the verifier
/// holds the output for verified and the chain's contract may be asked to take the run for proved.
struct run_proof {
  batch_run run;
  address verifier;
  hash256 output;  ///< keccak256(program set root ‖ accumulator)
  std::vector<verification_stage> stages;
  /// Asked of the verifier by eth_call: how many of these stages are done, in one word. L1 is the
  /// authority for that, not what was sent: anyone may send stages, and a reorg may take them back.
  bytes progress_call;
};

/// What one layer of the recursion behind a proof for L1 took: of all its proofs together.
struct layer_time {
  std::string layer;  ///< leaf, leaf_join, wrap, complete, join, outer
  u64 ms = 0;
};

/// Where proofs for L1 come from: joins the proofs of single batches to one of a run. What was
/// begun outlives the process. Called by one thread at a time; no call may take long.
class proof_source {
 public:
  virtual ~proof_source() = default;
  /// The last of the batches from `first` on, without a gap, whose own proofs are at hand; none
  /// where that of `first` is not.
  virtual std::optional<batch_number> ready_to(batch_number first) = 0;
  /// The run from `first` that was begun, whether it is finished or not.
  virtual std::optional<batch_run> begun_from(batch_number first) = 0;
  /// Begins a run, in place of one that was begun at the same batch.
  virtual void begin(const batch_run& run) = 0;
  /// Null while it is not finished.
  virtual std::shared_ptr<const run_proof> finished(const batch_run& run) = 0;
  /// What is being done about an unfinished run, in a few words for people.
  virtual std::string doing(const batch_run& run) = 0;
  /// Of the proof that was finished last, in the order of proving; empty: this process has made
  /// none. What an earlier process proved of it is not counted.
  virtual std::vector<layer_time> last_layers() { return {}; }
};

}  // namespace ashlar::publisher

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "actors/batch/sealing.hpp"
#include "actors/node/chain/chain_spec.hpp"
#include "actors/publisher/settlement_engine.hpp"
#include "runtime/store/content_store.hpp"

namespace ashlar::node {

/// Makes the proof for L1 of one batch.
class escape_prover {
 public:
  virtual ~escape_prover() = default;
  /// Whether its proofs would count for this verifier. The error is a sentence.
  virtual status<std::string> check(const address& verifier, const hash256& program_set_root) = 0;
  /// Behind it `source` has the finished proof of the run of this batch alone. What was made before
  /// is not made again, also by another process before. `is_wanted` is asked now and then, from one
  /// thread at a time: where it says no, this ends early with an error. The error is a sentence.
  virtual status<std::string> prove(const store::sealed_batch& batch, bytes_view witness,
                                    const std::function<bool()>& is_wanted) = 0;
  /// Lives as long as this.
  virtual publisher::proof_source& source() = 0;
};

struct escape_config {
  chain_spec chain;
  /// Where the work is kept: a command that was killed goes on from there. One process at a time.
  std::string folder;
  publisher::publisher_config publisher;  ///< contract, L1's chain id and way are set from `chain`
  batch::sealing_config limits;           ///< of the batch
  u64 operation_confirmations = 6;  ///< an operation that is not overdue is taken from there on
  /// What a verification and a settlement take together, about: who has less than that many gas at
  /// L1's present fee is refused before the proof is made.
  u64 gas_expected = 14'000'000;
  u32 rounds_max = 16;  ///< batches that are begun, each because L1 would not take the last one
  u32 look_ms =
      60'000;  ///< so often L1 is asked, while it is proved, whether it would take a batch
};

/// What the escape needs of its surroundings. References outlive it.
struct escape_parts {
  l1::client& l1;  ///< waits out what passes (commands/patient_l1.hpp)
  const l1::signer& account;
  const clock& time;
  /// Over the store that is given, which outlives what is made.
  std::function<result<std::unique_ptr<escape_prover>, std::string>(store::batch_store&)> prover;
  std::function<void(const std::string&)> say;  ///< takes a line of progress
  std::function<void(clock::duration)> wait;    ///< until L1 is to be looked at again
};

/// A message of an executed batch with all that L1 asks for to believe it: finalizeWithdrawal's
/// arguments, where it is one of a withdrawal.
struct provable_message {
  batch_number batch;
  u32 index = 0;  ///< of its log
  u16 txn_number = 0;
  address sender;
  bytes message;
  std::vector<hash256> proof;
};

struct escape_report {
  enum class outcome : u8 {
    nothing,   ///< every operation was executed before
    settled,   ///< by this command, or by one that was killed before
    executed,  ///< what was proved; the rest has to wait: `why`
    another    ///< what was overdue, somebody else settled meanwhile
  };
  outcome end = outcome::nothing;
  std::string why;
  /// What this folder's commands executed on L1, whole.
  std::vector<batch_number> batches;
  u64 operations = 0;                       ///< of the batches that were settled
  std::vector<store::intent> transactions;  ///< that are mined, in order
  std::vector<provable_message> messages;   ///< of `batches`
};

struct escape_failure {
  bool is_usage = false;  ///< nothing was tried
  std::string text;
  std::optional<unix_seconds> opens_at;  ///< where it was too early
};

/// Settles what is overdue without the operator, from L1 alone: rebuilds the state, lays a batch of
/// the queue's operations, proves it, has the proof verified on L1, and settles by it; and so on
/// with what one batch does not hold, while the escape is open. Goes on where a command over the
/// same folder was ended. Returns when what it sent is confirmed.
result<escape_report, escape_failure> run_escape(const escape_config& config,
                                                 const escape_parts& parts);

const char* to_text(escape_report::outcome end) noexcept;
/// As one JSON object.
std::string to_json(const escape_report& report);

}  // namespace ashlar::node

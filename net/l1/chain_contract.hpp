#pragma once

#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "net/l1/client.hpp"
#include "runtime/types/batch.hpp"
#include "runtime/types/priority.hpp"

/// The chain's contract on L1 (net/contracts/src/l1/Chain.sol) as calldata and events.
namespace ashlar::l1 {

/// Calldata of commitBatch: the header's fields and the whole pubdata.
bytes encode_commit_batch(const public_input& header, bytes_view pubdata);
/// The call after a proof of these batches was verified: it carries no proof.
bytes encode_prove_batches(batch_number first, batch_number last);
bytes encode_execute_batches(std::span<const public_input> headers);
bytes encode_revert_batches(batch_number last_kept);
struct commit_call;
/// Replaces all that is not executed by these batches, whose output was verified before: what
/// anyone may send while the escape is open.
bytes encode_escape_settle(std::span<const commit_call> batches);
/// Whether calldata calls a function that takes batches further: none that takes them back.
bool is_settlement_call(bytes_view calldata);

/// A batch as it is committed.
struct commit_call {
  /// Without chain ids and contract address, which the contract adds: the caller sets them.
  public_input header;
  bytes pubdata;
};
/// The inverse of `encode_commit_batch`. The contract takes that one form of calldata, with padding
/// of any content, since it is the data availability: so whatever L1 took reads back. None where
/// the contract would revert on it, but that gaps and an end behind the last part are not looked
/// for.
std::optional<commit_call> decode_commit_batch(bytes_view calldata);
/// The batches that a transaction to the contract commits: one by commitBatch, any number by
/// escapeSettle, by the same rule. Empty where it is neither, or the contract would revert on it.
std::vector<commit_call> decode_commits(bytes_view calldata);

struct batch_committed {
  batch_number number;
  hash256 public_input_hash, state_after;
};
struct batches_proved {
  batch_number first, last;
  hash256 accumulator;
};
struct batch_executed {
  batch_number number;
  hash256 state_after, l2_to_l1_log_root;
};
struct batches_reverted {
  batch_number last_kept, committed;
};
struct priority_requested {
  priority_id id;
  hash256 hash;
  unix_seconds deadline;
  l2_canonical_txn request;
};
using chain_event = std::variant<batch_committed, batches_proved, batch_executed, batches_reverted,
                                 priority_requested>;

/// Topics of the events above, for a log filter.
std::span<const hash256> chain_event_topics();
/// None where the log is none of them, or its data does not decode or does not hash to what it
/// says (a priority request's hash is recomputed).
std::optional<chain_event> decode_chain_event(const log_entry& log);

/// What the contract says of its progress now.
struct chain_progress {
  batch_number committed, proved, executed;
  u64 priority_total = 0;      ///< operations ever queued
  u64 priority_committed = 0;  ///< of which committed batches took so many
  hash256 tip_state;           ///< commitment after the last committed batch
  batch_number tip;  ///< that batch as the same answer has it: another where a block came between
};
l1_result<chain_progress> read_progress(client& c, const address& contract,
                                        std::string_view tag = "latest");

/// What the contract says of its escape, all at one block: when anyone may settle, and what must be
/// kept to then (net/contracts/src/l1/Settlement.sol).
struct escape_standing {
  unix_seconds now;  ///< of the block that was looked at
  l1_block_number at;
  chain_progress progress;
  hash256 executed_state;           ///< commitment after the last executed batch
  unix_seconds executed_timestamp;  ///< of that batch's last block
  u64 priority_executed = 0;        ///< operations that executed batches took
  /// Of the operation `priority_executed`; none where every one is executed.
  std::optional<unix_seconds> oldest_requested_at;
  hash256 priority_hash;  ///< rolling hash over all operations
  u64 priority_deadline_s = 0, escape_period_s = 0, past_window_s = 0, future_window_s = 0;
  u32 protocol_version = 0;
  hash256 config_hash;
  address verifier;          ///< of the present protocol version; zero: none
  hash256 program_set_root;  ///< the verifier's; zero where there is none
  bool frozen = false;
  unix_seconds frozen_until;  ///< the end of the last freeze; the governor may end it before
  bool open = false;          ///< escapeOpen()
};
l1_result<escape_standing> read_escape_standing(client& c, const address& contract);
/// The largest gas limit that the contract lets an operation ask for, at the latest block.
l1_result<u64> read_priority_gas_max(client& c, const address& contract);
/// Commitment after the last executed batch, at the latest block.
l1_result<hash256> read_executed_state(client& c, const address& contract);
/// What the contract has for a committed batch, the hash of its public input; zero where there is
/// no such batch.
l1_result<hash256> read_stored_batch(client& c, const address& contract, batch_number number);

/// When an operation of the queue was requested; zero where there is none.
l1_result<unix_seconds> read_request_time(client& c, const address& contract, priority_id id);

}  // namespace ashlar::l1

#pragma once

#include "runtime/stf/batch_witness.hpp"

namespace ashlar::stf {

/// What a batch comes to.
struct batch_result {
  public_input input;
  chain_state after;
  bytes pubdata;
  std::vector<l2_log> logs;
  std::vector<bytes> messages;
};

/// Senders of a batch, by block and place, as whoever admitted the transactions recovered them.
using sender_lists = std::vector<std::vector<address>>;

/// The state-transition function: applies a batch from its witness alone and gives its public
/// input. This is what is proved; the sequencer's own figures must be equal to the byte.
///
/// Everything the witness says of the state is checked against the state commitment that the
/// public input names; senders are recovered from signatures; a read that the witness does not
/// prove is an error, never a zero. `shared` is the executing thread's workspace, for speed alone.
///
/// `known` spares a node that checks a batch of its own the recovery, which it has done once over
/// the same bytes; a proof never has it.
result<batch_result, batch_error> apply_batch(const batch_witness& w,
                                              evm::workspace* shared = nullptr,
                                              const sender_lists* known = nullptr);
result<batch_result, batch_error> apply_batch(bytes_view encoded_witness,
                                              evm::workspace* shared = nullptr,
                                              const sender_lists* known = nullptr);

/// What a finished run comes to, given the summary of the tree after its diff and its pubdata:
/// the same assembly for the batch role, which has both from its own tree, and for apply_batch.
batch_result conclude(const chain_config& config, const batch_start& start, const batch_run& run,
                      const tree::summary& tree_after, bytes pubdata);

}  // namespace ashlar::stf

#pragma once

#include <map>
#include <string>
#include <vector>

#include "actors/node/chain/chain_spec.hpp"
#include "net/l1/chain_contract.hpp"
#include "net/l1/client.hpp"

namespace ashlar::node {

/// An operation of the chain's queue.
struct queued_on_l1 {
  l1::priority_requested operation;
  l1::l1_block_number block;  ///< that asked for it
};

/// What L1's events say of a chain.
struct l1_history {
  struct commit_place {
    hash256 txn;
    hash256 public_input_hash;
  };
  /// Where each batch that is committed now was committed. Reverted ones are forgotten.
  std::map<u64, commit_place> commits;
  /// The whole queue; ids are places.
  std::vector<queued_on_l1> queue;
};

/// Reads all events of the chain's contract. The error is a sentence: also where the queue has a
/// gap, since L1 then moved while it was read.
result<l1_history, std::string> read_l1_history(l1::client& c, const chain_spec& spec);

/// A batch by its commit's calldata, held against the hash that the event names; with all that the
/// contract adds to its header. The error is a sentence.
result<l1::commit_call, std::string> read_commit(l1::client& c, const chain_spec& spec,
                                                 batch_number number,
                                                 const l1_history::commit_place& place);

/// What went wrong with L1, for people.
std::string l1_text(const l1::l1_error& e);

}  // namespace ashlar::node

#pragma once

#include <functional>
#include <string>

#include "actors/node/chain/l1_history.hpp"
#include "runtime/stf/rebuild.hpp"

namespace ashlar::node {

struct restored {
  batch_number last_batch;
  chain_state state;
  std::size_t accounts = 0;
  u256 ether;  ///< of all accounts, in wei
};

/// Rebuilds the chain's state from its genesis and what L1 holds: the calldata of the batches that
/// are committed now. Every batch is checked against its header, every header against the hash
/// that the contract's event names. `last_batch_max`: stop behind this one.
result<restored, std::string> restore_from_l1(l1::client& c, const chain_spec& spec,
                                              batch_number last_batch_max,
                                              const std::function<void(batch_number)>& progress);

/// The same for who goes on from there: the chain itself. `each` is told of every batch and of the
/// chain behind it.
result<stf::rebuilt_chain, std::string> rebuild_from_l1(
    l1::client& c, const chain_spec& spec, const l1_history& history, batch_number last_batch_max,
    const std::function<void(const l1::commit_call&, const stf::rebuilt_chain&)>& each);

}  // namespace ashlar::node

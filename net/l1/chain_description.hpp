#pragma once

#include "net/l1/deployment.hpp"

/// What L1 has of a chain for whoever has nothing else (net/contracts/src/l1/Factory.sol).
namespace ashlar::l1 {

struct chain_description {
  ecosystem_contracts ecosystem;
  chain_contracts contracts;
  l1_block_number made_in;  ///< no event of the chain is older
  hash256 genesis_state;    ///< as it was registered
  /// The configuration that the chain was made with, and the present one: its hash is the
  /// contract's, which was checked.
  bytes first_config, config;
  /// As whoever added the chain gave it. No contract held it to the state: the reader has to.
  bytes genesis;
  u64 priority_deadline_s = 0;
};

/// Asks the hub for the chain, and its factory for what it was made from. An error where the hub or
/// the chain is none, or where what L1 has does not fit together.
l1_result<chain_description> read_chain_description(client& c, const address& hub, u64 chain_id);

}  // namespace ashlar::l1

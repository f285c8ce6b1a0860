#pragma once

#include <string>

#include "actors/node/chain/chain_spec.hpp"

namespace ashlar::node {

/// Time and accounts of a genesis as L1 has them, in one canonical form: RLP of
///
///   [timestamp, [[address, nonce, balance, code, [[slot, value], ...]], ...]]
///
/// with accounts by address and slots by number, rising; no value is zero.
bytes encode_genesis(const chain_spec& spec);
struct published_genesis {
  unix_seconds time;
  std::vector<stf::genesis_account> accounts;
};
/// The inverse, of bytes that anybody may have written. The error is a sentence.
result<published_genesis, std::string> decode_genesis(bytes_view raw);

/// The chain by what L1 has of it, without its folder: whole, since no chain is made otherwise. The
/// genesis is held to the state that the chain was registered with, the configuration to the hash
/// that the contract has. The error is a sentence.
result<chain_spec, std::string> read_published_chain(l1::client& c, const address& hub,
                                                     u64 chain_id);

/// How a command was told which chain is meant.
struct chain_source {
  std::string folder;  ///< with chain.toml and genesis.json; empty: from L1, by hub and chain id
  std::string hub;
  u64 chain_id = 0;
};
struct chain_failure {
  bool is_usage = false;  ///< what was given is wrong; else L1 does not give the chain
  std::string text;
};
result<chain_spec, chain_failure> read_chain(const chain_source& from, l1::client& c);

}  // namespace ashlar::node

#pragma once

#include <string>
#include <vector>

#include "runtime/types/txn.hpp"

/// Transfers signed ahead, so that neither server waits for a signature.
namespace ashlar::bench {

struct load_shape {
  u64 chain_id = 270;
  u32 senders = 200;
  u32 connections = 4;  ///< each has senders/connections senders of its own, so nonces are in order
  u32 batch = 200;      ///< transactions of a JSON-RPC batch
  u64 batches = 1'000;  ///< of all connections
};

/// What is needed of a transfer to check what became of it.
struct transfer {
  u32 from = 0, to = 0;  ///< indexes of accounts
  u64 value = 0;
  hash256 hash;
};

struct signed_batch {
  u32 connection = 0;
  std::string body;  ///< the JSON-RPC batch, whole
  std::vector<transfer> transfers;
};

/// The load's accounts: the senders, and behind them one that only the latency's probe uses.
hash256 load_key(u32 index);
address load_account(u32 index);

/// Fees and gas of every transfer.
inline constexpr u64 transfer_gas_limit = 60'000;
inline constexpr u64 transfer_max_fee = 10'000'000'000;
inline constexpr u64 transfer_tip = 1'000'000'000;

/// A signed transfer, as eth_sendRawTransaction takes it.
bytes sign_transfer(u64 chain_id, const hash256& key, u64 nonce, const address& to, u64 value);

/// Reads `path`, or signs on all cores and writes it. The same shape gives the same bytes.
/// Connections take turns: batch i goes over connection i modulo their number.
std::vector<signed_batch> make_load(const load_shape& shape, const std::string& path);

}  // namespace ashlar::bench

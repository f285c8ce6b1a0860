#pragma once

#include <optional>
#include <string>

#include "net/rpc/chain_view.hpp"
#include "net/rpc/settlement.hpp"

/// The chain's objects as geth writes them, with the ZK Stack's l1Batch fields added.
namespace ashlar::rpc {

using batch_of_block = std::optional<batch_position>;

/// `full`: whole transactions, else their hashes.
void append_block(std::string& out, const sealed_block& block, bool full,
                  const batch_of_block& batch);
/// As eth_subscribe("newHeads") gives it.
void append_head(std::string& out, const sealed_block& block);
void append_txn(std::string& out, const located_txn& t, const batch_of_block& batch);
void append_pending_txn(std::string& out, const pending_txn& t);
void append_receipt(std::string& out, const located_txn& t, const batch_of_block& batch);
void append_log(std::string& out, const found_log& log);
/// The k-th log of a transaction in its block, in the shape of a query's result.
found_log log_of(const sealed_block& block, u32 txn_index, u32 k);

/// eth_getProof on the Ashlar tree. accountProof and each storageProof[].proof are a leaf record
/// (index 8 | key 32 | value 32 | next index 8, integers big-endian, 80 bytes) followed by its
/// siblings (32 bytes each) from the leaf upwards; for an absent key the left neighbour's record
/// and siblings, then the right one's. storageHash is the tree's root: there is no trie per
/// account. Added to geth's fields: batchNumber, root, leafCount.
void append_proof(std::string& out, const address& who, const account_proof& p);

/// {"ready":true,"roles":[...]}, also the body of GET /health.
void append_health(std::string& out, const health_report& report);

}  // namespace ashlar::rpc

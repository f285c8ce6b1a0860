#include "net/rpc/encode.hpp"

#include "net/rpc/json_out.hpp"
#include "runtime/types/l2_log.hpp"

namespace ashlar::rpc {
namespace {

void append_access_list(std::string& out, const std::vector<access_list_entry>& list) {
  append_array(out, list, [&](const access_list_entry& e) {
    object_out o(out);
    o.data("address", e.account);
    append_array(o.key("storageKeys"), e.storage_keys,
                 [&](const hash256& k) { append_data(out, k); });
    o.end();
  });
}

void append_authorizations(std::string& out, const std::vector<authorization>& list) {
  append_array(out, list, [&](const authorization& a) {
    object_out o(out);
    o.quantity("chainId", a.chain_id);
    o.data("address", a.account);
    o.quantity("nonce", a.nonce);
    o.quantity("yParity", a.y_parity);
    o.quantity("r", a.r);
    o.quantity("s", a.s);
    o.end();
  });
}

void put_batch(object_out& o, const batch_of_block& batch) {
  if (batch) {
    o.quantity("l1BatchNumber", batch->batch);
  } else {
    o.null("l1BatchNumber");
  }
}

u256 legacy_v(const txn& t) {
  const u256 parity = t.signature.y_parity;
  return t.chain_id ? u256(*t.chain_id) * u256(2) + u256(35) + parity : u256(27) + parity;
}

void put_signature(object_out& o, const txn& t) {
  if (t.is_priority()) {
    o.quantity("v", 0);
  } else if (t.type == txn_type::legacy) {
    o.quantity("v", legacy_v(t));
  } else {
    o.quantity("yParity", t.signature.y_parity);
    o.quantity("v", t.signature.y_parity);
  }
  o.quantity("r", t.signature.r);
  o.quantity("s", t.signature.s);
}

/// Where the transaction lies comes first (null while pending), then its body.
void put_body(object_out& o, const txn& t, const hash256& hash, const address& sender,
              const u256& price) {
  o.data("from", sender);
  o.quantity("gas", t.gas_limit);
  o.quantity("gasPrice", price);
  const bool dynamic =
      t.type == txn_type::dynamic_fee || t.type == txn_type::set_code || t.is_priority();
  if (dynamic) {
    o.quantity("maxFeePerGas", t.max_fee_per_gas);
    o.quantity("maxPriorityFeePerGas", t.max_priority_fee_per_gas);
  }
  o.data("hash", hash);
  o.data("input", t.data);
  o.quantity("nonce", t.nonce);
  if (t.to)
    o.data("to", *t.to);
  else
    o.null("to");
  o.quantity("value", t.value);
  o.quantity("type", static_cast<u64>(t.type));
  if (t.type != txn_type::legacy && !t.is_priority())
    append_access_list(o.key("accessList"), t.access_list);
  if (t.type == txn_type::set_code)
    append_authorizations(o.key("authorizationList"), t.authorizations);
  if (t.chain_id) o.quantity("chainId", *t.chain_id);
  put_signature(o, t);
}

void put_header(object_out& o, const sealed_block& block) {
  const block_header& h = block.header;
  if (h.base_fee_per_gas) o.quantity("baseFeePerGas", *h.base_fee_per_gas);
  if (h.blob_gas_used) o.quantity("blobGasUsed", *h.blob_gas_used);
  o.quantity("difficulty", h.difficulty);
  if (h.excess_blob_gas) o.quantity("excessBlobGas", *h.excess_blob_gas);
  o.data("extraData", h.extra_data);
  o.quantity("gasLimit", h.gas_limit);
  o.quantity("gasUsed", h.gas_used);
  o.data("hash", block.hash);
  o.data("logsBloom", h.logs_bloom);
  o.data("miner", h.beneficiary);
  o.data("mixHash", h.mix_hash);
  o.data("nonce", h.nonce);
  o.quantity("number", h.number);
  if (h.parent_beacon_block_root) o.data("parentBeaconBlockRoot", *h.parent_beacon_block_root);
  o.data("parentHash", h.parent_hash);
  o.data("receiptsRoot", h.receipts_root);
  if (h.requests_hash) o.data("requestsHash", *h.requests_hash);
  o.data("sha3Uncles", h.ommers_hash);
  o.data("stateRoot", h.state_root);
  o.quantity("timestamp", h.timestamp);
  o.data("transactionsRoot", h.transactions_root);
  if (h.withdrawals_root) o.data("withdrawalsRoot", *h.withdrawals_root);
}

void append_l2_log(std::string& out, const l2_log& log, const located_txn& t, u32 k,
                   const batch_of_block& batch) {
  object_out o(out);
  o.quantity("blockNumber", t.block->header.number);
  o.data("blockHash", t.block->hash);
  put_batch(o, batch);
  o.quantity("transactionIndex", t.index);
  o.quantity("txIndexInL1Batch", batch ? batch->first_txn_in_batch + t.index : 0);
  o.quantity("shardId", log.shard);
  o.boolean("isService", log.is_service);
  o.data("sender", log.sender);
  o.data("key", log.key);
  o.data("value", log.value);
  o.data("transactionHash", t.block->txns[t.index].hash);
  o.quantity("logIndex", k);
  o.end();
}

bytes leaf_record(const tree_leaf_proof& p) {
  bytes out(80);
  store_be64(out.data(), p.index);
  std::copy(p.key.begin(), p.key.end(), out.begin() + 8);
  std::copy(p.value.begin(), p.value.end(), out.begin() + 40);
  store_be64(out.data() + 72, p.next_index);
  return out;
}

void append_tree_proof(std::string& out, const tree_proof& p) {
  out += '[';
  const auto put = [&](const tree_leaf_proof& leaf) {
    append_data(out, leaf_record(leaf));
    for (const hash256& h : leaf.siblings) {
      out += ',';
      append_data(out, h);
    }
  };
  put(p.leaf);
  if (p.right) {
    out += ',';
    put(*p.right);
  }
  out += ']';
}

}  // namespace

void append_block(std::string& out, const sealed_block& block, bool full,
                  const batch_of_block& batch) {
  object_out o(out);
  put_header(o, block);
  o.quantity("size", block.size_bytes);
  o.key("transactions");
  out += '[';
  for (u32 i = 0; i < block.txns.size(); ++i) {
    if (i) out += ',';
    if (full) {
      // A non-owning pointer: the block outlives the call.
      append_txn(out, {sealed_block_ptr(sealed_block_ptr(), &block), i}, batch);
    } else {
      append_data(out, block.txns[i].hash);
    }
  }
  out += ']';
  o.key("uncles") += "[]";
  if (block.header.withdrawals_root) o.key("withdrawals") += "[]";
  put_batch(o, batch);
  if (batch) {
    o.quantity("l1BatchTimestamp", batch->batch_timestamp);
  } else {
    o.null("l1BatchTimestamp");
  }
  o.end();
}

void append_head(std::string& out, const sealed_block& block) {
  object_out o(out);
  put_header(o, block);
  o.end();
}

void append_txn(std::string& out, const located_txn& t, const batch_of_block& batch) {
  const sealed_txn& s = t.block->txns[t.index];
  object_out o(out);
  o.data("blockHash", t.block->hash);
  o.quantity("blockNumber", t.block->header.number);
  o.quantity("blockTimestamp", t.block->header.timestamp);
  o.quantity("transactionIndex", t.index);
  put_body(o, s.body, s.hash, s.sender, s.outcome.effective_gas_price);
  put_batch(o, batch);
  if (batch) {
    o.quantity("l1BatchTxIndex", batch->first_txn_in_batch + t.index);
  } else {
    o.null("l1BatchTxIndex");
  }
  o.end();
}

void append_pending_txn(std::string& out, const pending_txn& t) {
  object_out o(out);
  o.null("blockHash");
  o.null("blockNumber");
  o.null("transactionIndex");
  put_body(o, t.body, t.hash, t.sender, t.body.max_fee_per_gas);
  o.null("l1BatchNumber");
  o.null("l1BatchTxIndex");
  o.end();
}

namespace {

void put_log(object_out& o, std::string& out, const found_log& log) {
  o.data("address", log.entry.account);
  append_array(o.key("topics"), log.entry.topics, [&](const hash256& h) { append_data(out, h); });
  o.data("data", log.entry.data);
  o.quantity("blockNumber", log.block);
  o.data("transactionHash", log.txn_hash);
  o.quantity("transactionIndex", log.txn_index);
  o.data("blockHash", log.block_hash);
  o.quantity("blockTimestamp", log.timestamp);
  o.quantity("logIndex", log.log_index);
  o.boolean("removed", false);
}

/// A receipt's logs have what the ZK Stack adds: its wallets read a withdrawal's batch there.
void append_receipt_logs(std::string& out, const located_txn& t, const batch_of_block& batch) {
  out += '[';
  for (u32 k = 0; k < t.block->txns[t.index].outcome.logs.size(); ++k) {
    if (k) out += ',';
    object_out o(out);
    put_log(o, out, log_of(*t.block, t.index, k));
    o.quantity("transactionLogIndex", k);
    o.null("logType");
    if (batch)
      o.quantity("l1BatchNumber", batch->batch);
    else
      o.null("l1BatchNumber");
    o.end();
  }
  out += ']';
}

}  // namespace

void append_receipt(std::string& out, const located_txn& t, const batch_of_block& batch) {
  const sealed_txn& s = t.block->txns[t.index];
  const receipt& r = s.outcome;
  object_out o(out);
  o.data("blockHash", t.block->hash);
  o.quantity("blockNumber", t.block->header.number);
  if (r.contract_address)
    o.data("contractAddress", *r.contract_address);
  else
    o.null("contractAddress");
  o.quantity("cumulativeGasUsed", r.cumulative_gas_used);
  o.quantity("effectiveGasPrice", r.effective_gas_price);
  o.data("from", s.sender);
  o.quantity("gasUsed", r.gas_used);
  append_receipt_logs(o.key("logs"), t, batch);
  o.data("logsBloom", r.bloom);
  o.quantity("status", r.success ? 1 : 0);
  if (s.body.to)
    o.data("to", *s.body.to);
  else
    o.null("to");
  o.data("transactionHash", s.hash);
  o.quantity("transactionIndex", t.index);
  o.quantity("type", static_cast<u64>(r.type));
  put_batch(o, batch);
  if (batch) {
    o.quantity("l1BatchTxIndex", batch->first_txn_in_batch + t.index);
  } else {
    o.null("l1BatchTxIndex");
  }
  std::vector<l2_log> to_l1;
  append_l2_logs(to_l1, s.body, r,
                 static_cast<u16>(batch ? batch->first_txn_in_batch + t.index : t.index));
  o.key("l2ToL1Logs");
  u32 k = 0;
  append_array(out, to_l1, [&](const l2_log& log) { append_l2_log(out, log, t, k++, batch); });
  o.end();
}

found_log log_of(const sealed_block& block, u32 txn_index, u32 k) {
  const sealed_txn& t = block.txns[txn_index];
  return {t.outcome.logs[k], block.header.number,  block.hash, block.header.timestamp, t.hash,
          txn_index,         t.first_log_index + k};
}

void append_log(std::string& out, const found_log& log) {
  object_out o(out);
  put_log(o, out, log);
  o.end();
}

void append_proof(std::string& out, const address& who, const account_proof& p) {
  object_out o(out);
  o.data("address", who);
  append_tree_proof(o.key("accountProof"), p.proof);
  o.quantity("balance", p.account.balance);
  o.data("codeHash", p.account.code_hash);
  o.quantity("nonce", p.account.nonce);
  o.data("storageHash", p.tree_root);
  append_array(o.key("storageProof"), p.slots, [&](const storage_proof& s) {
    object_out slot(out);
    slot.quantity("key", s.slot);
    slot.quantity("value", s.value);
    append_tree_proof(slot.key("proof"), s.proof);
    slot.end();
  });
  o.quantity("batchNumber", p.batch);
  o.data("root", p.tree_root);
  o.quantity("leafCount", p.leaf_count);
  o.end();
}

}  // namespace ashlar::rpc

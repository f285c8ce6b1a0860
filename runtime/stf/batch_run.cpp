#include "runtime/stf/batch_run.hpp"

namespace ashlar::stf {

chain_state state_of(const batch_start& start) {
  chain_state s;
  s.tree_root = start.tree.root;
  s.leaf_count = start.tree.leaf_count;
  s.last_block = start.parent.number;
  s.block_hashes_digest = block_hashes_digest(start.hashes);
  s.last_timestamp = start.parent.timestamp;
  return s;
}

batch_run::batch_run(const chain_config& config, const batch_start& start, evm::state_reader& under,
                     evm::workspace* shared)
    : config_(config),
      state_(under, shared),
      parent_(start.parent),
      hashes_(start.hashes, start.parent.number),
      leaf_count_(start.tree.leaf_count),
      priority_hash_(start.priority_hash),
      priority_next_(start.priority_next) {}

result<executed_block, batch_error> batch_run::add_block(unix_seconds timestamp,
                                                         std::span<const txn> txns,
                                                         std::span<const address> senders,
                                                         std::span<const hash256> hashes,
                                                         std::span<const bytes> encoded) {
  ensure(txns.size() == senders.size() && txns.size() == hashes.size());
  ensure(encoded.empty() || encoded.size() == txns.size());
  batch_error error;
  error.block = block_count();
  const auto refuse = [&](batch_error_code code) {
    error.code = code;
    return fail(error);
  };
  if (timestamp < parent_.timestamp) return refuse(batch_error_code::time_reversed);
  if (txn_count_ + txns.size() > 0xffff) return refuse(batch_error_code::too_many_txns);

  block_execution execution(config_, parent_, hashes_.newest_hash(), timestamp, state_, hashes_);
  execution.reserve(txns.size());
  for (std::size_t i = 0; i < txns.size(); ++i) {
    const txn& t = txns[i];
    error.txn = i;
    if (t.is_priority()) {
      if (t.nonce != priority_next_) {
        error.expected = priority_next_;
        error.got = t.nonce;
        return refuse(batch_error_code::wrong_priority_id);
      }
      ++priority_next_;
      priority_hash_ = extend_priority_hash(priority_hash_, t.priority.canonical_hash);
    }
    const auto outcome = execution.add(t, senders[i], hashes[i],
                                       encoded.empty() ? bytes_view{} : bytes_view{encoded[i]});
    if (!outcome) {
      error.rejection = outcome.error().reason;
      return refuse(batch_error_code::rejected);
    }
    pubdata_bytes_ += outcome->pubdata_bytes;
  }
  executed_block out = execution.finish();
  for (std::size_t i = 0; i < txns.size(); ++i) {
    append_l2_logs(logs_, txns[i], out.receipts[i], static_cast<u16>(txn_count_ + i));
    for (bytes& message : l2_messages(out.receipts[i])) messages_.push_back(std::move(message));
  }
  if (logs_.size() > l2_log_leaves_max) return refuse(batch_error_code::too_many_logs);
  txn_count_ += txns.size();
  gas_used_ += out.block.header.gas_used;
  timestamps_.push_back(timestamp);
  parent_ = out.block.header;
  hashes_.push(out.hash);
  error.got = guest_bytes_max(memory(), block_count(), leaf_count_);
  error.expected = guest_bytes_limit;
  if (error.got > error.expected) return refuse(batch_error_code::too_much_memory);
  return out;
}

}  // namespace ashlar::stf

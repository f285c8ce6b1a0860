#pragma once

#include <chrono>
#include <string>

#include "net/rpc/submit.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

namespace ashlar::rpc {

/// Node parameters of JSON-RPC: what one request, one client or all of them may use.
struct rpc_config {
  u32 batch_max = 100;                         ///< requests in a batch; beyond: -32600
  u32 json_depth_max = 32;                     ///< beyond: -32700
  std::size_t response_bytes_max = 10u << 20;  ///< of all answers of a batch; beyond: -32003
  u64 log_blocks_max = 10'000;                 ///< range of eth_getLogs; beyond: -32005
  std::size_t log_results_max = 10'000;        ///< beyond: -32005
  /// Of a query over blocks, beyond: -32000; of one poll of a block filter, beyond: the rest at the
  /// next.
  std::chrono::milliseconds log_time_max{5000};
  std::size_t log_alternatives_max = 1000;  ///< addresses, or topics in one place; beyond: -32602
  /// Of all subscriptions, and of all filters, of an address; beyond: -32005
  std::size_t log_alternatives_per_address_max = 10'000;
  std::size_t filters_max = 10'000;                   ///< installed in all; beyond: -32005
  std::size_t filters_per_address_max = 100;          ///< beyond: -32005
  std::chrono::milliseconds filter_timeout{300'000};  ///< not polled for so long: gone
  std::size_t pending_hashes_max = 65'536;  ///< kept for pending filters; who lags more misses some
  std::size_t subscriptions_per_connection_max = 32;  ///< beyond: -32005
  std::size_t event_queue_max = 4096;  ///< blocks not yet pushed; beyond: subscribers are closed
  u64 call_gas_max = 50'000'000;       ///< eth_call, eth_estimateGas; a higher gas field is cut
  /// Of a call, beyond: -32000 "execution timeout"; of its wait for a thread, beyond: -32005.
  std::chrono::milliseconds call_time_max{5000};
  u64 call_gas_per_cost = 10'000;     ///< gas that a call ran for each token of its client's bucket
  u64 fee_history_blocks_max = 1024;  ///< a higher count is cut
  std::size_t fee_percentiles_max = 100;
  std::size_t proof_slots_max = 1024;                    ///< of eth_getProof; beyond: -32602
  std::chrono::milliseconds sync_timeout_default{2000};  ///< eth_sendRawTransactionSync
  std::chrono::milliseconds sync_timeout_max{10'000};
  submit_wait send_wait = submit_wait::admitted;  ///< when eth_sendRawTransaction answers

  /// The error is a sentence that names the field, its value and its range.
  status<std::string> validate() const;
};

}  // namespace ashlar::rpc

#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/rpc/chain_view.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

namespace ashlar::rpc {

/// Why a transaction was not taken. `wording` gives geth's words, on which wallets match.
enum class submit_errc : u8 {
  malformed,         ///< not a transaction; detail says what
  oversized,         ///< more bytes than the pool takes
  type_unsupported,  ///< blob, or an unknown type
  unprotected,       ///< legacy without EIP-155
  wrong_chain_id,
  invalid_signature,  ///< also high s and bad y parity
  nonce_too_low,
  nonce_too_high,      ///< further ahead than the pool queues
  nonce_max,           ///< 2^64 - 1 (EIP-2681)
  insufficient_funds,  ///< for gas * price + value
  intrinsic_gas_too_low,
  floor_data_gas,      ///< EIP-7623
  gas_limit_too_high,  ///< over the block's or EIP-7825's cap
  tip_above_fee_cap,
  fee_cap_below_base_fee,
  underpriced,  ///< below the node's minimum tip or price
  replacement_underpriced,
  already_known,
  initcode_too_large,    ///< EIP-3860
  sender_not_eoa,        ///< EIP-3607
  empty_authorizations,  ///< EIP-7702 without a tuple
  pool_full,
  sender_limit,      ///< too many transactions of this sender wait
  too_much_proving,  ///< more than a block may take; detail says how much
  sender_rests,      ///< after one that took too much proving; detail says for how long
  dropped,           ///< accepted, then dropped before it was executed; detail says why
  unavailable,       ///< the sequencer does not take transactions now
  internal,
};

struct submit_error {
  submit_errc code{};
  std::string detail;  ///< appended as ": detail", e.g. "next nonce 5, tx nonce 3"
};

/// Geth's text for the code, without the detail.
std::string_view wording(submit_errc code) noexcept;

using submit_result = result<hash256, submit_error>;
/// One result per transaction, in the order they were given. Called exactly once, on any thread,
/// possibly before `submit` returns; it does not block for long and throws nothing.
using submit_callback = std::function<void(std::vector<submit_result>)>;

/// When eth_sendRawTransaction answers.
enum class submit_wait : u8 {
  admitted,   ///< checked and in the mempool
  confirmed,  ///< durable in the block log; rejected by execution = an error
};

/// Outcome of eth_sendRawTransactionSync (EIP-7966).
struct sync_timeout {
  hash256 txn_hash;
  std::string why;  ///< nothing is confirmed now; empty: this one was only late
};
struct sync_nonce_gap {
  hash256 txn_hash;
  u64 expected_nonce = 0;
};
using sync_outcome = std::variant<located_txn, submit_error, sync_timeout, sync_nonce_gap>;
using sync_callback = std::function<void(sync_outcome)>;

}  // namespace ashlar::rpc

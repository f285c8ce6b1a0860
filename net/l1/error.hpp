#pragma once

#include <string>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

namespace ashlar::l1 {

enum class l1_error_code : u8 {
  unreachable,    ///< no connection, or it broke
  timed_out,      ///< connected, but no whole answer in time
  rate_limited,   ///< HTTP 429, or the same as a JSON-RPC error
  http_status,    ///< any other status that is not 200; `number` is the status
  malformed,      ///< an answer that is not what the method returns
  rpc_error,      ///< a JSON-RPC error; `number` is its code
  reverted,       ///< a call or an estimate reverted; `revert_data` holds the reason
  nonce_taken,    ///< "nonce too low": another transaction of this sender was mined
  underpriced,    ///< fee too low, also for a replacement
  no_funds,       ///< the sender cannot pay
  already_known,  ///< the very transaction is in the pool
  fee_over_cap,   ///< L1 asks more than the operator's cap; nothing was sent
  wrong_chain,    ///< the endpoint serves another chain
};

struct l1_error {
  l1_error_code code{};
  std::string text;  ///< for people: what was asked and what came
  i64 number = 0;
  bytes revert_data;

  /// Whether asking again later may help without anything else changing.
  bool transient() const noexcept {
    return code == l1_error_code::unreachable || code == l1_error_code::timed_out ||
           code == l1_error_code::rate_limited || code == l1_error_code::http_status ||
           code == l1_error_code::malformed;
  }
  /// Whether a smaller question may be answered: which errors are no limit's, we know better than
  /// which are.
  bool may_be_of_size() const noexcept {
    return code != l1_error_code::unreachable && code != l1_error_code::rate_limited &&
           code != l1_error_code::wrong_chain;
  }
};

const char* to_text(l1_error_code code) noexcept;

template <class T>
using l1_result = result<T, l1_error>;

}  // namespace ashlar::l1

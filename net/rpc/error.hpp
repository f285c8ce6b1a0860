#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/rpc/backend.hpp"
#include "net/rpc/call.hpp"
#include "net/rpc/submit.hpp"
#include "runtime/base/bytes.hpp"

namespace ashlar::rpc {

/// The codes that leave the process: JSON-RPC 2.0, EIP-1474, EIP-7966 and geth.
namespace code {
inline constexpr int parse = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int unknown_method = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int internal = -32603;
inline constexpr int server = -32000;  ///< geth's for everything that has no code of its own
inline constexpr int response_too_large = -32003;
inline constexpr int limit = -32005;
inline constexpr int reverted = 3;
inline constexpr int sync_timeout = 4;
inline constexpr int sync_not_ready = 5;
inline constexpr int sync_nonce_gap = 6;
}  // namespace code

struct rpc_error {
  int code = code::internal;
  std::string message;
  std::optional<std::string> data;  ///< a JSON text, ready to append
};

rpc_error invalid_params(std::string message);
/// "invalid argument 1: why"
rpc_error invalid_argument(std::size_t index, std::string_view why);
rpc_error to_rpc_error(const backend_error& e);
rpc_error to_rpc_error(const submit_error& e);
/// For an outcome that is not success: code 3 with the data, or -32000 with the halt's words.
rpc_error to_rpc_error(const call_outcome& o);

/// "execution reverted", and ": reason" where the data is Error(string) or Panic(uint256).
std::string revert_message(bytes_view data);

}  // namespace ashlar::rpc

#include "net/l1/error.hpp"

namespace ashlar::l1 {

const char* to_text(l1_error_code code) noexcept {
  switch (code) {
    case l1_error_code::unreachable:
      return "unreachable";
    case l1_error_code::timed_out:
      return "timed out";
    case l1_error_code::rate_limited:
      return "rate limited";
    case l1_error_code::http_status:
      return "unexpected HTTP status";
    case l1_error_code::malformed:
      return "malformed answer";
    case l1_error_code::rpc_error:
      return "JSON-RPC error";
    case l1_error_code::reverted:
      return "reverted";
    case l1_error_code::nonce_taken:
      return "nonce taken";
    case l1_error_code::underpriced:
      return "underpriced";
    case l1_error_code::no_funds:
      return "no funds";
    case l1_error_code::already_known:
      return "already known";
    case l1_error_code::fee_over_cap:
      return "fee over the cap";
    case l1_error_code::wrong_chain:
      return "wrong chain";
  }
  return "unknown";
}

}  // namespace ashlar::l1

#include "net/rpc/submit.hpp"

namespace ashlar::rpc {

std::string_view wording(submit_errc code) noexcept {
  switch (code) {
    case submit_errc::malformed:
      return "invalid transaction";
    case submit_errc::oversized:
      return "oversized data";
    case submit_errc::type_unsupported:
      return "transaction type not supported";
    case submit_errc::unprotected:
      return "only replay-protected (EIP-155) transactions allowed over RPC";
    case submit_errc::wrong_chain_id:
      return "invalid chain id for signer";
    case submit_errc::invalid_signature:
      return "invalid sender";
    case submit_errc::nonce_too_low:
      return "nonce too low";
    case submit_errc::nonce_too_high:
      return "nonce too high";
    case submit_errc::nonce_max:
      return "nonce has max value";
    case submit_errc::insufficient_funds:
      return "insufficient funds for gas * price + value";
    case submit_errc::intrinsic_gas_too_low:
      return "intrinsic gas too low";
    case submit_errc::floor_data_gas:
      return "insufficient gas for floor data gas cost";
    case submit_errc::gas_limit_too_high:
      return "exceeds block gas limit";
    case submit_errc::tip_above_fee_cap:
      return "max priority fee per gas higher than max fee per gas";
    case submit_errc::fee_cap_below_base_fee:
      return "max fee per gas less than block base fee";
    case submit_errc::underpriced:
      return "transaction underpriced";
    case submit_errc::replacement_underpriced:
      return "replacement transaction underpriced";
    case submit_errc::already_known:
      return "already known";
    case submit_errc::initcode_too_large:
      return "max initcode size exceeded";
    case submit_errc::sender_not_eoa:
      return "sender not an eoa";
    case submit_errc::empty_authorizations:
      return "EIP-7702 transaction with empty auth list";
    case submit_errc::pool_full:
      return "txpool is full";
    case submit_errc::sender_limit:
      return "account limit exceeded";
    case submit_errc::too_much_proving:
      return "transaction takes more proving than a block may";
    case submit_errc::sender_rests:
      return "sender rests after a transaction that takes more proving than a block may";
    case submit_errc::dropped:
      return "transaction dropped";
    case submit_errc::unavailable:
      return "transaction submission is not available now";
    case submit_errc::internal:
      return "internal error";
  }
  return "internal error";
}

}  // namespace ashlar::rpc

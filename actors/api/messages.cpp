#include "actors/api/messages.hpp"

namespace ashlar::api {

const char* to_text(drop_code code) noexcept {
  switch (code) {
    case drop_code::none:
      return "none";
    case drop_code::already_known:
      return "already known";
    case drop_code::nonce_too_low:
      return "nonce too low";
    case drop_code::nonce_gap_too_large:
      return "nonce too high";
    case drop_code::insufficient_funds:
      return "insufficient funds for gas * price + value";
    case drop_code::fee_cap_below_base:
      return "max fee per gas less than block base fee";
    case drop_code::tip_above_cap:
      return "max priority fee per gas higher than max fee per gas";
    case drop_code::intrinsic_gas:
      return "intrinsic gas too low";
    case drop_code::gas_limit_above_cap:
      return "transaction gas limit too high";
    case drop_code::initcode_too_large:
      return "max initcode size exceeded";
    case drop_code::sender_not_eoa:
      return "sender not an eoa";
    case drop_code::nonce_max:
      return "nonce has max value";
    case drop_code::type_unsupported:
      return "transaction type not supported";
    case drop_code::underpriced:
      return "transaction underpriced";
    case drop_code::replacement_underpriced:
      return "replacement transaction underpriced";
    case drop_code::replaced:
      return "replaced by another transaction of the same nonce";
    case drop_code::sender_limit:
      return "too many transactions queued for this sender";
    case drop_code::pool_full:
      return "txpool is full";
    case drop_code::too_large:
      return "oversized data";
    case drop_code::expired:
      return "expired in the pool";
    case drop_code::censored:
      return "refused by the sequencer";
    case drop_code::shutting_down:
      return "the node is shutting down";
    case drop_code::proving_cycles:
      return "transaction takes more proving than one block may";
    case drop_code::sender_rests:
      return "sender rests after a transaction that takes more proving than one block may";
    case drop_code::not_confirmed_in_time:
      return "not confirmed in time, still pending";
  }
  return "unknown";
}

const char* to_text(child_phase phase) noexcept {
  switch (phase) {
    case child_phase::starting:
      return "starting";
    case child_phase::running:
      return "running";
    case child_phase::backing_off:
      return "backing off";
    case child_phase::stopping:
      return "stopping";
    case child_phase::stopped:
      return "stopped";
    case child_phase::abandoned:
      return "abandoned";
  }
  return "unknown";
}

}  // namespace ashlar::api

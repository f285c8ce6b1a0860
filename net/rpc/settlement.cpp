#include "net/rpc/settlement.hpp"

namespace ashlar::rpc {

const char* to_text(batch_stage s) noexcept {
  switch (s) {
    case batch_stage::open:
      return "open";
    case batch_stage::sealed:
      return "sealed";
    case batch_stage::committed:
      return "committed";
    case batch_stage::proved:
      return "proved";
    case batch_stage::executed:
      return "executed";
  }
  return "unknown";
}

const char* to_text(txn_stage s) noexcept {
  switch (s) {
    case txn_stage::pending:
      return "pending";
    case txn_stage::queued:
      return "queued";
    case txn_stage::confirmed:
      return "confirmed";
    case txn_stage::batched:
      return "batched";
    case txn_stage::committed:
      return "committed";
    case txn_stage::proved:
      return "proved";
    case txn_stage::executed:
      return "executed";
    case txn_stage::dropped:
      return "dropped";
  }
  return "unknown";
}

const char* to_text(role_state s) noexcept {
  switch (s) {
    case role_state::starting:
      return "starting";
    case role_state::ok:
      return "ok";
    case role_state::degraded:
      return "degraded";
    case role_state::down:
      return "down";
  }
  return "unknown";
}

}  // namespace ashlar::rpc

#pragma once

#include <map>

#include "net/rpc/call.hpp"
#include "runtime/evm/state_reader.hpp"

namespace ashlar::gateway {

/// A state with eth_call's overrides laid over it.
class override_reader final : public evm::state_reader {
 public:
  /// Both outlive the reader.
  override_reader(evm::state_reader& under, const rpc::state_overrides& changes);

  std::optional<evm::account> get_account(const address& who) override;
  u256 get_storage(const address& who, const u256& slot) override;
  bytes_view get_code(const hash256& code_hash) override;
  bool has_storage(const address& who) override { return under_.has_storage(who); }

 private:
  evm::state_reader& under_;
  const rpc::state_overrides& changes_;
  std::map<hash256, bytes_view> codes_;
  std::map<address, hash256> code_hashes_;
};

}  // namespace ashlar::gateway

#include "actors/gateway/override_reader.hpp"

#include "runtime/crypto/keccak.hpp"

namespace ashlar::gateway {

override_reader::override_reader(evm::state_reader& under, const rpc::state_overrides& changes)
    : under_(under), changes_(changes) {
  for (const auto& [who, change] : changes) {
    if (!change.code) continue;
    const hash256 hash = crypto::keccak256(*change.code);
    codes_[hash] = *change.code;
    code_hashes_[who] = hash;
  }
}

std::optional<evm::account> override_reader::get_account(const address& who) {
  auto account = under_.get_account(who);
  const auto found = changes_.find(who);
  if (found == changes_.end()) return account;
  const rpc::account_override& change = found->second;
  evm::account out = account.value_or(evm::account{});
  if (change.nonce) out.nonce = *change.nonce;
  if (change.balance) out.balance = *change.balance;
  if (change.code) {
    out.code_hash = code_hashes_.at(who);
    out.code_size = static_cast<u32>(change.code->size());
  }
  return out;
}

u256 override_reader::get_storage(const address& who, const u256& slot) {
  const auto found = changes_.find(who);
  if (found == changes_.end()) return under_.get_storage(who, slot);
  const rpc::account_override& change = found->second;
  const auto& slots = change.state ? *change.state : change.state_diff;
  if (const auto value = slots.find(slot); value != slots.end()) return value->second;
  return change.state ? u256{} : under_.get_storage(who, slot);
}

bytes_view override_reader::get_code(const hash256& code_hash) {
  const auto found = codes_.find(code_hash);
  return found == codes_.end() ? under_.get_code(code_hash) : found->second;
}

}  // namespace ashlar::gateway

#include "runtime/stf/genesis.hpp"

#include <algorithm>

#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/stf/block.hpp"

namespace ashlar::stf {
namespace {

/// The contract's code as EIP-2935 gives it.
constexpr const char* history_code =
    "0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611f"
    "ff81430311604257611f"
    "ff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";

}  // namespace

evm::state_diff genesis_diff(std::vector<genesis_account> accounts) {
  accounts.push_back({history_address, 1, {}, *from_hex(history_code), {}});
  std::sort(accounts.begin(), accounts.end(),
            [](const auto& a, const auto& b) { return a.who < b.who; });
  evm::state_diff diff;
  for (genesis_account& a : accounts) {
    evm::account account{a.nonce, a.balance, evm::empty_code_hash, 0};
    if (!a.code.empty()) {
      account.code_hash = crypto::keccak256(a.code);
      account.code_size = static_cast<u32>(a.code.size());
      diff.codes.emplace_back(account.code_hash, std::move(a.code));
    }
    diff.accounts.push_back({a.who, std::nullopt, account});
    std::sort(a.storage.begin(), a.storage.end());
    for (const auto& [slot, value] : a.storage) diff.slots.push_back({a.who, slot, {}, value});
  }
  std::sort(diff.codes.begin(), diff.codes.end());
  diff.codes.erase(std::unique(diff.codes.begin(), diff.codes.end()), diff.codes.end());
  return diff;
}

batch_start genesis_start(const block_header& genesis, const tree::summary& planted) {
  batch_start s;
  s.number = batch_number{1};
  s.tree = planted;
  s.parent = genesis;
  s.hashes = {header_hash(genesis)};
  return s;
}

}  // namespace ashlar::stf

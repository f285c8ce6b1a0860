#pragma once

#include <map>
#include <utility>

#include "runtime/base/ensure.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/evm/state_diff.hpp"
#include "runtime/evm/state_reader.hpp"

namespace ashlar::test {

/// A whole state in maps, for tests: readable through `state_reader`, changed by diffs.
class map_reader : public evm::state_reader {
 public:
  std::map<address, evm::account> accounts;
  std::map<address, std::map<u256, u256>> storage;
  std::map<hash256, bytes> codes;
  std::size_t reads = 0;

  void set_code(const address& who, bytes code) {
    evm::account& a = accounts[who];
    a.code_size = static_cast<u32>(code.size());
    a.code_hash = code.empty() ? evm::empty_code_hash : crypto::keccak256(code);
    if (!code.empty()) codes[a.code_hash] = std::move(code);
  }

  /// Checks that what the diff says was before is what is here.
  void apply(const evm::state_diff& diff) {
    for (const auto& [hash, code] : diff.codes) codes[hash] = code;
    for (const auto& c : diff.accounts) {
      ensure(c.before == peek(c.who));
      if (c.after)
        accounts[c.who] = *c.after;
      else
        accounts.erase(c.who);
    }
    for (const auto& c : diff.slots) {
      auto& slots = storage[c.who];
      ensure(slots[c.slot] == c.before);
      if (c.after.is_zero())
        slots.erase(c.slot);
      else
        slots[c.slot] = c.after;
    }
  }

  std::optional<evm::account> get_account(const address& who) override {
    ++reads;
    return peek(who);
  }
  u256 get_storage(const address& who, const u256& slot) override {
    ++reads;
    const auto it = storage.find(who);
    if (it == storage.end()) return {};
    const auto value = it->second.find(slot);
    return value == it->second.end() ? u256{} : value->second;
  }
  bytes_view get_code(const hash256& code_hash) override { return codes.at(code_hash); }
  bool has_storage(const address& who) override {
    const auto it = storage.find(who);
    return it != storage.end() && !it->second.empty();
  }

 private:
  std::optional<evm::account> peek(const address& who) const {
    const auto it = accounts.find(who);
    return it == accounts.end() ? std::nullopt : std::optional<evm::account>(it->second);
  }
};

}  // namespace ashlar::test

#pragma once

#include <initializer_list>
#include <string>

#include "runtime/base/hex.hpp"
#include "runtime/evm/transition.hpp"
#include "test/support/map_reader.hpp"

namespace ashlar::test {

inline address address_of(u8 last) {
  address a;
  a[19] = last;
  return a;
}

inline bytes code_of(std::string_view hex) {
  auto b = from_hex(hex);
  ensure(b.has_value());
  return *b;
}

/// A small world: a rich sender, a contract to call, and one call or transaction at a time, each
/// in the exact loop and translated, which must agree.
struct evm_world {
  map_reader reader;
  evm::block_env env;
  address sender = address_of(0xaa);
  address contract = address_of(0xcc);
  u64 gas = 1'000'000;

  evm_world() {
    env.number = 1000;
    env.timestamp = 1'700'000'000;
    env.gas_limit = 30'000'000;
    env.beneficiary = address_of(0xbe);
    reader.accounts[sender].balance = u256{1} << 100;
  }

  void deploy(const address& at, std::string_view hex) { reader.set_code(at, code_of(hex)); }

  evm::call_outcome call(std::string_view code, bytes input = {}) {
    deploy(contract, code);
    evm::call_request r;
    r.from = sender;
    r.to = contract;
    r.gas_limit = gas;
    r.input = std::move(input);
    return call(r);
  }

  evm::call_outcome call(const evm::call_request& r) {
    evm::workspace exact{{.translate_after_runs = ~0u}}, translated{{.translate_after_runs = 0}};
    evm::state one{reader, &exact}, two{reader, &translated};
    evm::call_outcome a = evm::execute_call(one, env, r), b = evm::execute_call(two, env, r);
    ensure(a.success == b.success && a.gas_used == b.gas_used && a.output == b.output);
    ensure(a.logs == b.logs && a.gas_spent_max == b.gas_spent_max);
    ensure(one.block_memory() == two.block_memory() && one.whole_memory() == two.whole_memory());
    return a;
  }

  /// Gas of running `code` from the contract, without the transaction's 21,000.
  u64 gas_of(std::string_view code) { return call(code).gas_spent_max - 21'000; }

  txn make_txn() const {
    txn t;
    t.type = txn_type::dynamic_fee;
    t.chain_id = env.chain_id;
    t.to = contract;
    t.gas_limit = gas;
    t.max_fee_per_gas = env.base_fee;
    return t;
  }

  result<evm::txn_outcome, evm::txn_rejection> execute(const txn& t) {
    evm::state over{reader};
    auto r = evm::execute_txn(over, env, t, sender);
    last_diff = over.diff();
    return r;
  }
  evm::state_diff last_diff;
};

inline u256 word(const bytes& output) {
  return u256::from_be(bytes_view{output});
}

}  // namespace ashlar::test

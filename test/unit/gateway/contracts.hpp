#pragma once

#include "runtime/base/hex.hpp"
#include "test/support/memory_chain.hpp"

namespace ashlar::test {

inline address contract_no(u8 n) {
  address a;
  a[0] = 0xc0;
  a[19] = n;
  return a;
}

/// Adds one to slot 0, logs the new value under topic 0x77.
inline const address counter = contract_no(1);
/// Reverts with the word 42.
inline const address reverter = contract_no(2);
/// Returns NUMBER, BASEFEE, TIMESTAMP, slot 0, BLOCKHASH(NUMBER - 1), GASPRICE, COINBASE.
inline const address environment = contract_no(3);
/// Calls the counter with all its gas; reverts where that fails.
inline const address caller = contract_no(4);
/// Loops until it is out of gas.
inline const address burner = contract_no(5);

inline bytes code_of(const std::string& hex) {
  return from_hex(hex).value();
}

inline memory_state sample_genesis() {
  memory_state s;
  evm::account rich;
  rich.balance = u256{1'000'000'000'000'000'000};
  for (u64 i = 0; i < 4; ++i) s.put(test_key(i).account, rich);
  evm::account contract;
  contract.nonce = 1;
  s.put(counter, contract, code_of("5f54600101805f555f52607760205fa100"));
  s.put(reverter, contract, code_of("602a5f5260205ffd"));
  s.put(environment, contract,
        code_of("435f5248602052426040525f546060526001430340608052"
                "3a60a0524160c05260e05ff3"));
  s.put(caller, contract,
        code_of("5f5f5f5f5f73" + to_hex(counter.data_).substr(2) + "5af115602157005b5f5ffd"));
  s.put(burner, contract, code_of("5b5f56"));
  s.slots[{counter, u256{}}] = u256{6};
  return s;
}

/// Word i of what a call returned.
inline u256 word(const bytes& output, std::size_t i) {
  return u256::from_be(output.data() + 32 * i);
}

}  // namespace ashlar::test

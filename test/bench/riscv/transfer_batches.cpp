#include "test/bench/riscv/transfer_batches.hpp"

#include <fstream>

#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"
#include "test/bench/rows/rows.hpp"

namespace ashlar::bench {

namespace {

constexpr u64 accounts = 2000, genesis_time = 1'700'000'000;
const address token{{0x70, 0x6b}};

bytes token_code() {
  std::ifstream in("test/bench/evm/erc20.hex");
  std::string text, line;
  while (std::getline(in, line)) text += line;
  auto code = from_hex(text);
  require(code && !code->empty(), "test/bench/evm/erc20.hex is missing: run from the repository");
  return *code;
}

// Accounts that do not sign are made up, as deriving a key's address is slow.
address holder(u64 i, std::size_t signers) {
  if (i < signers) return test::test_key(i).account;
  address a;
  const hash256 h = crypto::keccak256(bytes_view(reinterpret_cast<const u8*>(&i), 8));
  std::memcpy(a.data(), h.data(), 20);
  return a;
}

u256 balance_slot(const address& who) {
  u8 raw[64] = {};
  std::memcpy(raw + 12, who.data(), 20);
  return u256::from_be(crypto::keccak256(raw));
}

test::memory_state genesis(std::size_t signers, bool with_token) {
  test::memory_state s;
  if (with_token) s.put(token, {1, {}, evm::empty_code_hash, 0}, token_code());
  for (u64 i = 0; i < accounts; ++i) {
    const address who = holder(i, signers);
    s.put(who, {0, u256{1'234'567'890'123'456'789ull + i}, evm::empty_code_hash, 0});
    if (with_token) s.slots[{token, balance_slot(who)}] = u256{1'000'000'000 + i};
  }
  return s;
}

}  // namespace

test::memory_chain::sealed ether_transfers(std::size_t count) {
  test::memory_chain chain(genesis(count, false));
  std::vector<txn> txns;
  for (u64 i = 0; i < count; ++i)
    txns.push_back(test::signed_txn(chain.config, test::test_key(i), 0, holder(count + i, count),
                                    u256{1'000'000'007 * (i + 1)}, {}, 21'000));
  return chain.seal({{unix_seconds{genesis_time}, std::move(txns)}});
}

test::memory_chain::sealed token_transfers(std::size_t count) {
  test::memory_chain chain(genesis(count, true));
  std::vector<txn> txns;
  for (u64 i = 0; i < count; ++i) {
    bytes call = *from_hex("0xa9059cbb");
    call.resize(4 + 64);
    const address to = holder(count + i, count);
    std::memcpy(call.data() + 16, to.data(), 20);
    u256{7919 * (i + 1)}.to_be(call.data() + 36);
    txns.push_back(
        test::signed_txn(chain.config, test::test_key(i), 0, token, {}, std::move(call)));
  }
  auto sealed = chain.seal({{unix_seconds{genesis_time}, std::move(txns)}});
  require(chain.state.slots[{token, balance_slot(holder(0, count))}] == u256{1'000'000'000 - 7919},
          "a token transfer did not move the balance");
  return sealed;
}

}  // namespace ashlar::bench

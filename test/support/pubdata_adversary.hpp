#pragma once

#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/types/priority.hpp"
#include "test/support/memory_chain.hpp"

/// Contracts that publish as much as their caller's gas allows, at 16 gas a byte.
namespace ashlar::test {

inline const address slot_writer =
    *fixed_from_hex<20>("0x00000000000000000000000000000000005107e5");
inline const address slot_filler =
    *fixed_from_hex<20>("0x00000000000000000000000000000000005107e6");

/// Words n, seed: writes keccak256(i, seed) to slots i = 0 .. n - 1, which exist.
inline const bytes slot_writer_code = *from_hex(
    "0x6020356020525f5b805f3514601e57805f5260405f208155600101600756"
    "5b00");
/// Words n, value: writes the value to slots i = 0 .. n - 1, which exist.
inline const bytes slot_filler_code = *from_hex(
    "0x6020356020525f5b805f3514601d57805f52602051815560010160075"
    "65b00");
/// At the messenger's address: a message of as many zero bytes as the first word says.
inline const bytes messenger_code = *from_hex(
    "0x60205f525f356020525f5f7f3a36e47291f4201faf137fab081d92295bce2d53be2c6ca68ba82c7faa9ce241"
    "5f35604001"
    "5fa300");

inline constexpr u64 adversary_slots = 3'500;

inline memory_state adversary_genesis(u64 users) {
  memory_state s;
  for (u64 i = 0; i < users; ++i)
    s.put(test_key(i).account, {0, u256{1} << 90, evm::empty_code_hash, 0});
  s.put(slot_writer, {1, {}, evm::empty_code_hash, 0}, slot_writer_code);
  s.put(slot_filler, {1, {}, evm::empty_code_hash, 0}, slot_filler_code);
  for (u64 i = 0; i < adversary_slots; ++i) {
    const hash256 value = crypto::keccak256(bytes(8, static_cast<u8>(i)));
    s.slots[{slot_writer, u256{i}}] = u256::from_be(value);
    s.slots[{slot_filler, u256{i}}] = u256::from_be(value);
  }
  return s;
}

inline bytes two_words(const u256& a, const u256& b) {
  bytes out(64);
  a.to_be(out.data());
  b.to_be(out.data() + 32);
  return out;
}

inline txn adversary_txn(const chain_config& config, u64 user, u64 nonce, const address& to,
                         u64 slots, const u256& seed, u64 gas_limit = 16'000'000) {
  return signed_txn(config, test_key(user), nonce, to, {}, two_words(u256{slots}, seed), gas_limit);
}

/// The same call as a priority operation.
inline txn forced_txn(u64 id, u64 user, const address& to, bytes data, u64 gas_limit = 16'000'000) {
  l2_canonical_txn c;
  c.txn_type = u256{0x7f};
  c.from = u256::from_be(bytes_view(test_key(user).account.data_));
  c.to = u256::from_be(bytes_view(to.data_));
  c.gas_limit = u256{gas_limit};
  c.gas_per_pubdata_byte_limit = u256{800};
  c.max_fee_per_gas = u256{10'000'000'000};
  c.nonce = u256{id};
  c.reserved[0] = u256{1} << 70;
  c.reserved[1] = c.from;
  c.data = std::move(data);
  const auto t = to_txn(c);
  ensure(t.ok());
  return *t;
}

}  // namespace ashlar::test

#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/base/u256.hpp"
#include "runtime/types/txn.hpp"

namespace ashlar::rpc {

/// eth_call's transaction object. What is absent takes the node's default: from = zero address,
/// gas = the limit, fees = zero (then no balance is needed for gas and BASEFEE reads zero, as in
/// geth), nonce = the account's.
struct call_request {
  std::optional<address> from;
  std::optional<address> to;  ///< none: contract creation
  std::optional<u64> gas;
  std::optional<u256> gas_price;  ///< excludes the two below
  std::optional<u256> max_fee_per_gas;
  std::optional<u256> max_priority_fee_per_gas;
  u256 value;
  std::optional<u64> nonce;
  bytes data;
  std::vector<access_list_entry> access_list;
  std::vector<authorization> authorizations;
};

/// eth_call's third parameter, per account.
struct account_override {
  std::optional<u64> nonce;
  std::optional<u256> balance;
  std::optional<bytes> code;
  /// All storage is replaced by these slots.
  std::optional<std::map<u256, u256>> state;
  /// Only these slots change. Never set together with `state`.
  std::map<u256, u256> state_diff;
};
using state_overrides = std::map<address, account_override>;

/// eth_call's fourth parameter.
struct block_overrides {
  std::optional<u64> number;
  std::optional<u64> time;
  std::optional<u64> gas_limit;
  std::optional<address> fee_recipient;
  std::optional<hash256> prev_randao;
  std::optional<u256> base_fee;
};

struct call_limits {
  u64 gas_max = 50'000'000;
  std::chrono::milliseconds time_max{5000};
  u64* gas_run = nullptr;  ///< where not null: the gas of every run is added, whatever comes out
};

enum class call_status : u8 { success, reverted, halted };

struct call_outcome {
  call_status status = call_status::success;
  u64 gas_used = 0;
  bytes output;      ///< return or revert data; nothing when halted
  std::string halt;  ///< geth's words when halted: "out of gas", "invalid opcode: INVALID", ...
};

/// `gas` is a limit with which the call succeeds; meaningful where outcome.status is success.
/// Otherwise `outcome` is that of the run with the highest limit allowed.
struct gas_estimate {
  u64 gas = 0;
  call_outcome outcome;
};

struct access_list_outcome {
  std::vector<access_list_entry> list;
  call_outcome outcome;  ///< of the run with the list
};

}  // namespace ashlar::rpc

#pragma once

#include <span>

#include "runtime/evm/opcodes.hpp"
#include "runtime/evm/state.hpp"
#include "runtime/evm/transition.hpp"

namespace ashlar::evm {

/// One transaction's execution: what every frame of it shares.
struct execution {
  state& over;
  const block_env& env;
  address origin;
  u256 gas_price;
  std::span<const hash256> blob_hashes;
  tracer* observer = nullptr;
};

/// One running call.
struct frame {
  execution& run;
  const message& msg;
  const code& program;
  account_entry& self;  ///< of msg.recipient
  /// In the arena; words above and below the stack proper are never touched.
  u256* stack;
  evm::memory& memory;
  bytes_view calldata{};  ///< empty in a creation, whose input is its code
  /// Of the last call; kept by the workspace until the next one.
  bytes_view return_data{};
  bytes_view output{};
  i64 gas_left = 0;
  halt_reason reason = halt_reason::success;

  state& over() const noexcept { return run.over; }
  const block_env& env() const noexcept { return run.env; }
  cycle_meter& meter() const noexcept { return run.over.meter(); }
};

struct frame_result {
  halt_reason reason = halt_reason::success;
  i64 gas_left = 0;
  /// Where the frame's memory was, or in the workspace's output: good until another frame begins,
  /// the caller's memory grows, or a precompile runs.
  bytes_view output{};
};

/// Runs a prepared frame to its end. On anything but success and revert no gas is left.
void interpret(frame& f) noexcept;

/// Executes a call message: value transfer, precompile or code. Reverts what failed.
frame_result execute_message(execution& run, const message& msg) noexcept;

struct creation_result {
  halt_reason reason = halt_reason::success;
  i64 gas_left = 0;
  bytes_view output{};  ///< of a revert
  address created;
};
/// Executes a creation at `at`: collision check, value transfer, initcode, deposit. The creator's
/// nonce and balance have been dealt with. Reverts what failed.
creation_result execute_creation(execution& run, const message& msg, const address& at) noexcept;

/// CREATE: keccak256(rlp([sender, nonce])).
address create_address(const address& sender, u64 nonce) noexcept;
/// CREATE2 (EIP-1014).
address create2_address(const address& sender, const u256& salt, bytes_view initcode) noexcept;

/// EIP-7702: the account that the designator points to, none where `code` is no designator.
std::optional<address> delegation_target(bytes_view code) noexcept;
/// The same of a (loaded) account's code, which is read only where its size is a designator's.
std::optional<address> delegation_of(state& over, account_entry& e) noexcept;
inline constexpr u32 delegation_bytes = 23;

inline address to_address(const u256& v) noexcept {
  const hash256 b = v.to_be();
  return address::copy_of(b.data() + 12);
}
inline u256 to_word(const address& a) noexcept {
  const u8* const p = a.data();
  return {0, load_be32(p), load_be64(p + 4), load_be64(p + 12)};
}

}  // namespace ashlar::evm

#pragma once

#include "runtime/evm/frame.hpp"
#include "runtime/evm/gas.hpp"

// Instructions that reach beyond the stack. Each takes the stack's top, finds its arguments at
// top[0], top[-1], ..., leaves its result where its last argument was (or at top[1] where it
// takes none), and returns the gas that is left after what it charges beyond the static gas.
// A negative answer halts the frame for `frame::reason`.
namespace ashlar::evm {

inline i64 halt(frame& f, halt_reason why) noexcept {
  f.reason = why;
  return -1;
}

/// Pays for growing the memory to `end` bytes and grows it. Precondition: end > memory.size().
i64 grow_memory(frame& f, i64 gas, u64 end) noexcept;

/// Makes [offset, offset + size) addressable; `size` is not zero.
inline i64 need_memory(frame& f, i64 gas, const u256& offset, u64 size) noexcept {
  if ((offset.limb[1] | offset.limb[2] | offset.limb[3]) != 0 ||
      offset.limb[0] > memory_bytes_max || size > memory_bytes_max)
    return halt(f, halt_reason::out_of_gas);
  const u64 end = offset.limb[0] + size;
  return end <= f.memory.size() ? gas : grow_memory(f, gas, end);
}
/// As above for a size from the stack, which may be zero: then the offset does not matter.
inline i64 need_memory(frame& f, i64 gas, const u256& offset, const u256& size) noexcept {
  if (size.is_zero()) return gas;
  if (!size.fits_u64()) return halt(f, halt_reason::out_of_gas);
  return need_memory(f, gas, offset, size.low());
}

/// EIP-2929: the account or slot, warm. A first access costs `cold` beyond what was charged, which
/// is paid before there is an entry of it. Null: the frame is halted, and `gas` means nothing.
account_entry* access(frame& f, i64& gas, const address& who,
                      i64 cold = gas::cold_account_extra) noexcept;
slot_entry* access_slot(frame& f, i64& gas, const u256& key, i64 cold) noexcept;

/// Whether what was metered for so many bytes passes the meter's limit. Of few it is seen soon
/// enough when the loop tells the meter.
inline bool is_stopped(const frame& f, u64 bytes) noexcept {
  constexpr u64 few = 1'024;
  return bytes > few && f.meter().is_over();
}

using instruction_body = i64(frame& f, u256* top, i64 gas) noexcept;

instruction_body do_exp, do_keccak256, do_calldatacopy, do_codecopy, do_returndatacopy, do_mcopy;
instruction_body do_balance, do_extcodesize, do_extcodehash, do_extcodecopy;
instruction_body do_blockhash, do_blobhash;
instruction_body do_sload, do_sstore, do_tload, do_tstore;
instruction_body do_log0, do_log1, do_log2, do_log3, do_log4;
instruction_body do_call, do_callcode, do_delegatecall, do_staticcall, do_create, do_create2;
/// These end the frame: the answer is negative, the reason says how, `gas_left` is set.
instruction_body do_return, do_revert, do_selfdestruct;

/// `have` bytes, fewer than 32, and zeros behind them. Put together without a copy, which takes the
/// guest longer.
[[gnu::noinline]] inline u256 padded_word(const u8* from, std::size_t have) noexcept {
  u32 words[8] = {};
  u32* to = words + 7;
  for (; have >= 4; have -= 4, from += 4) *to-- = load_be32(from);
  for (unsigned i = 0; i < have; ++i) *to |= u32{from[i]} << (24 - 8 * i);
  const auto limb = [&](int i) { return u64{words[2 * i + 1]} << 32 | words[2 * i]; };
  return {limb(3), limb(2), limb(1), limb(0)};
}

/// to = u256::from_be(p), limb by limb into its place.
inline void load_word(u256& to, const u8* p) noexcept {
  to.limb[3] = load_be64(p);
  to.limb[2] = load_be64(p + 8);
  to.limb[1] = load_be64(p + 16);
  to.limb[0] = load_be64(p + 24);
}

inline void load_calldata(const frame& f, u256* top) noexcept {
  const u256 offset = *top;
  const bytes_view in = f.calldata;
  if (!offset.fits_u64() || offset.low() >= in.size()) {
    *top = u256{};
    return;
  }
  const std::size_t at = static_cast<std::size_t>(offset.low());
  if (in.size() - at >= 32) {
    load_word(*top, in.data() + at);
    return;
  }
  *top = padded_word(in.data() + at, in.size() - at);
}

}  // namespace ashlar::evm

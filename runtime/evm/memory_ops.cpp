#include <algorithm>

#include "runtime/crypto/keccak.hpp"
#include "runtime/evm/arithmetic.hpp"
#include "runtime/evm/instructions.hpp"

// Hashing, copying, and arithmetic whose gas depends on its arguments.

namespace ashlar::evm {

namespace {

/// Counts a copy into memory and what is zeroed behind it.
void count_copy(frame& f, const u8* to, const u8* from, u64 copied, u64 zeroed) noexcept {
  if constexpr (cycle_meter::counts)
    f.meter().add(copy_weight(to, from, copied) + cycle_weight::memory_byte * zeroed);
}

/// Pays for `per_word` gas on each word of `size` bytes.
i64 pay_words(frame& f, i64 gas, u64 size, i64 per_word) noexcept {
  gas -= per_word * static_cast<i64>(gas::words(size));
  return gas < 0 ? halt(f, halt_reason::out_of_gas) : gas;
}

/// The part of `from` at [offset, offset + size), zeros behind its end, into memory at `to`.
void copy_padded(frame& f, bytes_view from, const u256& offset, u64 to, u64 size) noexcept {
  u8* out = f.memory + to;
  std::size_t have = 0;
  if (offset.fits_u64() && offset.low() < from.size()) {
    const std::size_t at = static_cast<std::size_t>(offset.low());
    have = static_cast<std::size_t>(std::min<u64>(size, from.size() - at));
    std::memcpy(out, from.data() + at, have);
    count_copy(f, out, from.data() + at, have, 0);
  }
  count_copy(f, out, out, 0, size - have);
  std::memset(out + have, 0, static_cast<std::size_t>(size) - have);
}

/// Memory offset, source offset and size at top[0], top[-1], top[-2].
i64 copy_from(frame& f, const u256* top, i64 gas, bytes_view from) noexcept {
  if ((gas = need_memory(f, gas, top[0], top[-2])) < 0) return gas;
  const u64 size = top[-2].low();
  if (size == 0) return gas;
  if ((gas = pay_words(f, gas, size, gas::copy_word)) < 0) return gas;
  copy_padded(f, from, top[-1], top[0].low(), size);
  return is_stopped(f, size) ? halt(f, halt_reason::proving_limit) : gas;
}

}  // namespace

i64 grow_memory(frame& f, i64 gas, u64 end) noexcept {
  const u64 have = f.memory.size() / 32, want = gas::words(end);
  gas -= static_cast<i64>(memory_gas(want) - memory_gas(have));
  const u64 held = f.over().space().frames.held() + 32 * (want - have);
  if (gas < 0) return halt(f, halt_reason::out_of_gas);
  if (!f.over().has_frame_room(held)) return halt(f, halt_reason::memory_limit);
  if constexpr (cycle_meter::counts)
    f.meter().add(cycle_weight::memory_growth + 32 * cycle_weight::memory_byte * (want - have));
  f.memory.grow(want * 32);
  return gas;
}

i64 do_exp(frame& f, u256* top, i64 gas) noexcept {
  gas -= gas::exp_byte * top[-1].byte_length();
  if (gas < 0) return halt(f, halt_reason::out_of_gas);
  if constexpr (cycle_meter::counts) f.meter().add(exp_weight(top[-1]));
  if (f.meter().is_over()) return halt(f, halt_reason::proving_limit);
  top[-1] = power(top[0], top[-1]);
  return gas;
}

i64 do_keccak256(frame& f, u256* top, i64 gas) noexcept {
  if ((gas = need_memory(f, gas, top[0], top[-1])) < 0) return gas;
  const u64 size = top[-1].low();
  if ((gas = pay_words(f, gas, size, gas::keccak_word)) < 0) return gas;
  const u8* from = size == 0 ? nullptr : f.memory + top[0].low();
  if constexpr (cycle_meter::counts) f.meter().add(keccak_weight(size));
  if (is_stopped(f, size)) return halt(f, halt_reason::proving_limit);
  if (size == 64) {
    top[-1] = u256::from_be(f.over().space().hashes.of(from));
    return gas;
  }
  top[-1] = u256::from_be(crypto::keccak256({from, static_cast<std::size_t>(size)}));
  return gas;
}

i64 do_calldatacopy(frame& f, u256* top, i64 gas) noexcept {
  return copy_from(f, top, gas, f.calldata);
}

i64 do_codecopy(frame& f, u256* top, i64 gas) noexcept {
  return copy_from(f, top, gas, f.program.view());
}

i64 do_returndatacopy(frame& f, u256* top, i64 gas) noexcept {
  if ((gas = need_memory(f, gas, top[0], top[-2])) < 0) return gas;
  const u64 size = top[-2].low();
  if ((gas = pay_words(f, gas, size, gas::copy_word)) < 0) return gas;
  const std::size_t have = f.return_data.size();
  // EIP-211: unlike the other copies, reading past the end is an error, even for no bytes.
  if (!top[-1].fits_u64() || top[-1].low() > have || size > have - top[-1].low())
    return halt(f, halt_reason::return_data_bounds);
  if (size != 0) {
    u8* const to = f.memory + top[0].low();
    const u8* const from = f.return_data.data() + top[-1].low();
    count_copy(f, to, from, size, 0);
    std::memcpy(to, from, static_cast<std::size_t>(size));
  }
  return gas;
}

i64 do_mcopy(frame& f, u256* top, i64 gas) noexcept {
  const u256& reach = top[0] < top[-1] ? top[-1] : top[0];
  if ((gas = need_memory(f, gas, reach, top[-2])) < 0) return gas;
  const u64 size = top[-2].low();
  if (size == 0) return gas;
  if ((gas = pay_words(f, gas, size, gas::copy_word)) < 0) return gas;
  u8* const to = f.memory + top[0].low();
  const u8* const from = f.memory + top[-1].low();
  count_copy(f, to, from, size, 0);
  std::memmove(to, from, static_cast<std::size_t>(size));
  return gas;
}

i64 do_extcodecopy(frame& f, u256* top, i64 gas) noexcept {
  if ((gas = need_memory(f, gas, top[-1], top[-3])) < 0) return gas;
  const u64 size = top[-3].low();
  if ((gas = pay_words(f, gas, size, gas::copy_word)) < 0) return gas;
  account_entry* const found = access(f, gas, to_address(top[0]));
  if (found == nullptr) return -1;
  account_entry& e = f.over().load(*found);
  if (size == 0) return gas;
  if (!f.over().hold_code(e)) return halt(f, halt_reason::memory_limit);
  copy_padded(f, f.over().get_code(e), top[-2], top[-1].low(), size);
  return f.meter().is_over() ? halt(f, halt_reason::proving_limit) : gas;
}

i64 do_return(frame& f, u256* top, i64 gas) noexcept {
  if ((gas = need_memory(f, gas, top[0], top[-1])) < 0) return gas;
  f.gas_left = gas;
  f.reason = halt_reason::success;
  if (const std::size_t size = static_cast<std::size_t>(top[-1].low()); size != 0)
    f.output = {f.memory + top[0].low(), size};
  return -1;
}

i64 do_revert(frame& f, u256* top, i64 gas) noexcept {
  gas = do_return(f, top, gas);
  if (f.reason == halt_reason::success) f.reason = halt_reason::revert;
  return gas;
}

}  // namespace ashlar::evm

#pragma once

#include <optional>

#include "runtime/base/u256.hpp"

namespace ashlar {

/// How pubdata writes a 256-bit value that was another before.
enum class change_op : u8 {
  add = 0,       ///< after = before + magnitude (mod 2^256)
  subtract = 1,  ///< after = before - magnitude (mod 2^256)
  full = 2,      ///< after = magnitude, whatever was before
};

/// A magnitude is written without leading zeros, so `full` of a small value is short, and `full`
/// of zero takes no bytes at all.
struct value_change {
  change_op op = change_op::full;
  u256 magnitude;
  friend bool operator==(const value_change&, const value_change&) = default;
};

/// v.byte_length(), without counting bits, for which the guest has no instruction.
unsigned magnitude_bytes(const u256& v) noexcept;

/// The one canonical change: the op with the fewest magnitude bytes, the earlier op among equals.
/// None where nothing changed.
std::optional<value_change> change_between(const u256& before, const u256& after) noexcept;

/// The value after a change. Total.
u256 apply(const u256& before, const value_change& change) noexcept;

}  // namespace ashlar

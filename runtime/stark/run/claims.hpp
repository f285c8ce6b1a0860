#pragma once

#include "runtime/stark/chips/machines.hpp"

namespace ashlar::stark {

/// What a segment says to the world.
struct segment_claim {
  u32 index = 0;                 ///< 1, 2, ...
  u64 start_pc = 0, end_pc = 0;  ///< end_pc is halted_pc_value in the last segment
  u32 cycles = 0;                ///< 1 to segment_cycles_max

  friend bool operator==(const segment_claim&, const segment_claim&) = default;
};

/// So that every time in a segment is below 2^24 (chips/access.hpp).
inline constexpr u32 segment_cycles_max = (1u << 22) - 2;

/// Public values of every chip of a segment's machine, and of `memory_chips`.
std::vector<std::vector<gl>> segment_publics(machine_kind machine, const segment_claim& claim);
std::vector<std::vector<gl>> memory_publics(u32 ram_bytes, const hash256& output);

}  // namespace ashlar::stark

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

/// Public values of every chip of a segment's machine, and of memory_chips, over what stands for
/// values: gl, or a circuit's. `words`: the output's eight.
template <class P>
std::vector<std::vector<P>> segment_publics_of(machine_kind machine, const P& index,
                                               const P& start_pc, const P& end_pc,
                                               const P& cycles) {
  return with_chips_of(machine, [&]<class Chips>() {
    std::vector<std::vector<P>> all(Chips::size);
    all[Chips::template place<ends_chip>()] = {start_pc, end_pc, cycles * time_step + first_time};
    all[Chips::template place<boundary_chip>()] = {index};
    return all;
  });
}
template <class P>
std::vector<std::vector<P>> memory_publics_of(u32 ram_bytes, std::span<const P> words) {
  std::vector<std::vector<P>> all(memory_chips::size);
  all[memory_chips::place<ram_chip>()] = {gl(ram_bytes / 4)};
  all[memory_chips::place<output_chip>()].assign(words.begin(), words.end());
  return all;
}

/// The same of a claim, and of an output.
std::vector<std::vector<gl>> segment_publics(machine_kind machine, const segment_claim& claim);
std::vector<std::vector<gl>> memory_publics(u32 ram_bytes, const hash256& output);

}  // namespace ashlar::stark

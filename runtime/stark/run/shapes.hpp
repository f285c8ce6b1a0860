#pragma once

#include "runtime/stark/chips/machines.hpp"
#include "runtime/stark/verifier/verifier.hpp"

// The heights that parts of runs have which circuits are to verify. A circuit is made for one list
// of heights, so there are few. They bound nothing for soundness: any heights that a verifier
// takes are sound, and a circuit has its own compiled in.

namespace ashlar::stark {

/// Heights of a segment's tables, as log2 of rows, on the machine of executions. Tables with fixed
/// columns have the key's heights in every shape. A segment is cut when a table is full
/// (riscv::segment_limits, made of a shape by machine/segment_rows), so no program can outgrow one.
struct segment_shape {
  std::string_view name;
  // Instructions.
  u8 add, word, compare, bitwise, shift, sub_word, mul_div;
  // Calls: one row each in `system`, the others' rows beside their chips.
  u8 system, read, copy, mod256, mod384, word_quad, blake3, blake3_rounds, keccak, keccak_sheets,
      keccak_planes;
  u8 boundary;

  /// Of the chip with this name. A chip that no shape knows has the least height.
  constexpr u8 height_log2(std::string_view chip) const noexcept {
    const std::pair<std::string_view, u8> known[] = {
        {add_chip::name, add},
        {word_chip::name, word},
        {compare_chip::name, compare},
        {bitwise_chip::name, bitwise},
        {shift_chip::name, shift},
        {sub_word_chip::name, sub_word},
        {mul_div_chip::name, mul_div},
        {system_chip::name, system},
        {read_chip::name, read},
        {copy_chip::name, copy},
        {mod256_chip::name, mod256},
        {mod384_chip::name, mod384},
        {word_quad_chip::name, word_quad},
        {blake3_chip::name, blake3},
        {blake3_rounds_chip::name, blake3_rounds},
        {keccak_chip::name, keccak},
        {keccak_sheets_chip::name, keccak_sheets},
        {keccak_planes_chip::name, keccak_planes},
        {boundary_chip::name, boundary},
    };
    for (const auto& [name_of, height] : known)
      if (name_of == chip) return height;
    return table_height_log2_min;
  }
};

/// From the cheapest to the one that every segment fits which is cut by its own limits. A full
/// table of calls of mod384_mul_add has a shape of its own; those that smaller budgets cut by hold
/// 2,048, most of the others a few.
inline constexpr segment_shape segment_shapes[] = {
    // What is left at the end of a run, and small batches.
    {"tail", 15, 15, 14, 14, 13, 13, 12, 12, 12, 14, 12, 5, 10, 9, 13, 10, 11, 12, 14},
    {"short", 17, 17, 16, 16, 15, 15, 13, 14, 14, 17, 13, 5, 10, 10, 14, 12, 13, 14, 16},
    // BLS12-381, and points of blobs.
    {"pairings", 18, 16, 16, 15, 14, 12, 11, 15, 12, 17, 11, 15, 19, 9, 13, 12, 13, 14, 14},
    {"half", 18, 18, 17, 16, 16, 15, 14, 15, 15, 17, 14, 11, 16, 10, 14, 14, 15, 16, 17},
    // Full segments: contracts without signatures; signatures of plain transfers; some of all; a
    // batch's start, where its witness is read; the state tree; signatures beside contracts.
    {"calm", 19, 19, 18, 18, 17, 16, 15, 14, 14, 17, 8, 5, 10, 8, 12, 15, 16, 17, 16},
    {"plain", 19, 19, 18, 17, 17, 16, 15, 16, 16, 17, 16, 5, 10, 8, 12, 13, 14, 15, 16},
    {"mixed", 19, 19, 18, 18, 17, 16, 15, 16, 15, 17, 15, 5, 10, 8, 12, 15, 16, 17, 16},
    {"start", 19, 19, 18, 18, 17, 16, 15, 15, 16, 18, 15, 11, 16, 12, 16, 14, 15, 16, 17},
    {"tree", 19, 19, 18, 18, 17, 16, 15, 15, 16, 18, 14, 5, 10, 12, 16, 15, 16, 17, 17},
    {"signatures", 19, 19, 18, 18, 17, 17, 15, 16, 16, 17, 16, 5, 10, 10, 14, 15, 16, 17, 16},
    {"full", 19, 19, 18, 18, 17, 17, 16, 17, 17, 18, 16, 15, 19, 12, 16, 15, 16, 17, 18},
};
inline constexpr const segment_shape& largest_shape = segment_shapes[std::size(segment_shapes) - 1];

/// The height of `ram` in each shape of a run's memory, from the cheapest. The other tables of that
/// machine have fixed columns. A run that touches more words than the last holds has no proof that
/// circuits verify.
inline constexpr u8 memory_shapes[] = {17, 19, 21, 23, 24};

/// A shape's heights in the order of the key's tables.
std::vector<u8> heights_of(const segment_shape& shape, const verifying_key& key);
std::vector<u8> memory_heights_of(u8 ram_log2, const verifying_key& key);

}  // namespace ashlar::stark

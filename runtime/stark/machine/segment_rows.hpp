#pragma once

#include <optional>

#include "runtime/riscv/trace.hpp"
#include "runtime/stark/run/shapes.hpp"

// How many rows of which table something needs: a recorded segment, or the worst segment that
// limits let through.

namespace ashlar::stark {

/// Rows of a chip's table; nothing for tables whose height is the key's (those with fixed columns).
std::optional<std::size_t> rows_of(std::string_view chip, const riscv::segment& s) noexcept;
std::optional<std::size_t> rows_of(std::string_view chip, const riscv::segment_limits& l) noexcept;

/// The limits that let through what fits the shape, and nothing else. The calls of the machine of
/// recursion keep the default's.
riscv::segment_limits limits_of(const segment_shape& shape) noexcept;

/// Whether the segment fits the shape.
bool fits(const riscv::segment& s, const segment_shape& shape) noexcept;
/// The first of segment_shapes that the segment fits; null where it fits none: it was not cut by
/// limits_of of one of them.
const segment_shape* cheapest_shape(const riscv::segment& s) noexcept;
/// The least of memory_shapes with so many rows of `ram`, if there is one.
std::optional<u8> cheapest_memory_shape(std::size_t ram_rows) noexcept;

}  // namespace ashlar::stark

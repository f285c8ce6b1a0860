#pragma once

#include "runtime/stark/chips/absorb.hpp"
#include "runtime/stark/chips/add.hpp"
#include "runtime/stark/chips/bitwise.hpp"
#include "runtime/stark/chips/blake3.hpp"
#include "runtime/stark/chips/cell_pair.hpp"
#include "runtime/stark/chips/climb.hpp"
#include "runtime/stark/chips/compare.hpp"
#include "runtime/stark/chips/ext3.hpp"
#include "runtime/stark/chips/keccak.hpp"
#include "runtime/stark/chips/memory.hpp"
#include "runtime/stark/chips/mod256.hpp"
#include "runtime/stark/chips/mod384.hpp"
#include "runtime/stark/chips/mul_div.hpp"
#include "runtime/stark/chips/open_row.hpp"
#include "runtime/stark/chips/poseidon2.hpp"
#include "runtime/stark/chips/shift.hpp"
#include "runtime/stark/chips/sub_word.hpp"
#include "runtime/stark/chips/tables.hpp"
#include "runtime/stark/chips/word.hpp"
#include "runtime/stark/chips/word_quad.hpp"
#include "runtime/stark/chips/words.hpp"

namespace ashlar::stark {

/// The chips of a machine, in the order of its tables.
template <class... Chips>
struct chip_list {
  static constexpr std::size_t size = sizeof...(Chips);

  /// f.template operator()<Chip>() for each, in order.
  template <class F>
  static constexpr void each(F&& f) {
    (f.template operator()<Chips>(), ...);
  }
  template <class Chip>
  static constexpr bool has() {
    return place<Chip>() != size;
  }
  /// The place of a chip in the list, `size` where it has no such chip.
  template <class Chip>
  static constexpr std::size_t place() {
    std::size_t at = size, i = 0;
    ((std::is_same_v<Chip, Chips> ? void(at = i) : void(), ++i), ...);
    return at;
  }
};

/// One segment of an execution.
using execution_chips =
    chip_list<program_chip, range_chip, ends_chip, boundary_chip, commit_chip, add_chip,
              bitwise_chip, shift_chip, compare_chip, mul_div_chip, word_chip, sub_word_chip,
              system_chip, read_chip, copy_chip, mod256_chip, mod384_chip, word_quad_chip,
              blake3_chip, blake3_rounds_chip, keccak_chip, keccak_sheets_chip, keccak_planes_chip>;

/// The same for programs that verify proofs: the field of proofs instead of numbers, and no hashes
/// but those of proofs made to be joined.
using recursion_chips =
    chip_list<program_chip, range_chip, ends_chip, boundary_chip, commit_chip, add_chip,
              bitwise_chip, shift_chip, compare_chip, mul_div_chip, word_chip, sub_word_chip,
              system_chip, read_chip, copy_chip, ext3_chip, poseidon2_chip, open_row_chip,
              climb_chip, absorb_chip, cell_pair_chip>;

/// What the segments of a run are proved on.
enum class machine_kind : u8 { execution, recursion };

/// f.template operator()<Chips>() for the chips of a kind of machine.
template <class F>
decltype(auto) with_chips_of(machine_kind kind, F&& f) {
  if (kind == machine_kind::recursion) return f.template operator()<recursion_chips>();
  return f.template operator()<execution_chips>();
}

/// The ecalls that a machine can prove: halt, and those that one of its chips does.
template <class Chips>
constexpr riscv::ecall_set calls_of() {
  riscv::ecall_set calls;
  calls.add(riscv::ecall::halt);
  Chips::each([&]<class Chip>() {
    if constexpr (requires { Chip::call; }) calls.add(Chip::call);
  });
  return calls;
}

/// The cells of a whole run at its two ends, and its public output. Proved once a run, as what
/// counts as segment 0.
using memory_chips = chip_list<range_chip, image_chip, ram_chip, output_chip>;

/// No table is lower. Tables with fixed rows have the height that those need.
inline constexpr unsigned table_height_log2_min = 5;
inline constexpr std::size_t table_height_min = std::size_t{1} << table_height_log2_min;

}  // namespace ashlar::stark

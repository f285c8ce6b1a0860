#include "runtime/stark/machine/segment_rows.hpp"

#include <algorithm>

#include "runtime/riscv/ecall.hpp"

namespace ashlar::stark {
namespace {

using riscv::segment;
using riscv::segment_limits;

// Blocks of open_row, levels of climb.
std::size_t blocks_of(const segment& s) {
  std::size_t out = 0;
  for (const auto& r : s.open_row) out += (r.elements.value - 1) / r.each.value + 1;
  return out;
}
std::size_t levels_of(const segment& s) {
  std::size_t out = 0;
  for (const auto& r : s.climb) out += r.depth.value;
  return out;
}
std::size_t pairs_of(const segment& s) {
  const auto pairs = [](const auto& calls, riscv::ecall call) {
    return calls.size() * riscv::hash_operands_of(call);
  };
  return pairs(s.open_row, riscv::ecall::open_row) + pairs(s.climb, riscv::ecall::climb) +
         pairs(s.absorb, riscv::ecall::absorb);
}
std::size_t calls_in(const segment& s) {
  return s.system.size() + s.blake3.size() + s.keccak.size() + s.mod256.size() + s.mod384.size() +
         s.copy.size() + s.ext3.size() + s.open_row.size() + s.climb.size() + s.absorb.size();
}
constexpr std::size_t sheets = 5 * keccak::rounds, planes = 10 * keccak::rounds;

struct table_rows {
  std::string_view chip;
  std::size_t (*of_segment)(const segment&);
  std::size_t (*of_limits)(const segment_limits&);
};
#define ASHLAR_ROWS(chip, of_segment, of_limits)                            \
  table_rows {                                                              \
    chip::name, [](const segment& s) -> std::size_t { return of_segment; }, \
        [](const segment_limits& l) -> std::size_t { return of_limits; }    \
  }
constexpr table_rows tables[] = {
    ASHLAR_ROWS(add_chip, s.add.size(), l.add),
    ASHLAR_ROWS(word_chip, s.word.size(), l.word),
    ASHLAR_ROWS(compare_chip, s.compare.size(), l.compare),
    ASHLAR_ROWS(bitwise_chip, s.bitwise.size(), l.bitwise),
    ASHLAR_ROWS(shift_chip, s.shift.size(), l.shift),
    ASHLAR_ROWS(sub_word_chip, s.sub_word.size(), l.sub_word),
    ASHLAR_ROWS(mul_div_chip, s.mul_div.size(), l.mul_div),
    ASHLAR_ROWS(system_chip, calls_in(s), l.calls),
    ASHLAR_ROWS(read_chip, s.read_words.size(), l.read_words),
    ASHLAR_ROWS(copy_chip, s.copied_words.size(), l.copied_words),
    ASHLAR_ROWS(ext3_chip, s.ext3.size(), l.ext3),
    ASHLAR_ROWS(mod256_chip, s.mod256.size(), l.mod256),
    ASHLAR_ROWS(mod384_chip, s.mod384.size(), l.mod384),
    ASHLAR_ROWS(word_quad_chip, s.mod384.size() * mod384_chip::quads,
                std::size_t{l.mod384} * mod384_chip::quads),
    ASHLAR_ROWS(blake3_chip, s.blake3.size(), l.blake3),
    ASHLAR_ROWS(blake3_rounds_chip, s.blake3.size() * blake3_rounds_chip::rows,
                std::size_t{l.blake3} * blake3_rounds_chip::rows),
    ASHLAR_ROWS(keccak_chip, s.keccak.size() * keccak::words,
                std::size_t{l.keccak} * keccak::words),
    ASHLAR_ROWS(keccak_sheets_chip, s.keccak.size() * sheets, std::size_t{l.keccak} * sheets),
    ASHLAR_ROWS(keccak_planes_chip, s.keccak.size() * planes, std::size_t{l.keccak} * planes),
    ASHLAR_ROWS(poseidon2_chip, s.permutations.size(), l.permutations),
    ASHLAR_ROWS(open_row_chip, blocks_of(s), l.permutations),
    ASHLAR_ROWS(climb_chip, levels_of(s), l.permutations),
    ASHLAR_ROWS(absorb_chip, s.absorb.size(),
                l.hash_operands / riscv::hash_operands_of(riscv::ecall::absorb)),
    ASHLAR_ROWS(cell_pair_chip, pairs_of(s), l.hash_operands),
    ASHLAR_ROWS(boundary_chip, s.registers.size() + s.memory.size(),
                std::size_t{riscv::register_count} + l.memory_words),
};
#undef ASHLAR_ROWS

const table_rows* find(std::string_view chip) noexcept {
  for (const table_rows& t : tables)
    if (t.chip == chip) return &t;
  return nullptr;
}

}  // namespace

std::optional<std::size_t> rows_of(std::string_view chip, const segment& s) noexcept {
  const table_rows* t = find(chip);
  return t == nullptr ? std::nullopt : std::optional(t->of_segment(s));
}
std::optional<std::size_t> rows_of(std::string_view chip, const segment_limits& l) noexcept {
  const table_rows* t = find(chip);
  return t == nullptr ? std::nullopt : std::optional(t->of_limits(l));
}

segment_limits limits_of(const segment_shape& shape) noexcept {
  const auto rows = [](u8 height_log2) { return u32{1} << height_log2; };
  segment_limits l;
  l.add = rows(shape.add);
  l.word = rows(shape.word);
  l.compare = rows(shape.compare);
  l.bitwise = rows(shape.bitwise);
  l.shift = rows(shape.shift);
  l.sub_word = rows(shape.sub_word);
  l.mul_div = rows(shape.mul_div);
  l.calls = rows(shape.system);
  l.read_words = rows(shape.read);
  l.copied_words = rows(shape.copy);
  l.mod256 = rows(shape.mod256);
  l.mod384 = std::min(rows(shape.mod384), rows(shape.word_quad) / mod384_chip::quads);
  l.blake3 = std::min(rows(shape.blake3), rows(shape.blake3_rounds) / blake3_rounds_chip::rows);
  l.keccak = std::min({rows(shape.keccak) / keccak::words,
                       static_cast<u32>(rows(shape.keccak_sheets) / sheets),
                       static_cast<u32>(rows(shape.keccak_planes) / planes)});
  l.memory_words = rows(shape.boundary) - static_cast<u32>(riscv::register_count);
  return l;
}

bool fits(const segment& s, const segment_shape& shape) noexcept {
  return std::all_of(std::begin(tables), std::end(tables), [&](const table_rows& t) {
    return t.of_segment(s) <= std::size_t{1} << shape.height_log2(t.chip);
  });
}

const segment_shape* cheapest_shape(const segment& s) noexcept {
  for (const segment_shape& shape : segment_shapes)
    if (fits(s, shape)) return &shape;
  return nullptr;
}

std::optional<u8> cheapest_memory_shape(std::size_t ram_rows) noexcept {
  for (const u8 height : memory_shapes)
    if (ram_rows <= std::size_t{1} << height) return height;
  return std::nullopt;
}

}  // namespace ashlar::stark

#pragma once

#include "runtime/stark/machine/row_writer.hpp"
#include "runtime/stark/machine/segment_rows.hpp"
#include "runtime/stark/machine/x0_times.hpp"

namespace ashlar::stark {

/// What every filler needs. `fetches` counts how often each row of the program table is
/// fetched; `lookups` the rows of the range tables. `shape`: null where tables are as low as they
/// can be.
struct fill_context {
  const riscv::segment& segment;
  const riscv::program& program;
  const x0_times& x0;
  lookup_counts& lookups;
  std::vector<u32>& fetches;
  const segment_shape* shape = nullptr;
};

/// The height of the segment's table for a chip without fixed columns.
inline std::size_t height_of(std::string_view chip, const fill_context& c) {
  const std::size_t rows = rows_of(chip, c.segment).value();
  if (c.shape == nullptr) return table_height(rows);
  const std::size_t height = std::size_t{1} << c.shape->height_log2(chip);
  ensure(rows <= height);
  return height;
}

/// The writer of that table. Rows that are not written are zero, which every chip takes for no row
/// at all.
template <class Chip>
row_writer<Chip> writer_of(const fill_context& c) {
  return {height_of(Chip::name, c), c.lookups};
}

matrix fill_add(const fill_context& c);
matrix fill_bitwise(const fill_context& c);
matrix fill_shift(const fill_context& c);
matrix fill_compare(const fill_context& c);
matrix fill_mul_div(const fill_context& c);
matrix fill_word(const fill_context& c);
matrix fill_sub_word(const fill_context& c);
matrix fill_system(const fill_context& c);
matrix fill_read(const fill_context& c);
matrix fill_copy(const fill_context& c);
matrix fill_commit(const fill_context& c);
matrix fill_ext3(const fill_context& c);
matrix fill_mod256(const fill_context& c);
matrix fill_mod384(const fill_context& c);
matrix fill_word_quad(const fill_context& c);
matrix fill_blake3(const fill_context& c);
matrix fill_blake3_rounds(const fill_context& c);
matrix fill_keccak(const fill_context& c);
matrix fill_keccak_sheets(const fill_context& c);
matrix fill_keccak_planes(const fill_context& c);
matrix fill_poseidon2(const fill_context& c);
matrix fill_open_row(const fill_context& c);
matrix fill_climb(const fill_context& c);
matrix fill_absorb(const fill_context& c);
matrix fill_cell_pair(const fill_context& c);
matrix fill_boundary(const fill_context& c);

/// The cells that every row of a register instruction has: where it is, when, and its operands.
template <class Row>
const riscv::instruction& fill_instruction(Row& row, const riscv::alu_record& r,
                                           const fill_context& c) {
  const riscv::instruction& i = c.program.code[r.index];
  ++c.fetches[r.index];
  row.pc = gl(c.program.pc_of(r.index));
  row.time = gl(r.time);
  row.rs1 = gl(i.rs1);
  row.rs1_link = link(r.time, c.x0.before(i.rs1, r.rs1.time));
  row.rs2 = gl(i.rs2);
  row.rs2_link = link(r.time + 1, c.x0.before(i.rs2, r.rs2.time));
  row.rd = gl(i.rd);
  row.rd_old = gl(r.rd.old_value);
  row.rd_link = link(r.time + 3, r.rd.time);
  return i;
}

}  // namespace ashlar::stark

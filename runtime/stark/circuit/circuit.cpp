#include "runtime/stark/circuit/circuit.hpp"

#include <algorithm>
#include <bit>

namespace ashlar::stark {

namespace {

gl number(cell c) noexcept {
  return gl(static_cast<u32>(c));
}

template <class Row>
void put(matrix& table, std::size_t at, const Row& row) {
  const gl* cells = reinterpret_cast<const gl*>(&row);
  for (std::size_t j = 0; j < table.width(); ++j) table.at(at, j) = cells[j];
}

}  // namespace

circuit_heights heights_for(std::size_t alu_rows, std::size_t sponge_rows) noexcept {
  const auto log2 = [](std::size_t rows) {
    return static_cast<u8>(std::bit_width(std::max(rows, table_height_min) - 1));
  };
  // Two rows of alu are those of the public values.
  return {log2(alu_rows + 2), log2(sponge_rows)};
}

std::vector<matrix> circuit::fixed() const {
  const auto times = [&](cell c, cell_use use) {
    if (use == cell_use::read) return -gl::one();
    return use == cell_use::none ? gl() : gl(reads[static_cast<u32>(c)]);
  };
  std::vector<matrix> out;
  matrix& a = out.emplace_back(std::size_t{1} << heights.alu, fixed_width<alu_chip>);
  for (unsigned half = 0; half < 2; ++half) {
    alu_chip::fixed_columns<gl> f{};
    const cell at{alu_chip::public_cells[half]};
    f.c = f.out = number(at);
    f.out_times = times(at, cell_use::written);
    if (half == 0) f.a_times = times(zero_cell, cell_use::written);
    put(a, half == 0 ? 0 : a.height() - 1, f);
  }
  for (std::size_t i = 0; i < alu.size(); ++i) {
    const alu_row& r = alu[i];
    alu_chip::fixed_columns<gl> f{};
    f.a = number(r.a);
    f.b = number(r.b);
    f.c = number(r.c);
    f.out = number(r.out);
    f.a_times = times(r.a, r.a_use);
    f.out_times = times(r.out, r.out_use);
    f.product = r.product;
    if (r.shape == alu_shape::horner) f.horner = gl::one();
    if (r.shape != alu_shape::horner && r.shape != alu_shape::product)
      f.pack[static_cast<unsigned>(r.shape) - static_cast<unsigned>(alu_shape::pack_3_1)] =
          gl::one();
    f.base = gl(u32{r.base});
    f.constant = r.constant;
    put(a, i + 1, f);
  }
  matrix& s = out.emplace_back(std::size_t{1} << heights.sponge, fixed_width<sponge_chip>);
  for (std::size_t i = 0; i < sponge.size(); ++i) {
    const sponge_row& r = sponge[i];
    sponge_chip::fixed_columns<gl> f{};
    for (unsigned k = 0; k < 2; ++k) {
      f.in[k] = number(r.in[k]);
      f.in_times[k] = times(r.in[k], r.in_use[k]);
    }
    f.out = number(r.out);
    f.out_times = times(r.out, r.out_use);
    f.bit = number(r.bit);
    f.bit_reads = gl(u32{r.climbs});
    f.chained = gl(u32{r.chained});
    f.capacity = r.capacity;
    put(s, i, f);
  }
  return out;
}

const std::string& circuit::section_of(std::size_t step) const noexcept {
  const auto after =
      std::upper_bound(sections.begin(), sections.end(), step,
                       [](std::size_t s, const section& in) { return s < in.first_step; });
  return std::prev(after)->name;
}

}  // namespace ashlar::stark

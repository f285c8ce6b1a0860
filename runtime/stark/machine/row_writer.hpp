#pragma once

#include "runtime/riscv/trace.hpp"
#include "runtime/stark/machine/fixed.hpp"
#include "runtime/stark/machine/lookups.hpp"

namespace ashlar::stark {

/// Fills a chip's table row by row and counts what the rows look up. Rows go to the table eight at
/// a time, a cache line a column: columns lie a power of two apart, so that single cells of one row
/// would drive each other out of the cache.
template <class Chip>
class row_writer {
 public:
  using row_type = typename Chip::template columns<gl>;

  row_writer(std::size_t rows, lookup_counts& counts)
      : table_(table_height(rows), main_width<Chip>),
        reader_(counts),
        waiting_(main_width<Chip> * rows_at_once) {}

  /// The next row, all zero, for the caller to fill before `put`.
  row_type& fresh() noexcept { return current() = row_type{}; }
  row_type& current() noexcept { return *reinterpret_cast<row_type*>(reader_.row_cells().data()); }
  /// For chips whose lookups depend on public values: before the first `put`.
  void publish(std::initializer_list<gl> publics) {
    std::copy(publics.begin(), publics.end(), reader_.public_cells().begin());
  }
  void put() {
    const auto cells = reader_.row_cells();
    gl* to = waiting_.data() + next_ % rows_at_once;
    for (std::size_t j = 0; j < cells.size(); ++j, to += rows_at_once) *to = cells[j];
    Chip::constrain(reader_);
    if (++next_ % rows_at_once == 0) flush();
  }
  std::size_t rows() const noexcept { return next_; }
  /// The table with all rows that were put. Nothing may be put afterwards.
  matrix& table() noexcept {
    flush();
    return table_;
  }

 private:
  static constexpr std::size_t rows_at_once = 8;
  void flush() noexcept {
    const gl* cells = waiting_.data();
    for (std::size_t j = 0; j < main_width<Chip>; ++j, cells += rows_at_once)
      std::copy(cells, cells + (next_ - written_), table_.column(j).data() + written_);
    written_ = next_;
  }

  matrix table_;
  lookup_builder<Chip> reader_;
  std::vector<gl> waiting_;  // column-major
  std::size_t next_ = 0, written_ = 0;
};

/// Column number of a member of a chip's row.
template <class Chip, class Member>
std::size_t column_of(Member Chip::template columns<gl>::*member) noexcept {
  static const typename Chip::template columns<gl> row{};
  return static_cast<std::size_t>(reinterpret_cast<const gl*>(&(row.*member)) -
                                  reinterpret_cast<const gl*>(&row));
}

inline gl low16(u32 v) noexcept {
  return gl(v & 0xffffu);
}

inline void put_bytes(gl (&cells)[4], u32 v) noexcept {
  for (unsigned i = 0; i < 4; ++i) cells[i] = gl(v >> (8 * i) & 255);
}

inline access_link<gl> link(u32 time, u32 previous) noexcept {
  return {gl(previous), low16(time - previous - 1)};
}

}  // namespace ashlar::stark

#pragma once

#include <optional>
#include <string>

#include "runtime/stark/air/check_builder.hpp"
#include "runtime/stark/field/matrix.hpp"

namespace ashlar::stark {

/// A chip behind plain functions, so that a machine is a list.
struct checked_chip {
  std::string_view name;
  std::size_t width, fixed_width, publics_width;
  air_shape (*shape)();
  void (*check)(const row_cells&, row_check&);
};

template <class Chip>
inline constexpr checked_chip checked{Chip::name,         main_width<Chip>, fixed_width<Chip>,
                                      public_count<Chip>, &shape_of<Chip>,  &check_row<Chip>};

/// A chip with its cells.
struct checked_table {
  const checked_chip* chip;
  matrix main;
  matrix fixed;  ///< 0 x 0 where the chip has no fixed columns
  std::vector<gl> publics;
};

/// Why tables are refused. Exactly one of the two kinds: a constraint (chip, number in order of
/// the description, row), or a bus that does not balance (with one tuple and its excess).
struct check_failure {
  std::string_view chip;  ///< empty for a bus
  unsigned constraint = 0;
  std::size_t row = 0;
  bus_message excess{};

  std::string text() const;
};

/// Runs every row of every table. `local` sums the local buses of these tables; messages of global
/// buses are appended to `global`, which the caller balances over all segments by `balance`.
std::optional<check_failure> check_tables(std::span<const checked_table> tables,
                                          std::vector<bus_message>& global);

/// A tuple whose multiplicities do not sum to zero, if there is one. Reorders its argument.
std::optional<check_failure> balance(std::vector<bus_message>& messages);

/// One row of a table, evaluated.
void check_table_row(const checked_table& table, std::size_t row, row_check& out);

}  // namespace ashlar::stark

#pragma once

#include <cstring>

#include "runtime/stark/machine/row_writer.hpp"
#include "test/unit/chips/run_tables.hpp"

// What a dishonest prover is held to. He fills every cell of every main table as he likes; how
// often a fixed table is looked up is his to choose as well, so a lookup stands for being in that
// table.

namespace ashlar::test {

/// Whether a fixed table has this tuple. True for the buses that no fixed table answers: what is
/// sent there the rest of the rows must answer for.
inline bool in_tables(const stark::bus_message& m, const riscv::program& p) {
  using stark::bus;
  const auto e = [&](unsigned i) { return m.tuple[i].value(); };
  switch (m.on) {
    case bus::range16:
      return e(0) < 65536;
    case bus::sign16:
      return e(0) < 65536 && e(1) == e(0) >> 15;
    case bus::byte_pair:
      return e(0) < 256 && e(1) < 256;
    case bus::byte_and:
      return e(0) < 256 && e(1) < 256 && e(2) == (e(0) & e(1));
    case bus::power:
      return e(0) < 32 && e(1) == u64{1} << e(0);
    case bus::keccak_round:
      return e(0) < stark::keccak::rounds &&
             (e(1) | e(2) << 32) == stark::keccak::constants[e(0)] && e(1) >> 32 == 0;
    case bus::program:
      for (u32 i = 0; i < p.code.size(); ++i)
        if (e(0) == p.pc_of(i) && m.tuple[1] == stark::packed_instruction(p.code[i]) &&
            e(2) == p.code[i].imm)
          return true;
      return false;
    default:
      return true;
  }
}

inline bool is_lookup(stark::bus on) {
  using enum stark::bus;
  return on == range16 || on == sign16 || on == byte_pair || on == byte_and || on == power ||
         on == keccak_round || on == program;
}

template <class Chip>
using row_of = typename Chip::template columns<stark::gl>;

/// The row's cells as a struct, and back.
template <class Chip>
row_of<Chip> row_at(const stark::checked_table& t, std::size_t row) {
  std::vector<stark::gl> cells(t.main.width());
  for (std::size_t j = 0; j < cells.size(); ++j) cells[j] = t.main.at(row, j);
  row_of<Chip> out;
  std::memcpy(static_cast<void*>(&out), cells.data(), sizeof out);
  return out;
}
template <class Chip>
void put_row(stark::checked_table& t, std::size_t row, const row_of<Chip>& cells) {
  const stark::gl* from = reinterpret_cast<const stark::gl*>(&cells);
  for (std::size_t j = 0; j < t.main.width(); ++j) t.main.at(row, j) = from[j];
}

/// A row with its successor, in the middle of a table: constraints and lookups. `out` has what it
/// violates and what it sends.
template <class Chip>
bool row_holds(const row_of<Chip>& row, const row_of<Chip>& next, const riscv::program& p,
               stark::row_check& out) {
  const auto cells = [](const row_of<Chip>& r) { return reinterpret_cast<const stark::gl*>(&r); };
  const stark::gl none[16]{};
  out.clear();
  stark::check_row<Chip>({cells(row), cells(next), none, none, none, false, false}, out);
  if (!out.violated.empty()) return false;
  return std::all_of(out.messages.begin(), out.messages.end(),
                     [&](const auto& m) { return in_tables(m, p); });
}

/// Every row of a table, its lookups included; other messages are appended to `messages`. Says what
/// is wrong in words; empty where nothing is.
inline std::string table_verdict(const stark::checked_table& t, const riscv::program& p,
                                 std::vector<stark::bus_message>& messages) {
  // Their multiplicities are the prover's: `is_lookup` stands for them.
  if (t.chip->name == "range" || t.chip->name == "program") return {};
  stark::row_check row;
  for (std::size_t i = 0; i < t.main.height(); ++i) {
    row.clear();
    stark::check_table_row(t, i, row);
    if (!row.violated.empty()) return std::string(t.chip->name) + ": constraint";
    for (const auto& m : row.messages)
      if (!is_lookup(m.on))
        messages.push_back(m);
      else if (t.chip->name != "ends" && !in_tables(m, p))
        return std::string(t.chip->name) + ": lookup " + std::string(stark::name_of(m.on));
  }
  return {};
}

/// What a verifier would say of a dishonest prover's tables, with the multiplicities of lookups
/// chosen for the best: the chip and what of it is violated, or the bus that does not balance, and
/// the part of the run. Empty where the tables prove what they claim.
inline std::string verdict(const run_tables& run, const riscv::program& p) {
  std::vector<stark::bus_message> global;
  for (const auto& part : run.parts) {
    std::vector<stark::bus_message> local;
    for (const auto& t : part)
      if (auto wrong = table_verdict(t, p, local); !wrong.empty()) return wrong;
    const auto is_global = [](const auto& m) { return stark::properties_of(m.on).global; };
    std::copy_if(local.begin(), local.end(), std::back_inserter(global), is_global);
    std::erase_if(local, is_global);
    if (const auto failure = stark::balance(local))
      return "bus " + std::string(stark::name_of(failure->excess.on));
  }
  const auto failure = stark::balance(global);
  return failure ? "bus " + std::string(stark::name_of(failure->excess.on)) : std::string();
}

/// A chip's table in a segment, or in the run's memory.
template <class Chip>
stark::checked_table& table_in(run_tables& run, std::size_t segment) {
  return run.parts[segment][stark::with_chips_of(
      run.machine, []<class Chips>() { return Chips::template place<Chip>(); })];
}
template <class Chip>
stark::checked_table& memory_table_in(run_tables& run) {
  return run.parts.back()[stark::memory_chips::place<Chip>()];
}

}  // namespace ashlar::test

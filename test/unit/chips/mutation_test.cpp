#include "test/unit/chips/mutation.hpp"

#include <iostream>
#include <set>

#include <catch2/catch.hpp>

#include "test/unit/chips/every_operation.hpp"

using namespace ashlar;
using namespace ashlar::stark;
using namespace ashlar::test;

namespace {

template <class Chips>
bool in_list(std::string_view name) {
  bool found = false;
  Chips::each([&]<class Chip>() { found |= Chip::name == name; });
  return found;
}

// Columns that some live rows do not use. Only these may change unseen there: the arguments' links
// in rows of a call after the first, what a branch has no use for (rd and result), witnesses that a
// multiplicity of zero switches off (a quad's links where it has no cells), the ram rows of the
// image, and the inverse of a canonical zero.
const std::set<std::pair<std::string, std::size_t>> idle_cells = {
    {"cell_pair", 15}, {"climb", 6},      {"open_row", 7},   {"commit", 7},     {"commit", 8},
    {"compare", 19},   {"compare", 20},   {"compare", 21},   {"compare", 26},   {"compare", 27},
    {"compare", 29},   {"compare", 31},   {"copy", 13},      {"copy", 14},      {"copy", 15},
    {"copy", 16},      {"copy", 17},      {"copy", 18},      {"ext3", 98},      {"ext3", 99},
    {"ext3", 100},     {"mod256", 233},   {"image", 0},      {"image", 1},      {"keccak", 10},
    {"keccak", 11},    {"mul_div", 24},   {"mul_div", 26},   {"mul_div", 29},   {"mul_div", 32},
    {"read", 11},      {"read", 12},      {"read", 13},      {"read", 14},      {"shift", 25},
    {"system", 7},     {"system", 8},     {"word_quad", 19}, {"word_quad", 20}, {"word_quad", 21},
    {"word_quad", 22}, {"word_quad", 23}, {"word_quad", 24}, {"word_quad", 25}, {"word_quad", 26}};

// The rows of keccak-f[1600] are alike from round to round: of each of its tables ten at either end
// of what is used, and one behind.
std::vector<std::size_t> ends_of(const stark::checked_table& t) {
  std::size_t used = 0;
  for (std::size_t i = 0; i < t.main.height(); ++i)
    for (std::size_t j = 0; j < t.main.width(); ++j)
      if (!t.main.at(i, j).is_zero()) used = i + 1;
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < t.main.height(); ++i)
    if (i < std::min<std::size_t>(10, used) || (i + 10 >= used && i <= used)) rows.push_back(i);
  return rows;
}

// All rows of small tables; of large ones those that are used, and a few others.
std::vector<std::size_t> rows_of(const stark::checked_table& t) {
  if (t.chip->name.starts_with("keccak")) return ends_of(t);
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < t.main.height(); ++i) {
    bool used = i < 3 || i + 2 > t.main.height() || t.main.height() < 2048;
    for (std::size_t j = 0; !used && j < t.main.width(); ++j) used = !t.main.at(i, j).is_zero();
    if (used) rows.push_back(i);
  }
  return rows;
}

}  // namespace

TEST_CASE("no cell can be changed without a trace", "[chips][mutation]") {
  auto run = every_operation().tables();
  REQUIRE(check_run(run) == "");
  REQUIRE(run.segments.size() >= 3);
  mutation_run mutations(20261122);
  for (auto& part : run.parts)
    for (auto& table : part) {
      // Fetches and lookups repeat from segment to segment; the tables are mutated in the last.
      if (&part != &run.parts[run.segments.size() - 1] && table.main.height() > 2048) continue;
      mutations.mutate(table, rows_of(table));
    }

  auto hashing = every_hash().tables();
  REQUIRE(check_run(hashing) == "");
  REQUIRE(hashing.segments.size() >= 2);
  for (auto& part : hashing.parts)
    for (auto& table : part)
      if (in_list<recursion_chips>(table.chip->name) && !in_list<execution_chips>(table.chip->name))
        mutations.mutate(table, rows_of(table));

  // Every column of every chip has been changed, and no change of it was always in vain.
  const auto covered = [&]<class Chip>() {
    for (std::size_t j = 0; j < main_width<Chip>; ++j) {
      INFO(Chip::name << " column " << j);
      const auto found = mutations.counts().find({std::string(Chip::name), j});
      REQUIRE(found != mutations.counts().end());
      CHECK(found->second.refused > 0);
    }
  };
  execution_chips::each(covered);
  recursion_chips::each(covered);
  memory_chips::each(covered);

  u64 refused = 0, unseen = 0, unseen_live = 0, columns = 0;
  for (const auto& [where, count] : mutations.counts()) {
    INFO(where.first << " column " << where.second);
    CHECK(count.holes == 0);
    refused += count.refused;
    unseen += count.unseen;
    unseen_live += count.unseen_live;
    ++columns;
    CHECK((count.unseen_live == 0 || idle_cells.contains(where)));
  }
  std::cout << "mutations: " << mutations.total() << " in " << columns << " columns, refused "
            << refused << ", without effect on any message " << unseen << " (" << unseen_live
            << " in live rows)\n";
  CHECK(mutations.total() > 3000000);
}

namespace {

void move_rows(run_tables run) {
  const std::set<std::string_view> ordered = {
      "read",    "copy",  "commit", "ram",    "image",    "keccak", "keccak_sheets",
      "program", "range", "ends",   "output", "open_row", "climb"};
  for (auto& part : run.parts)
    for (auto& t : part) {
      if (t.main.height() > 2048) continue;
      const auto good = t.main;
      std::size_t live = 0;
      stark::row_check row;
      for (; live < t.main.height(); ++live) {
        row.clear();
        stark::check_table_row(t, live, row);
        if (row.messages.empty()) break;
      }
      INFO(t.chip->name << " with " << live << " rows");
      const auto refused = [&] {
        const bool bad = check_run(run) != "";
        t.main = good;
        return bad;
      };
      if (live == 0) continue;
      const std::size_t last = live - 1;
      for (std::size_t j = 0; j < t.main.width(); ++j) t.main.at(last, j) = {};
      if (t.main != good) CHECK(refused());
      // Beyond its fixed rows the image has nothing that could be sent twice.
      if (live < t.main.height() && live > 1 && t.chip->name != "image") {
        for (std::size_t j = 0; j < t.main.width(); ++j) t.main.at(live, j) = good.at(last, j);
        if (t.main != good) CHECK(refused());
      }
      if (live > 1 && ordered.contains(t.chip->name)) {
        for (std::size_t j = 0; j < t.main.width(); ++j)
          std::swap(t.main.at(0, j), t.main.at(last, j));
        if (t.main != good) CHECK(refused());
      }
    }
}

}  // namespace

TEST_CASE("whole rows cannot be dropped, doubled or moved", "[chips][mutation]") {
  move_rows(every_operation().tables());
  move_rows(every_hash().tables());
}

#include <set>

#include <catch2/catch.hpp>

#include "runtime/stark/machine/row_writer.hpp"
#include "test/unit/chips/run_tables.hpp"

// Forgeries that take more than one row: tables of whole runs, changed in several places at once.

using namespace ashlar;
using namespace ashlar::stark;
using namespace ashlar::test;
using riscv::operation;

namespace {

template <class Chip>
checked_table& table(run_tables& run, std::size_t part) {
  return run.parts[part][execution_chips::place<Chip>()];
}
template <class Chip>
checked_table& memory_table(run_tables& run) {
  return run.parts.back()[memory_chips::place<Chip>()];
}
template <class Chip, class Member>
gl& cell(checked_table& t, std::size_t row, Member member) {
  return t.main.at(row, column_of<Chip>(member));
}
void add_lookup(run_tables& run, std::size_t part, u32 range16, bool take = false) {
  auto& range =
      run.parts[part][part + 1 == run.parts.size() ? memory_chips::place<range_chip>()
                                                   : execution_chips::place<range_chip>()];
  range.main.at(range16, 0) += take ? -gl(1u) : gl(1u);
}

// A loop that keeps a sum in RAM, in several segments.
run_tables looped() {
  using enum operation;
  program_writer w;
  w.program.image = {{0x100, 7}};
  w.load_immediate(5, 40);
  const u32 loop = w.pc();
  w.emit(lw, 1, 0, 0, 0x100).emit(add, 1, 1, 5).emit(sw, 32, 0, 1, 0x100);
  w.emit(sw, 32, 0, 5, 0x200).emit(add, 5, 5, 0, -1u).emit(bne, 32, 5, 0, loop);
  riscv::segment_limits limits;
  limits.cycles = 60;
  return run_and_fill(w.finish(0x100), {}, limits);
}

std::size_t first_free(const checked_table& t) {
  std::size_t row = 0;
  while (!t.main.at(row, 0).is_zero()) ++row;
  return row;
}

}  // namespace

TEST_CASE("exit codes other than zero cannot be proved", "[chips][bugs]") {
  program_writer w;
  w.call(riscv::ecall::commit, {0});
  w.call(riscv::ecall::halt, {1});
  CHECK(check_run(run_and_fill(w.program)) != "");
}

TEST_CASE("a run commits exactly once, and to what the statement says", "[chips][bugs]") {
  auto run = looped();
  REQUIRE(check_run(run) == "");
  // when: the statement names another output
  auto& output = memory_table<output_chip>(run);
  output.publics[0] += gl(1u);
  CHECK(check_run(run) != "");
  output.main.at(0, 0) += gl(1u);
  CHECK(check_run(run) != "");
  output.publics[0] -= gl(1u);
  output.main.at(0, 0) -= gl(1u);
  REQUIRE(check_run(run) == "");
  // when: the commit is left out of the tables
  auto& commit = table<commit_chip>(run, run.segments.size() - 1);
  for (std::size_t i = 0; i < commit.main.height(); ++i)
    for (std::size_t j = 0; j < commit.main.width(); ++j) commit.main.at(i, j) = {};
  CHECK(check_run(run) != "");
}

TEST_CASE("memory cannot be initialised twice", "[chips][bugs]") {
  auto run = looped();
  // given: a second boundary row for the word at 0x100 in the last segment, with another value
  const std::size_t last = run.segments.size() - 1;
  auto& boundary = table<boundary_chip>(run, last);
  const std::size_t free = first_free(boundary);
  std::size_t row = 0;
  using row_type = boundary_chip::columns<gl>;
  while (cell<boundary_chip>(boundary, row, &row_type::address) != gl(0x100u)) ++row;
  for (std::size_t j = 0; j < boundary.main.width(); ++j)
    boundary.main.at(free, j) = boundary.main.at(row, j);
  cell<boundary_chip>(boundary, free, &row_type::initial) = gl(1234u);
  cell<boundary_chip>(boundary, free, &row_type::final) = gl(1234u);
  cell<boundary_chip>(boundary, free, &row_type::last_time) = gl();
  const gl previous = cell<boundary_chip>(boundary, free, &row_type::previous_segment);
  add_lookup(run, last, static_cast<u32>((gl(run.segments[last].index) - previous).value() - 1));
  // then: the segment balances, the run does not
  std::vector<bus_message> global;
  CHECK(!check_tables(run.parts[last], global));
  CHECK(check_run(run) != "");

  // and the table of all RAM cannot hold an address twice
  auto& ram = memory_table<ram_chip>(run);
  using ram_row = ram_chip::columns<gl>;
  const std::size_t next = first_free(ram);
  for (std::size_t j = 0; j < ram.main.width(); ++j)
    ram.main.at(next, j) = ram.main.at(next - 1, j);
  cell<ram_chip>(ram, next, &ram_row::is_image) = gl();
  cell<ram_chip>(ram, next, &ram_row::initial) = gl();
  CHECK(check_tables(run.parts.back(), global)->chip == "ram");
  cell<ram_chip>(ram, next, &ram_row::gap) = -gl(1u);
  const auto failure = check_tables(run.parts.back(), global);
  REQUIRE(failure);
  CHECK(failure->excess.on == bus::range16);
}

TEST_CASE("a word of the image starts with the image's value", "[chips][bugs]") {
  auto run = looped();
  auto& ram = memory_table<ram_chip>(run);
  using ram_row = ram_chip::columns<gl>;
  std::size_t row = 0;
  while (cell<ram_chip>(ram, row, &ram_row::is_image).is_zero()) ++row;
  cell<ram_chip>(ram, row, &ram_row::is_image) = gl();
  std::vector<bus_message> global;
  CHECK(check_tables(run.parts.back(), global));
  cell<ram_chip>(ram, row, &ram_row::initial) = gl();
  CHECK(check_tables(run.parts.back(), global)->excess.on == bus::image);
}

TEST_CASE("an address that is no multiple of four is no cell", "[chips][bugs]") {
  // given: a program whose load is misaligned, and tables that claim it read a cell there
  using enum operation;
  program_writer w;
  w.emit(lw, 1, 0, 0, 0x100);
  auto run = run_and_fill(w.finish(0x200));
  auto& program = table<program_chip>(run, 0);
  program.fixed.at(0, 2) = gl(0x101u);
  auto& word = table<word_chip>(run, 0);
  word.main.at(0, column_of<word_chip>(&word_chip::columns<gl>::imm)) = gl(0x101u);
  std::vector<bus_message> global;
  CHECK(check_tables(run.parts[0], global)->excess.on == bus::memory);
  // when: the boundary has the cell, and the table of RAM too
  auto& boundary = table<boundary_chip>(run, 0);
  using row_type = boundary_chip::columns<gl>;
  std::size_t row = 0;
  while (cell<boundary_chip>(boundary, row, &row_type::address) != gl(0x100u)) ++row;
  cell<boundary_chip>(boundary, row, &row_type::address) = gl(0x101u);
  global.clear();
  CHECK(!check_tables(run.parts[0], global));
  auto& ram = memory_table<ram_chip>(run);
  using ram_row = ram_chip::columns<gl>;
  REQUIRE(cell<ram_chip>(ram, 0, &ram_row::index) == gl(0x40u));
  const gl index = gl(0x101u) * gl(4u).inverse();
  cell<ram_chip>(ram, 0, &ram_row::index) = index;
  cell<ram_chip>(ram, 0, &ram_row::gap) = index;
  cell<ram_chip>(ram, 0, &ram_row::gap_low) = index - gl(u64{0x40} << 16);
  cell<ram_chip>(ram, 1, &ram_row::gap) += gl(0x40u) - index;
  // then: a quarter has no 16-bit limbs, or not at its neighbour
  CHECK(check_tables(run.parts.back(), global));
}

TEST_CASE("RAM ends where the program says", "[chips][bugs]") {
  auto run = looped();
  auto& ram = memory_table<ram_chip>(run);
  ram.publics[0] = gl(0x200u / 4);  // then 0x200 is beyond
  std::vector<bus_message> global;
  CHECK(check_tables(run.parts.back(), global)->excess.on == bus::range16);
}

TEST_CASE("an access cannot see the future", "[chips][bugs]") {
  // given: a first read of x5 that names the time of a later access
  auto run = looped();
  auto& add = table<add_chip>(run, 1);
  using row_type = add_chip::columns<gl>;
  auto& link = cell<add_chip>(add, 0, &row_type::rs1_link);
  link = cell<add_chip>(add, 0, &row_type::time) + gl(24u);
  std::vector<bus_message> global;
  CHECK(check_tables(run.parts[1], global));
  // and the start of a segment is at time 0 by the description, not by a cell
  row_check out;
  check_table_row(table<boundary_chip>(run, 1), 0, out);
  bool sends_zero = false;
  for (const auto& m : out.messages)
    sends_zero |= m.on == bus::memory && m.multiplicity == gl(1u) && m.tuple[3].is_zero();
  CHECK(sends_zero);
}

TEST_CASE("segments keep their order and their ends", "[chips][bugs]") {
  auto run = looped();
  REQUIRE(run.segments.size() >= 4);
  // when: two segments trade places
  auto swapped = run;
  auto& a = table<boundary_chip>(swapped, 1);
  auto& b = table<boundary_chip>(swapped, 2);
  std::swap(a.publics, b.publics);
  CHECK(check_run(swapped) != "");
  // when: the first segment starts elsewhere, or later
  auto moved = run;
  table<ends_chip>(moved, 0).publics[0] += gl(4u);
  CHECK(check_run(moved) != "");
  // when: a segment ends somewhere else, or early
  auto cut = run;
  table<ends_chip>(cut, 1).publics[2] -= gl(4u);
  CHECK(check_run(cut) != "");
  auto halted = run;
  table<ends_chip>(halted, 1).publics[1] = halted_pc;
  CHECK(check_run(halted) != "");
  // when: one is left out of the sum
  auto missing = run;
  missing.parts.erase(missing.parts.begin() + 1);
  CHECK(check_run(missing) != "");
}

TEST_CASE("a call writes as many words as the guest asked for", "[chips][bugs]") {
  program_writer w;
  w.call(riscv::ecall::read, {0x200, 2});
  const u32 input[] = {1, 2};
  auto run = run_and_fill(w.finish(0x200), input);
  REQUIRE(check_run(run) == "");
  auto& read = table<read_chip>(run, 0);
  using row_type = read_chip::columns<gl>;
  // when: a third word follows, or the count starts at three
  for (std::size_t j = 0; j < read.main.width(); ++j) read.main.at(2, j) = read.main.at(1, j);
  cell<read_chip>(read, 1, &row_type::is_last) = gl();
  cell<read_chip>(read, 2, &row_type::remaining) = gl();
  cell<read_chip>(read, 2, &row_type::to) += gl(4u);
  std::vector<bus_message> global;
  CHECK(check_tables(run.parts[0], global)->chip == "read");
  for (unsigned i = 0; i < 3; ++i) cell<read_chip>(read, i, &row_type::remaining) = gl(3 - i);
  const auto failure = check_tables(run.parts[0], global);
  REQUIRE(failure);
  CHECK(failure->chip.empty());
}

TEST_CASE("buses differ in number, so tuples of two kinds never cancel", "[chips][bugs]") {
  std::set<u32> ids;
  for (std::size_t i = 0; i < bus_count; ++i) {
    const auto p = properties_of(static_cast<bus>(i));
    CHECK(ids.insert(p.id).second);
    CHECK(p.length <= bus_length_max);
    CHECK(!name_of(static_cast<bus>(i)).empty());
  }
  auto run = looped();
  auto& range = table<range_chip>(run, 0);
  for (std::size_t i = 0; i < range.main.height(); ++i)
    std::swap(range.main.at(i, 0), range.main.at(i, 1));
  std::vector<bus_message> global;
  CHECK(check_tables(run.parts[0], global));
}

TEST_CASE("every chip keeps to the degrees that the proof system allows", "[chips]") {
  const auto check = []<class Chip>() {
    const air_shape s = shape_of<Chip>();
    INFO(s.name);
    for (const auto& c : s.constraints) CHECK(c.degree <= 3);
    for (const auto& i : s.interactions) {
      CHECK(i.multiplicity_degree <= 1);
      CHECK(i.tuple_degree <= 1);
    }
    CHECK(s.uses_global() == (s.name == "boundary" || s.name == "commit" || s.name == "image" ||
                              s.name == "ram" || s.name == "output"));
  };
  execution_chips::each(check);
  recursion_chips::each(check);
  memory_chips::each(check);
}

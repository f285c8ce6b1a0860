#include <catch2/catch.hpp>

#include "test/unit/chips/forgery.hpp"

// Tables of whole runs in which a dishonest prover has changed what is read, copied, committed or
// remembered, with every lookup counted as it suits him.

using namespace ashlar;
using namespace ashlar::stark;
using namespace ashlar::test;

namespace {

using boundary_row = row_of<boundary_chip>;
using copy_row = row_of<copy_chip>;
using read_row = row_of<read_chip>;
using commit_row = row_of<commit_chip>;
using ram_row = row_of<ram_chip>;
using image_row = row_of<image_chip>;

access_link<gl> link_of(gl time, gl previous) {
  return {previous, gl((time - previous - gl(1u)).value() & 0xffff)};
}

// Reads five words, copies four of them one word up, over themselves, and commits to the result; in
// segments of `cycles`.
struct calls_run {
  riscv::program program;
  run_tables honest, run;

  explicit calls_run(u32 cycles = 1000) {
    program_writer w;
    w.program.image = {{0x100, 7}, {0x104, 9}};
    w.call(riscv::ecall::read, {0x200, 5});
    w.call(riscv::ecall::copy_words, {0x204, 0x200, 4});
    w.call(riscv::ecall::copy_words, {0x214, 0x100, 2});
    w.emit(riscv::operation::lw, 5, 0, 0, 0x100).emit(riscv::operation::sw, 32, 0, 5, 0x104);
    program = w.finish(0x200);
    const u32 input[] = {11, 22, 33, 44, 55};
    riscv::segment_limits limits;
    limits.cycles = cycles;
    honest = run_and_fill(program, input, limits);
    reset();
    REQUIRE(outcome() == "");
  }
  void reset() { run = honest; }
  std::string outcome() const { return verdict(run, program); }

  /// Changes the first rows of a chip's table from `first` on, and says what that leads to.
  template <class Chip, class Change>
  std::string after(std::size_t segment, std::size_t first, std::size_t count, Change&& change) {
    reset();
    checked_table& t = segment == memory ? memory_table<Chip>() : table_in<Chip>(run, segment);
    std::vector<row_of<Chip>> rows;
    for (std::size_t i = 0; i < count; ++i) rows.push_back(row_at<Chip>(t, first + i));
    change(rows.data());
    for (std::size_t i = 0; i < count; ++i) put_row<Chip>(t, first + i, rows[i]);
    return outcome();
  }
  static constexpr std::size_t memory = ~std::size_t{0};

  template <class Chip>
  checked_table& memory_table() {
    if constexpr (memory_chips::place<Chip>() < memory_chips::size)
      return memory_table_in<Chip>(run);
    else
      return table_in<Chip>(run, 0);
  }
};

std::size_t boundary_of(checked_table& t, gl space, u32 address) {
  for (std::size_t i = 0; i < t.main.height(); ++i) {
    const auto r = row_at<boundary_chip>(t, i);
    if (r.is_real == gl(1u) && r.space == space && r.address == gl(address)) return i;
  }
  FAIL("no such cell");
  return 0;
}
std::size_t free_row(const checked_table& t) {
  std::size_t row = 0;
  while (!t.main.at(row, 0).is_zero()) ++row;
  return row;
}

}  // namespace

TEST_CASE("copy: sources are read before anything is written", "[chips][forged]") {
  calls_run c;
  // given: the copy done word by word, each reading what the one before it wrote
  const auto one_by_one = [&](bool honest_links) {
    return c.after<copy_chip>(0, 0, 4, [&](copy_row* r) {
      for (unsigned i = 1; i < 4; ++i) {
        r[i].value = r[0].value;
        if (honest_links) continue;
        r[i].from_link = link_of(r[i].time, r[i].time + gl(1u));
        r[i - 1].to_link = link_of(r[i].time + gl(1u), r[i].from_link.previous);
      }
    });
  };
  CHECK(one_by_one(true) == "bus memory");
  CHECK(one_by_one(false) == "copy: lookup byte_pair");
  // and a read that looks like the past by the length of the field
  CHECK(c.after<copy_chip>(0, 1, 1, [](copy_row* r) {
    r->from_link = {r->time + gl(1u), gl() - gl(2u)};
  }) == "copy: lookup range16");
}

TEST_CASE("copy and read: as many words as asked for, one after another", "[chips][forged]") {
  calls_run c;
  const auto constraint = "copy: constraint";
  CHECK(c.after<copy_chip>(0, 3, 1, [](copy_row* r) { *r = {}; }) == constraint);
  CHECK(c.after<copy_chip>(0, 2, 2, [](copy_row* r) {  // the last word dropped
    r[0].is_last = gl(1u);
    r[1] = {};
  }) == constraint);
  CHECK(c.after<copy_chip>(0, 2, 2, [](copy_row* r) {  // and the count made to fit the end
    r[0].is_last = r[0].remaining = gl(1u);
    r[1] = {};
  }) == constraint);
  CHECK(c.after<copy_chip>(0, 0, 4, [](copy_row* r) {  // or the beginning: the guest's a2 differs
    for (unsigned i = 0; i < 3; ++i) r[i].remaining = gl(3 - i);
    r[2].is_last = gl(1u);
    r[3] = {};
  }) == "bus memory");
  for (auto step : {&copy_row::to, &copy_row::from, &copy_row::time, &copy_row::remaining})
    CHECK(c.after<copy_chip>(0, 2, 1, [&](copy_row* r) { r->*step += gl(4u); }) == constraint);
  CHECK(c.after<copy_chip>(0, 1, 1, [](copy_row* r) { r->is_first = gl(1u); }) == constraint);
  CHECK(c.after<copy_chip>(0, 0, 1, [](copy_row* r) { r->is_first = gl(); }) == constraint);
  for (const gl flag : {gl(2u), gl(2u).inverse(), -gl(1u)})
    for (auto which : {&copy_row::is_real, &copy_row::is_first, &copy_row::is_last})
      CHECK(c.after<copy_chip>(0, 0, 1, [&](copy_row* r) { r->*which = flag; }) == constraint);
  // a second call as the continuation of the first
  CHECK(c.after<copy_chip>(0, 3, 3, [](copy_row* r) {
    r[0].is_last = r[1].is_first = gl();
    r[1].time = r[2].time = r[0].time;
  }) == constraint);

  CHECK(c.after<read_chip>(0, 4, 1, [](read_row* r) { *r = {}; }) == "read: constraint");
  CHECK(c.after<read_chip>(0, 4, 1, [](read_row* r) { r->value += two32; }) ==
        "read: lookup range16");
  CHECK(c.after<read_chip>(0, 2, 1, [](read_row* r) { r->to += gl(4u); }) == "read: constraint");
  CHECK(c.after<read_chip>(0, 2, 1, [](read_row* r) { r->is_last = gl(1u); }) ==
        "read: constraint");
  // one row more, where the table has room: written after the end, with the count below zero
  CHECK(c.after<read_chip>(0, 4, 2, [](read_row* r) {
    r[0].is_last = gl();
    r[1] = r[0];
    r[1].to += gl(4u);
    r[1].remaining = gl();
    r[1].is_last = gl(1u);
  }) == "read: constraint");
}

TEST_CASE("copy and read: the end of the table cuts no call", "[chips][forged]") {
  calls_run c;
  // given: a read that goes on to the last row of its table and never ends
  auto& t = table_in<read_chip>(c.run, 0);
  for (std::size_t i = 0; i < t.main.height(); ++i) {
    read_row r = row_at<read_chip>(t, 0);
    r.is_first = gl(u32{i == 0});
    r.is_last = gl();
    r.to += gl(4 * i);
    r.remaining = r.remaining - gl(i);
    put_row<read_chip>(t, i, r);
  }
  CHECK(c.outcome() == "read: constraint");
  stark::row_check row;
  for (std::size_t i = 0; i < t.main.height(); ++i) {
    row.clear();
    check_table_row(t, i, row);
    CHECK(row.violated.empty() == (i + 1 < t.main.height()));
  }
}

TEST_CASE("commit: eight words from one place, once", "[chips][forged]") {
  calls_run c;
  const auto constraint = "commit: constraint";
  for (unsigned i = 0; i < 8; ++i) {
    CHECK(c.after<commit_chip>(0, i, 1, [](commit_row* r) { r->is_real = gl(); }) == constraint);
    CHECK(c.after<commit_chip>(0, i, 1, [](commit_row* r) { r->from += gl(4u); }) == constraint);
    CHECK(c.after<commit_chip>(0, i, 1, [](commit_row* r) { r->time += gl(4u); }) == constraint);
    CHECK(c.after<commit_chip>(0, i, 1, [](commit_row* r) { r->value += gl(1u); }) == "bus memory");
    if (i != 0)
      CHECK(c.after<commit_chip>(0, i, 1, [](commit_row* r) { r->is_first = gl(1u); }) ==
            constraint);
  }
  CHECK(c.after<commit_chip>(0, 0, 1, [](commit_row* r) { r->is_first = gl(); }) == constraint);
  // from another place than a0 says, in all rows
  CHECK(c.after<commit_chip>(0, 0, 8, [](commit_row* r) {
    for (unsigned i = 0; i < 8; ++i) r[i].from += gl(0x100u);
  }) == "bus memory");
  // again, in the rows behind
  CHECK(c.after<commit_chip>(0, 0, 16, [](commit_row* r) { std::copy(r, r + 8, r + 8); }) ==
        constraint);
  // again, in another segment: nobody takes a second output
  c.reset();
  std::vector<bus_message> output;
  for (std::size_t times = 0; times < 2; ++times)
    table_verdict(table_in<commit_chip>(c.run, 0), c.program, output);
  table_verdict(memory_table_in<output_chip>(c.run), c.program, output);
  std::erase_if(output, [](const auto& m) { return m.on != bus::output; });
  const auto failure = balance(output);
  REQUIRE(failure);
  CHECK(failure->excess.multiplicity == gl(1u));
}

TEST_CASE("boundary: a segment cannot be its own past, nor two each other's", "[chips][forged]") {
  calls_run c(6);
  REQUIRE(c.honest.segments.size() >= 3);
  // given: a cell made of nothing, taken from this very segment: on the global bus the row cancels
  const auto conjure = [&](std::size_t segment, gl previous, gl value) {
    auto& t = table_in<boundary_chip>(c.run, segment);
    boundary_row r{};
    r.is_real = gl(1u);
    r.space = ram_space;
    r.address = gl(0x8000u);
    r.initial = r.final = value;
    r.previous_segment = previous;
    put_row<boundary_chip>(t, free_row(t), r);
  };
  for (std::size_t segment : {0u, 1u, 2u}) {
    c.reset();
    conjure(segment, gl(segment + 1), gl(1234u));
    CHECK(c.outcome() == "boundary: lookup range16");
    CHECK(check_run(c.run) != "");
  }
  // given: two segments that take the cell from each other
  c.reset();
  conjure(0, gl(2u), gl(99u));
  conjure(1, gl(1u), gl(99u));
  CHECK(c.outcome() == "boundary: lookup range16");
  // given: one after the other, from a segment that does not exist or the start
  for (const gl previous : {gl(), gl(7u), -gl(1u)}) {
    c.reset();
    conjure(1, previous, gl(99u));
    CHECK(c.outcome() != "");
  }
}

TEST_CASE("boundary: a cell starts where it was left and ends as last written", "[chips][forged]") {
  calls_run c(6);
  const std::size_t segment = c.honest.segments.size() - 1;
  auto& t = table_in<boundary_chip>(c.run, segment);
  const std::size_t row = boundary_of(t, ram_space, 0x200);
  const auto after = [&](const auto& change) {
    return c.after<boundary_chip>(segment, row, 1, change);
  };
  CHECK(after([](boundary_row* r) { r->initial += gl(1u); }) == "bus memory");
  CHECK(after([](boundary_row* r) { r->initial = r->final = r->final + gl(1u); }) == "bus memory");
  CHECK(after([](boundary_row* r) { r->last_time -= gl(1u); }) == "bus memory");
  CHECK(after([](boundary_row* r) { r->last_time = gl(); }) == "bus memory");
  CHECK(after([](boundary_row* r) { r->previous_segment = gl(); }) == "bus cell");
  CHECK(after([](boundary_row* r) { r->address += gl(0x8000u); }) == "bus memory");
  CHECK(after([](boundary_row* r) { *r = {}; }) == "bus memory");
  CHECK(after([](boundary_row* r) { r->is_real = gl(2u); }) == "boundary: constraint");
  // a register from what a word of RAM holds, and one that does not exist
  CHECK(after([](boundary_row* r) { r->space = register_space; }) == "bus memory");
  c.reset();
  auto& first = table_in<boundary_chip>(c.run, 0);
  boundary_row extra{};
  extra.is_real = gl(1u);
  extra.address = gl(33u);
  put_row<boundary_chip>(first, free_row(first), extra);
  CHECK(c.outcome() == "bus cell");
  // RAM beyond its end, and between two words
  for (u32 address : {u32{1} << 16, 0x8002u}) {
    c.reset();
    extra.space = ram_space;
    extra.address = gl(address);
    put_row<boundary_chip>(table_in<boundary_chip>(c.run, 0),
                           free_row(table_in<boundary_chip>(c.run, 0)), extra);
    CHECK(c.outcome() == "bus cell");
  }
}

TEST_CASE("boundary: a value changes between segments only where one wrote it", "[chips][forged]") {
  calls_run c(6);
  // given: a segment reads another value at 0x100 than the image's, in every row that uses it
  for (std::size_t s = 0; s < c.run.segments.size(); ++s) {
    auto& words = table_in<word_chip>(c.run, s);
    for (std::size_t i = 0; i < words.main.height(); ++i) {
      auto r = row_at<word_chip>(words, i);
      if (r.is_load != gl(1u) || r.imm != gl(0x100u)) continue;
      r.ram_old = r.moved = gl(8u);
      put_row<word_chip>(words, i, r);
      auto& t = table_in<boundary_chip>(c.run, s);
      const std::size_t at = boundary_of(t, ram_space, 0x100);
      auto b = row_at<boundary_chip>(t, at);
      b.initial = b.final = gl(8u);
      put_row<boundary_chip>(t, at, b);
      const std::size_t reg = boundary_of(t, register_space, 5);
      b = row_at<boundary_chip>(t, reg);
      if (b.final == gl(7u)) b.final = gl(8u);
      put_row<boundary_chip>(t, reg, b);
    }
  }
  CHECK(c.outcome() != "");
}

TEST_CASE("ram: every word once, within RAM, zero where the image has none", "[chips][forged]") {
  calls_run c;
  constexpr auto memory = calls_run::memory;
  const auto constraint = "ram: constraint";
  auto& t = memory_table_in<ram_chip>(c.run);
  const std::size_t rows = free_row(t);
  REQUIRE(row_at<ram_chip>(t, 0).is_image == gl(1u));
  REQUIRE(row_at<ram_chip>(t, 2).is_image == gl());
  const auto after = [&](std::size_t first, std::size_t count, const auto& change) {
    return c.after<ram_chip>(memory, first, count, change);
  };
  CHECK(after(2, 1, [](ram_row* r) { r->initial = gl(5u); }) == constraint);
  CHECK(after(0, 1, [](ram_row* r) { r->initial += gl(1u); }) == "bus image");
  CHECK(after(0, 1, [](ram_row* r) { r->is_image = r->initial = gl(); }) == "bus image");
  CHECK(after(2, 1, [](ram_row* r) { r->is_image = gl(1u); }) == "bus image");
  CHECK(after(0, 1, [](ram_row* r) { r->is_image = gl(2u).inverse(); }) == constraint);
  // a row left out, with the distance of the next one adjusted or not
  CHECK(after(2, 1, [](ram_row* r) { *r = {}; }) == constraint);
  CHECK(after(rows - 1, 1, [](ram_row* r) { *r = {}; }) == "bus cell");
  // the same word twice, and two words in falling order: the distance is no word
  for (const gl step : {gl(), -gl(1u)})
    CHECK(after(rows - 1, 2, [&](ram_row* r) {
            r[1] = r[0];
            r[1].index += step;
            r[1].gap = step - gl(1u);
            r[1].gap_low = gl(r[1].gap.value() & 0xffff);
            r[1].room_low = gl((gl((1u << 14) - 1) - r[1].index).value() & 0xffff);
          }) == "ram: lookup range16");
  // beyond RAM, and before its first word
  for (const gl index : {gl(1u << 14), gl(u64{1} << 30), -gl(1u), gl(4u).inverse()})
    CHECK(after(rows - 1, 2, [&](ram_row* r) {
            r[1] = {};
            r[1].is_real = gl(1u);
            r[1].index = index;
            r[1].gap = index - r[0].index - gl(1u);
            r[1].gap_low = gl(r[1].gap.value() & 0xffff);
            r[1].room_low = gl((gl((1u << 14) - 1) - index).value() & 0xffff);
          }) == "ram: lookup range16");
  // the first row's distance is its index
  CHECK(after(0, 1, [](ram_row* r) { r->gap += gl(1u); }) == constraint);
  // what is left at the end is what the last segment left
  CHECK(after(2, 1, [](ram_row* r) { r->final += gl(1u); }) == "bus cell");
  CHECK(after(2, 1, [](ram_row* r) { r->last_segment = gl(); }) == "bus cell");
}

TEST_CASE("image: registers end as the last segment left them", "[chips][forged]") {
  calls_run c;
  const std::size_t first = c.program.image.size();
  for (u32 i = 0; i < riscv::register_count; ++i) {
    CHECK(c.after<image_chip>(calls_run::memory, first + i, 1,
                              [](image_row* r) { r->final += gl(1u); }) == "bus cell");
    CHECK(c.after<image_chip>(calls_run::memory, first + i, 1,
                              [](image_row* r) { r->last_segment += gl(1u); }) == "bus cell");
  }
  // They start at zero, in segment 0, by the description: no cell of the row is sent at the start.
  checked_table t = memory_table_in<image_chip>(c.run);
  for (std::size_t i = 0; i < t.main.height(); ++i)
    for (std::size_t j = 0; j < t.main.width(); ++j) t.main.at(i, j) = gl(77u);
  std::vector<bus_message> messages;
  REQUIRE(table_verdict(t, c.program, messages) == "");
  u32 starts = 0;
  for (const auto& m : messages)
    if (m.on == bus::cell && m.multiplicity == gl(1u)) {
      ++starts;
      CHECK(m.tuple[0] == register_space);
      CHECK(m.tuple[2] == gl());
      CHECK(m.tuple[3] == gl());
    }
  CHECK(starts == riscv::register_count);
}

TEST_CASE("system: an ecall does what its number says", "[chips][forged]") {
  calls_run c;
  using system_row = row_of<system_chip>;
  const auto after = [&](std::size_t row, const auto& change) {
    return c.after<system_chip>(0, row, 1, change);
  };
  REQUIRE(row_at<system_chip>(table_in<system_chip>(c.run, 0), 0).number == gl(1u));
  CHECK(after(0, [](system_row* r) { r->number = gl(19u); }) == "bus memory");
  CHECK(after(0, [](system_row* r) {  // a call taken for the halt
          r->is_call = gl();
          r->is_halt = gl(1u);
        }) == "system: constraint");
  CHECK(after(0, [](system_row* r) {  // the halt of a number that is another's
          r->is_call = gl();
          r->is_halt = gl(1u);
          r->number = gl();
          r->status_link = link_of(r->time, gl());
        }) == "bus execution");
  CHECK(after(0, [](system_row* r) { *r = {}; }) == "bus execution");
}

TEST_CASE("an odd halfword and a misaligned store have no row", "[chips][forged]") {
  using enum riscv::operation;
  for (const auto& [op, address] : {std::pair{sh, 0x101u},
                                    {sh, 0x103u},
                                    {lh, 0x101u},
                                    {lhu, 0x103u},
                                    {sw, 0x102u},
                                    {lw, 0x101u}}) {
    // given: the aligned program's tables, and the misaligned one's program
    program_writer w;
    w.program.image = {{0x100, 0x04030201}};
    w.emit(op, op == sh || op == sw ? 32 : 3, 0, op == sh || op == sw ? 5 : 0, 0x100);
    riscv::program p = w.finish();
    run_tables run = run_and_fill(p);
    REQUIRE(verdict(run, p) == "");
    p.code[0].imm = address;
    // when: the row says so too, with any part, carry and offset
    if (op == sw || op == lw) {
      auto& t = table_in<word_chip>(run, 0);
      auto r = row_at<word_chip>(t, 0);
      r.imm = gl(address);
      put_row<word_chip>(t, 0, r);
      CHECK(verdict(run, p) == "bus memory");
      continue;
    }
    auto& t = table_in<sub_word_chip>(run, 0);
    const auto honest = row_at<sub_word_chip>(t, 0);
    for (u32 at = 0; at < 6; ++at) {
      auto r = honest;
      r.imm = gl(address);
      for (unsigned i = 0; i < 4; ++i) r.byte[i] = gl(u32{at == i});
      for (unsigned i = 0; i < 2; ++i) r.half[i] = gl(u32{at == 4 + i});
      if (op != sh) {
        r.part[0] = r.ram[at < 4 ? at : 2 * (at - 4)];
        r.part[1] = at < 4 ? gl() : r.ram[2 * (at - 4) + 1];
        r.reg_new = r.part[0] + r.part[1] * gl(256u);
        r.top = at < 4 ? r.part[0] * gl(256u) : r.reg_new;
      }
      put_row<sub_word_chip>(t, 0, r);
      CHECK(verdict(run, p) != "");
    }
  }
}

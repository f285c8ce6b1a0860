#include "test/unit/chips/mutation.hpp"

#include <iostream>
#include <set>

#include <catch2/catch.hpp>

using namespace ashlar;
using namespace ashlar::stark;
using namespace ashlar::test;
using riscv::operation;

namespace {

// Every operation, over operands that reach every branch of every chip, in three segments.
riscv::program everything() {
  using enum operation;
  program_writer w;
  w.program.image = {{0x100, 0x80ff7f01}, {0x104, 0xdeadbeef}};
  for (u32 i = 0; i < 12; ++i) w.program.image.push_back({0x280 + 4 * i, 0x9e3779b9u * (i + 1)});
  const std::pair<u32, u32> pairs[] = {{7, 3}, {0x80000000, 0xffffffff}, {0xfffffff9, 2},
                                       {5, 0}, {5, 0xfffffffd},          {0x80000005, 0x80000005}};
  for (const auto& [a, b] : pairs) {
    w.load_immediate(1, a).load_immediate(2, b);
    for (operation o : {add, sub, xor_, or_, and_, sll, srl, sra, slt, sltu, mul, mulh, mulhsu,
                        mulhu, div, divu, rem, remu})
      w.emit(o, 3, 1, 2);
    w.emit(xor_, 3, 1, 0, b).emit(slt, 3, 1, 0, b).emit(sra, 3, 1, 0, 3);
    for (operation o : {beq, bne, blt, bge, bltu, bgeu}) {
      w.emit(o, 32, 1, 2, w.pc() + 8);
      w.emit(add, 32, 0, 0, 0);
    }
  }
  w.emit(jal, 1, 0, 0, w.pc() + 4);
  w.load_immediate(5, w.pc() + 9).emit(jalr, 6, 5, 0, 0);
  w.load_immediate(5, w.pc() + 8 + 100).emit(jalr, 6, 5, 0, -100u);
  w.load_immediate(1, 0x140).load_immediate(2, 0xa1b2c3d4);
  for (u32 imm : {-0x40u, 0x0u}) {
    for (operation o : {lb, lbu})
      for (u32 k : {0u, 1u, 2u, 3u}) w.emit(o, 3, 1, 0, imm + k);
    for (operation o : {lh, lhu})
      for (u32 k : {0u, 2u}) w.emit(o, 3, 1, 0, imm + k);
    for (u32 k : {0u, 1u, 2u, 3u}) w.emit(sb, 32, 1, 2, imm + k);
    for (u32 k : {0u, 2u}) w.emit(sh, 32, 1, 2, imm + k);
    w.emit(lw, 3, 1, 0, imm).emit(sw, 32, 1, 2, imm + 4);
  }
  w.call(riscv::ecall::read, {0x200, 3}).call(riscv::ecall::read, {0x200, 1});
  w.call(riscv::ecall::copy_words, {0x204, 0x200, 4});
  w.call(riscv::ecall::copy_words, {0x208, 0x200, 1});
  w.call(riscv::ecall::mod256_mul_add, {0x220, 0x200, 0x100, 0x120, 0x200});
  w.call(riscv::ecall::mod256_mul_add, {0x240, 0x220, 0x208, 0x140, 0x2c0});
  w.call(riscv::ecall::mod384_mul_add, {0x240, 0x280, 0x120, 0x200, 0x280});
  w.call(riscv::ecall::mod384_mul_add, {0x220, 0x290, 0x220, 0x288, 0x27c});
  w.call(riscv::ecall::blake3_compress, {0x200, 0x280, 0x270, 5, 64 | 11 << 8});
  w.call(riscv::ecall::keccak_f1600, {0x204});
  return w.finish(0x200);
}

run_tables everything_run() {
  const u32 input[] = {0xffffffff, 1, 0x80000000, 17};
  riscv::segment_limits limits;
  limits.cycles = 130;
  return run_and_fill(everything(), input, limits);
}

// The calls that hash proofs, in two segments: rows of one block, of several, of blocks that are
// full and that are not; operands that are not canonical, zero, or each other.
run_tables hashing_run() {
  program_writer w;
  for (u32 i = 0; i < 40; ++i)
    w.program.image.push_back({0x100 + 4 * i, i % 7 == 1 ? ~0u : 0x9e3779b9u * (i + 1)});
  for (const auto& [n, each] : {std::pair{1u, 8u}, {8u, 8u}, {21u, 8u}, {7u, 3u}, {2u, 1u}})
    w.call(riscv::ecall::open_row, {0x200, 0x100, n, each});
  w.call(riscv::ecall::open_row, {0x100, 0x108, 5, 2});
  w.call(riscv::ecall::climb, {0x130, 1, 1, 77}).call(riscv::ecall::climb, {0x500, 10, 4, 0});
  w.call(riscv::ecall::absorb, {0x300, 0x100}).call(riscv::ecall::absorb, {0x300, 0x300});
  w.call(riscv::ecall::absorb, {0x400, 0x600});
  w.call(riscv::ecall::ext3_mul_add, {0x200, 0x200, 0x100, 0x204});
  w.call(riscv::ecall::ext3_mul_add, {0x220, 0x100, 0x100, 0x2c0});
  w.call(riscv::ecall::ext3_mul_add, {0x260, 0x130, 0x138, 0x140});
  std::vector<u32> input;
  for (u32 i = 0; i < 200; ++i) input.push_back(i % 5 == 0 ? 0 : 0x85ebca6bu * (i + 3));
  riscv::segment_limits limits;
  limits.hash_operands = 100;
  return run_and_fill(w.finish(0x300), input, limits, machine_kind::recursion);
}

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
  auto run = everything_run();
  REQUIRE(check_run(run) == "");
  REQUIRE(run.segments.size() >= 3);
  mutation_run mutations(20261122);
  for (auto& part : run.parts)
    for (auto& table : part) {
      // Fetches and lookups repeat from segment to segment; the tables are mutated in the last.
      if (&part != &run.parts[run.segments.size() - 1] && table.main.height() > 2048) continue;
      mutations.mutate(table, rows_of(table));
    }

  auto hashing = hashing_run();
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
  move_rows(everything_run());
  move_rows(hashing_run());
}

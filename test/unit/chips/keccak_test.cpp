#include <functional>

#include <catch2/catch.hpp>

#include "test/unit/chips/forgery.hpp"

// Forgeries of keccak-f[1600]. Its three tables are judged by themselves: their constraints, their
// look-ups, and the words that go between them. Memory and range tables would mostly refuse a
// forgery too; here they are not asked.

using namespace ashlar;
using namespace ashlar::stark;
using namespace ashlar::test;

namespace {

using call_row = keccak_chip::columns<gl>;
using sheet_row = keccak_sheets_chip::columns<gl>;
using plane_row = keccak_planes_chip::columns<gl>;

constexpr std::size_t call_rows = 50, sheet_rows = 5, plane_rows = 10;
constexpr std::size_t sheets_of_call = 24 * sheet_rows, planes_of_call = 24 * plane_rows;

// No row of these tables fetches an instruction, so the program does not matter.
const riscv::program no_program;

// The tables of two calls in one segment, on different states.
struct keccak_tables {
  checked_table call, sheets, planes;

  keccak_tables() {
    program_writer w;
    for (u32 i = 0; i < 50; ++i) {
      w.program.image.push_back({0x100 + 4 * i, 0x9e3779b9u * (i + 1)});
      w.program.image.push_back({0x1000 + 4 * i, 0x85ebca6bu * (i + 7)});
    }
    std::sort(w.program.image.begin(), w.program.image.end(),
              [](const auto& a, const auto& b) { return a.address < b.address; });
    w.program.base = w.program.entry = 0x20000;
    w.call(riscv::ecall::keccak_f1600, {0x100}).call(riscv::ecall::keccak_f1600, {0x1000});
    auto run = run_and_fill(w.finish(0x100));
    REQUIRE(run.segments.size() == 1);
    call = std::move(run.parts[0][execution_chips::place<keccak_chip>()]);
    sheets = std::move(run.parts[0][execution_chips::place<keccak_sheets_chip>()]);
    planes = std::move(run.parts[0][execution_chips::place<keccak_planes_chip>()]);
  }

  /// What refuses the tables: a chip and its constraint, or a bus; empty where nothing does.
  std::string refusal() const {
    std::vector<bus_message> words;
    row_check out;
    for (const auto* t : {&call, &sheets, &planes})
      for (std::size_t row = 0; row < t->main.height(); ++row) {
        out.clear();
        check_table_row(*t, row, out);
        if (!out.violated.empty()) return std::string(t->chip->name);
        for (const auto& m : out.messages) {
          if (is_lookup(m.on) && !in_tables(m, no_program)) return std::string(name_of(m.on));
          if (m.on == bus::keccak_state || m.on == bus::keccak_moved) words.push_back(m);
        }
      }
    const auto failure = balance(words);
    return failure ? std::string(name_of(failure->excess.on)) : std::string();
  }

  call_row& word(u32 which, u32 i) { return row<call_row>(call, which * call_rows + i); }
  sheet_row& sheet(u32 which, u32 round, u32 x) {
    return row<sheet_row>(sheets, which * sheets_of_call + round * sheet_rows + x);
  }
  plane_row& plane(u32 which, u32 round, u32 y, u32 half) {
    return row<plane_row>(planes, which * planes_of_call + round * plane_rows + 2 * y + half);
  }
  /// Writes back what `row` gave out.
  void keep() {
    for (const auto& k : kept_) k();
    kept_.clear();
  }

 private:
  template <class Row>
  Row& row(checked_table& t, std::size_t at) {
    auto copy = std::make_shared<std::vector<gl>>();
    for (std::size_t j = 0; j < t.main.width(); ++j) copy->push_back(t.main.at(at, j));
    kept_.push_back([&t, at, copy] {
      for (std::size_t j = 0; j < t.main.width(); ++j) t.main.at(at, j) = (*copy)[j];
    });
    return *reinterpret_cast<Row*>(copy->data());
  }
  std::vector<std::function<void()>> kept_;
};

void clear(checked_table& t, std::size_t from, std::size_t count) {
  for (std::size_t i = from; i < from + count; ++i)
    for (std::size_t j = 0; j < t.main.width(); ++j) t.main.at(i, j) = {};
}

void copy_rows(checked_table& t, std::size_t from, std::size_t to, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j < t.main.width(); ++j) t.main.at(to + i, j) = t.main.at(from + i, j);
}

const keccak_tables& honest() {
  static const keccak_tables t;
  return t;
}

std::string refusal_of(const std::function<void(keccak_tables&)>& forge) {
  const keccak_tables& from = honest();
  keccak_tables t(from);
  forge(t);
  t.keep();
  return t.refusal();
}

}  // namespace

TEST_CASE("keccak's tables of two calls check by themselves", "[chips][keccak]") {
  CHECK(honest().refusal() == "");
}

TEST_CASE("words of one keccak call cannot be given to another", "[chips][keccak]") {
  // its results
  CHECK(refusal_of([](auto& t) { std::swap(t.word(0, 3).value, t.word(1, 3).value); }) ==
        "keccak_state");
  // its operands
  CHECK(refusal_of([](auto& t) { std::swap(t.word(0, 3).old, t.word(1, 3).old); }) ==
        "keccak_state");
  // all that one leaves
  CHECK(refusal_of([](auto& t) {
          for (u32 i = 0; i < 50; ++i) std::swap(t.word(0, i).value, t.word(1, i).value);
        }) == "keccak_state");
  // words of one result among themselves
  CHECK(refusal_of([](auto& t) { std::swap(t.word(0, 3).value, t.word(0, 4).value); }) ==
        "keccak_state");
  // a group of sheets, in the middle of both
  CHECK(refusal_of([](auto& t) {
          for (u32 x = 0; x < 5; ++x) std::swap(t.sheet(0, 9, x).time, t.sheet(1, 9, x).time);
        }) == "keccak_state");
  // rows of planes
  CHECK(refusal_of([](auto& t) {
          std::swap(t.plane(0, 9, 2, 1).time, t.plane(1, 9, 2, 1).time);
        }) == "keccak_state");
}

TEST_CASE("a group of sheets is five of one call and round", "[chips][keccak]") {
  // a sheet of another call, and of another round
  for (const auto& [which, round] : {std::pair{1u, 4u}, {0u, 5u}})
    CHECK(refusal_of([&, w = which, n = round](auto& t) {
            std::swap(t.sheet(0, 4, 2), t.sheet(w, n, 2));
          }) == "keccak_sheets");
  // another order, and a sheet twice
  CHECK(refusal_of([](auto& t) { std::swap(t.sheet(0, 4, 2), t.sheet(0, 4, 3)); }) ==
        "keccak_sheets");
  CHECK(refusal_of([](auto& t) { t.sheet(0, 4, 2) = t.sheet(0, 4, 1); }) == "keccak_sheets");
  // a group without its first or its last sheet
  CHECK(refusal_of([](auto& t) { t.sheet(0, 0, 0) = {}; }) == "keccak_sheets");
  CHECK(refusal_of([](auto& t) { t.sheet(1, 23, 4) = {}; }) == "keccak_sheets");
  // one that the ends of the table cut
  CHECK(refusal_of([](auto& t) {
          const auto whole = t.sheets.main;
          const std::size_t height = whole.height();
          for (std::size_t i = 0; i < height; ++i)
            for (std::size_t j = 0; j < whole.width(); ++j)
              t.sheets.main.at(i, j) = whole.at((i + 2) % height, j);
        }) == "keccak_sheets");
  // another parity than the others of the group say, with all that follows from it
  CHECK(refusal_of([](auto& t) { t.sheet(0, 4, 2).parity[0][1] += gl(1u); }) == "keccak_sheets");
  CHECK(refusal_of([](auto& t) {
          for (u32 x = 0; x < 5; ++x) t.sheet(0, 4, x).parity[0][1] += gl(1u);
        }) == "keccak_sheets");
  // two sheets in one row
  CHECK(refusal_of([](auto& t) { t.sheet(0, 4, 4).sheet[0] = gl(1u); }) == "keccak_sheets");
}

TEST_CASE("keccak's rounds are 24, each once", "[chips][keccak]") {
  const auto leave_out = [](keccak_tables& t, u32 round) {
    clear(t.sheets, round * sheet_rows, sheet_rows);
    clear(t.planes, round * plane_rows, plane_rows);
  };
  for (const u32 round : {0u, 7u, 23u})
    CHECK(refusal_of([&](auto& t) { leave_out(t, round); }) == "keccak_state");
  // one left out, those behind it moved up
  CHECK(refusal_of([&](auto& t) {
          leave_out(t, 7);
          for (u32 n = 8; n < 24; ++n) {
            for (u32 x = 0; x < 5; ++x) t.sheet(0, n, x).round -= gl(1u);
            for (u32 i = 0; i < 10; ++i) {
              plane_row& r = t.plane(0, n, i / 2, i % 2);
              r.round -= gl(1u);
              if (i < 2)
                for (u32 h = 0; h < 2; ++h)
                  r.constant[h] = gl(keccak::constants[n - 1] >> (32 * h) & 0xffffffff);
            }
          }
        }) == "keccak_planes");
  // one doubled
  CHECK(refusal_of([](auto& t) {
          copy_rows(t.sheets, 7 * sheet_rows, 2 * sheets_of_call, sheet_rows);
          copy_rows(t.planes, 7 * plane_rows, 2 * planes_of_call, plane_rows);
        }) == "keccak_state");
  // one at a round that is none
  for (const gl other : {gl(24u), -gl(1u), gl(2u).inverse()})
    CHECK(refusal_of([&](auto& t) {
            for (u32 x = 0; x < 5; ++x) t.sheet(0, 7, x).round = other;
            for (u32 i = 2; i < 10; ++i) t.plane(0, 7, i / 2, i % 2).round = other;
          }) == "keccak_state");
  CHECK(refusal_of([](auto& t) { t.plane(0, 23, 0, 0).round = gl(24u); }) == "keccak_round");
}

TEST_CASE("a keccak call has its rounds, and rounds have a call", "[chips][keccak]") {
  CHECK(refusal_of([](auto& t) {
          clear(t.sheets, sheets_of_call, sheets_of_call);
          clear(t.planes, planes_of_call, planes_of_call);
        }) == "keccak_state");
  CHECK(refusal_of([](auto& t) { clear(t.call, call_rows, call_rows); }) == "keccak_state");
  // a call of fewer words, of more, and one cut short
  CHECK(refusal_of([](auto& t) { clear(t.call, call_rows + 49, 1); }) == "keccak");
  CHECK(refusal_of([](auto& t) {
          for (u32 i = 0; i < 50; ++i) t.word(1, i).remaining += gl(1u);
        }) == "keccak");
  CHECK(refusal_of([](auto& t) {
          clear(t.call, 2 * call_rows - 1, 1);
          t.word(1, 48).is_last = gl(1u);
        }) == "keccak");
  CHECK(refusal_of([](auto& t) { t.word(1, 0).is_first = gl(); }) == "keccak");
  CHECK(refusal_of([](auto& t) { t.word(0, 9).to += gl(4u); }) == "keccak");
}

TEST_CASE("keccak's iota adds the round's constant, to lane (0, 0) alone", "[chips][keccak]") {
  const auto with_constant = [](plane_row& r, u64 constant) {
    const u32 half = static_cast<u32>(r.is_upper.value());
    for (u32 h = 0; h < 2; ++h) r.constant[h] = gl(constant >> (32 * h) & 0xffffffff);
    for (u32 i = 0; i < 3; ++i) {
      const u32 place = keccak_planes_chip::changed[i];
      const u64 byte = constant >> (32 * half + 8 * place) & 255;
      r.added[i] = gl(byte);
      r.sum[i] = gl(byte ^ r.out[0][place].value());
    }
  };
  for (const u64 constant : {keccak::constants[6], u64{0}, keccak::constants[5] ^ 1})
    CHECK(refusal_of([&](auto& t) { with_constant(t.plane(0, 5, 0, 0), constant); }) ==
          "keccak_round");
  CHECK(refusal_of([&](auto& t) { with_constant(t.plane(0, 5, 1, 0), keccak::constants[5]); }) ==
        "keccak_planes");
  // none added, the constants being right
  CHECK(refusal_of([](auto& t) {
          plane_row& r = t.plane(0, 1, 0, 0);
          for (u32 i = 0; i < 3; ++i) {
            r.added[i] = gl();
            r.sum[i] = r.out[0][keccak_planes_chip::changed[i]];
          }
        }) == "keccak_planes");
  // the other half's
  CHECK(refusal_of([](auto& t) { t.plane(0, 2, 0, 0).is_upper = gl(1u); }) == "keccak_planes");
  CHECK(refusal_of([](auto& t) { t.plane(0, 2, 1, 0).is_upper = gl(1u); }) == "keccak_state");
}

TEST_CASE("keccak's rotations have one result", "[chips][keccak]") {
  CHECK(refusal_of([](auto& t) {
          sheet_row& r = t.sheet(0, 3, 1);
          r.low[2][0] += two32;
          r.high[2][0] -= gl(1u);
          r.moved[2][1] -= gl(1u);
          r.moved[2][0] += two32;
        }) != "");
  // a quotient beyond 2^31, from a product taken modulo p
  CHECK(refusal_of([](auto& t) {
          sheet_row& r = t.sheet(0, 3, 1);
          const gl all = r.low[2][0] + r.high[2][0] * two32;
          r.low[2][0] = gl();
          r.low_half[2][0] = gl();
          r.high[2][0] = all * two32.inverse();
          r.high_half[2][0] = gl(r.high[2][0].value() & 0xffff);
        }) != "");
  // the parity's top bit
  for (const u32 h : {0u, 1u})
    CHECK(refusal_of([&](auto& t) {
            sheet_row& r = t.sheet(0, 3, 1);
            r.top[h] = gl(1u) - r.top[h];
          }) == "keccak_sheets");
  // lanes of a plane in another order, chi done on them as they then stand
  CHECK(refusal_of([](auto& t) {
          plane_row& r = t.plane(0, 3, 2, 0);
          const plane_row was = r;
          for (u32 x = 0; x < 5; ++x)
            for (u32 i = 0; i < 4; ++i) {
              r.in[x][i] = was.in[(x + 1) % 5][i];
              r.taken[x][i] = was.taken[(x + 1) % 5][i];
              r.out[x][i] = was.out[(x + 1) % 5][i];
            }
          for (u32 i = 0; i < 3; ++i) r.sum[i] = r.out[0][keccak_planes_chip::changed[i]];
        }) == "keccak_state");
}

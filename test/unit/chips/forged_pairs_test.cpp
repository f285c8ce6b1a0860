#include <catch2/catch.hpp>

#include "test/unit/chips/hash_forgery.hpp"

// Operands of the calls that hash: single rows of cell pairs, and whole runs whose rows a dishonest
// prover exchanges between calls.

using namespace ashlar;
using namespace ashlar::stark;
using namespace ashlar::test;

namespace {

using pair_row = row_of<cell_pair_chip>;
const riscv::program no_program;

pair_row any_pair(u32 low, u32 high) {
  pair_row r{};
  r.is_element = gl(1u);
  r.address = gl(0x200u);
  r.time = gl(9u);
  const u32 words[2] = {low, high};
  for (unsigned i = 0; i < 2; ++i) {
    r.word[i] = r.old[i] = gl(words[i]);
    r.low[i] = low16(words[i]);
    r.link[i] = link(9, 3);
  }
  return r;
}
pair_row written(u32 low, u32 high) {
  pair_row r = any_pair(low, high);
  r.is_write = gl(1u);
  r.inverse = (r.word[1] - gl(0xffffffffu)).inverse();
  return r;
}
pair_row arguments(u32 first, u32 second) {
  pair_row r = any_pair(first, second);
  r.is_element = gl();
  r.is_arguments = gl(1u);
  r.address = gl(10u);
  return r;
}

bool holds(const pair_row& r) {
  row_check out;
  return row_holds<cell_pair_chip>(r, pair_row{}, no_program, out);
}
bool sends(const pair_row& r, bus on, gl multiplicity, std::initializer_list<gl> tuple) {
  row_check out;
  REQUIRE(row_holds<cell_pair_chip>(r, pair_row{}, no_program, out));
  bus_message m{on, multiplicity, {}};
  std::copy(tuple.begin(), tuple.end(), m.tuple.begin());
  return std::count_if(out.messages.begin(), out.messages.end(), [&](const auto& x) {
           return x.same_tuple(m) && x.multiplicity == m.multiplicity;
         }) == 1;
}

// Two rows opened at one challenge, two climbs, two absorbs.
riscv::program two_of_each() {
  program_writer w;
  for (u32 i = 0; i < 12; ++i) w.program.image.push_back({0x100 + 4 * i, 0x9e3779b9u * (i + 1)});
  for (const u32 out : {0x200u, 0x240u}) w.call(riscv::ecall::open_row, {out, 0x100, 11, 8});
  for (const u32 node : {0x200u, 0x240u}) w.call(riscv::ecall::climb, {node, 2, 2, 0});
  for (const u32 state : {0x300u, 0x400u}) w.call(riscv::ecall::absorb, {state, 0x200});
  return w.finish(0x300);
}

struct forged_run {
  riscv::program program = two_of_each();
  run_tables run;

  forged_run() {
    std::vector<u32> input;
    for (u32 i = 0; i < 2 * (22 + 16); ++i) input.push_back(0x85ebca6bu * (i + 3));
    run = run_and_fill(program, input, {}, machine_kind::recursion);
    REQUIRE(run.segments.size() == 1);
  }
  template <class Chip>
  std::string with(const std::function<void(checked_table&)>& forge) {
    checked_table& t = table_in<Chip>(run, 0);
    const matrix good = t.main;
    forge(t);
    std::string out = verdict(run, program);
    t.main = good;
    return out;
  }
};

void swap_cells(checked_table& t, std::size_t a, std::size_t b, std::size_t column) {
  std::swap(t.main.at(a, column), t.main.at(b, column));
}

}  // namespace

TEST_CASE("cell pairs: rows of every kind hold, and reach the cells that they name",
          "[chips][forged]") {
  const pair_row read = any_pair(5, 6), write = written(7, 8), args = arguments(1, 2);
  CHECK(sends(read, bus::element, -gl(1u), {gl(0x200u), gl(9u), gl(), gl(5u) + gl(6u) * two32}));
  CHECK(sends(write, bus::element, -gl(1u), {gl(0x200u), gl(9u), gl(1u), gl(7u) + gl(8u) * two32}));
  CHECK(sends(args, bus::arguments, -gl(1u), {gl(10u), gl(9u), gl(1u), gl(2u)}));
  for (const pair_row& r : {read, write}) {
    CHECK(sends(r, bus::memory, gl(1u), {ram_space, gl(0x200u), r.word[0], gl(9u)}));
    CHECK(sends(r, bus::memory, gl(1u), {ram_space, gl(0x204u), r.word[1], gl(9u)}));
  }
  CHECK(sends(args, bus::memory, gl(1u), {register_space, gl(10u), gl(1u), gl(9u)}));
  CHECK(sends(args, bus::memory, gl(1u), {register_space, gl(11u), gl(2u), gl(9u)}));
}

TEST_CASE("cell pairs: what is written has one form, below p", "[chips][forged]") {
  CHECK(holds(written(0, 0xffffffff)));  // p - 1
  // 5 as 5 + p, with any witness
  pair_row r = written(6, 0xffffffff);
  for (const gl inverse : {gl(), gl(1u), -gl(1u), r.word[0].inverse(), gl(0xffffffffu).inverse()}) {
    r.inverse = inverse;
    CHECK_FALSE(holds(r));
  }
  // words beyond 2^32 that make the same element
  r = written(5, 6);
  r.word[0] += two32;
  r.word[1] -= gl(1u);
  CHECK_FALSE(holds(r));
  for (const gl low : {gl(5u) + two32, gl(5u), gl()}) {
    r.low[0] = low;
    CHECK_FALSE(holds(r));
  }
  // the element as its lower word alone
  r = written(5, 6);
  r.word[0] += gl(6u) * two32;
  r.word[1] = r.low[1] = gl();
  r.inverse = (r.word[1] - gl(0xffffffffu)).inverse();
  CHECK_FALSE(holds(r));
}

TEST_CASE("cell pairs: what is read may be any words, and stays", "[chips][forged]") {
  pair_row r = any_pair(6, 0xffffffff);
  CHECK(sends(r, bus::element, -gl(1u), {gl(0x200u), gl(9u), gl(), gl(5u)}));
  CHECK(holds(any_pair(~0u, ~0u)));
  for (unsigned i = 0; i < 2; ++i) {
    r = any_pair(5, 6);
    r.word[i] += gl(1u);
    r.low[i] += gl(1u);
    CHECK_FALSE(holds(r));
    r = arguments(5, 6);
    r.word[i] += gl(1u);
    r.low[i] += gl(1u);
    CHECK_FALSE(holds(r));
    // a register that a call writes
    r.is_write = gl(1u);
    r.inverse = (r.word[1] - gl(0xffffffffu)).inverse();
    CHECK_FALSE(holds(r));
  }
}

TEST_CASE("cell pairs: a row is of one kind, after the accesses before it", "[chips][forged]") {
  pair_row r = any_pair(5, 6);
  r.is_arguments = gl(1u);
  CHECK_FALSE(holds(r));
  r = arguments(5, 6);
  r.is_element = gl(2u).inverse();
  r.is_arguments = gl(2u).inverse();
  CHECK_FALSE(holds(r));
  for (const gl flag : {gl(2u), -gl(1u)}) {
    r = any_pair(5, 6);
    r.is_element = flag;
    CHECK_FALSE(holds(r));
    r = written(5, 6);
    r.is_write = flag;
    CHECK_FALSE(holds(r));
  }
  for (unsigned i = 0; i < 2; ++i)
    for (const u32 previous : {9u, 10u, 1u << 25}) {
      r = any_pair(5, 6);
      r.link[i] = {gl(previous), gl((9 - previous - 1) & 0xffff)};
      CHECK_FALSE(holds(r));
      r.link[i].gap_low = gl(9u) - gl(previous) - gl(1u);
      CHECK_FALSE(holds(r));
    }
}

TEST_CASE("operands and results of one hashing call cannot be another's", "[chips][forged]") {
  forged_run f;
  REQUIRE(verdict(f.run, f.program) == "");
  const std::size_t time = column_of<cell_pair_chip>(&pair_row::time);
  // rows of the first call are 0 to 14, of the second 15 to 29: two of arguments, six read, seven
  // written; the two read the same challenge
  for (const std::size_t row : {0u, 1u, 2u, 7u, 8u, 14u}) {
    CHECK(f.with<cell_pair_chip>([&](auto& t) { swap_cells(t, row, row + 15, time); }) != "");
    CHECK(f.with<cell_pair_chip>([&](auto& t) { t.main.at(row, time) += gl(1u); }) != "");
    // left out, doubled
    CHECK(f.with<cell_pair_chip>([&](auto& t) {
      for (std::size_t j = 0; j < t.main.width(); ++j) t.main.at(row, j) = {};
    }) != "");
    CHECK(f.with<cell_pair_chip>([&](auto& t) {
      for (std::size_t j = 0; j < t.main.width(); ++j)
        t.main.at(t.main.height() - 1, j) = t.main.at(row, j);
    }) != "");
  }
  // a read as a write of the same element, and the other way
  const std::size_t is_write = column_of<cell_pair_chip>(&pair_row::is_write);
  CHECK(f.with<cell_pair_chip>([&](auto& t) {
    pair_row r = row_at<cell_pair_chip>(t, 3);
    r.is_write = gl(1u);
    r.inverse = (r.word[1] - gl(0xffffffffu)).inverse();
    put_row<cell_pair_chip>(t, 3, r);
  }) == "bus element");
  CHECK(f.with<cell_pair_chip>([&](auto& t) { t.main.at(9, is_write) = gl(); }) != "");
}

TEST_CASE("a hashing call is done by the table of its number, once", "[chips][forged]") {
  forged_run f;
  const auto cleared = [](checked_table& t) { t.main = matrix(t.main.height(), t.main.width()); };
  CHECK(f.with<open_row_chip>(cleared) == "bus call");
  CHECK(f.with<climb_chip>(cleared) == "bus call");
  CHECK(f.with<absorb_chip>(cleared) == "bus call");
  CHECK(f.with<poseidon2_chip>(cleared) == "bus permutation");
  CHECK(f.with<cell_pair_chip>(cleared) != "");
  // two calls' rows at each other's time
  const std::size_t time = column_of<absorb_chip>(&row_of<absorb_chip>::time);
  CHECK(f.with<absorb_chip>([&](auto& t) { swap_cells(t, 0, 1, time); }) != "");
  CHECK(f.with<absorb_chip>([&](auto& t) {
    for (std::size_t j = 0; j < t.main.width(); ++j) t.main.at(2, j) = t.main.at(1, j);
  }) == "bus call");
  const std::size_t climb_time = column_of<climb_chip>(&climb_row::time);
  CHECK(f.with<climb_chip>([&](auto& t) {
    for (std::size_t i = 0; i < 2; ++i) swap_cells(t, i, i + 2, climb_time);
  }) != "");
  // the system table names another call at that time
  CHECK(f.with<system_chip>([](auto& t) {
    const std::size_t number = column_of<system_chip>(&row_of<system_chip>::number);
    for (std::size_t i = 0; i < t.main.height(); ++i)
      if (t.main.at(i, number) == gl(22u)) t.main.at(i, number) = gl(23u);
  }) != "");
}

TEST_CASE("the ecalls of a machine are those of its chips", "[chips]") {
  using riscv::ecall;
  constexpr auto execution = calls_of<execution_chips>(), recursion = calls_of<recursion_chips>();
  for (const ecall both : {ecall::halt, ecall::read, ecall::commit, ecall::copy_words})
    CHECK((execution.has(both) && recursion.has(both)));
  for (const ecall batches :
       {ecall::blake3_compress, ecall::keccak_f1600, ecall::mod256_mul_add, ecall::mod384_mul_add})
    CHECK((execution.has(batches) && !recursion.has(batches)));
  for (const ecall proofs : {ecall::ext3_mul_add, ecall::open_row, ecall::climb, ecall::absorb})
    CHECK((!execution.has(proofs) && recursion.has(proofs)));
  // and whatever chip takes calls from the bus declares which
  const auto takes_calls = []<class Chip>() {
    const air_shape s = shape_of<Chip>();
    const bool takes = std::any_of(s.interactions.begin(), s.interactions.end(), [](const auto& i) {
      return i.bus.id == properties_of(bus::call).id;
    });
    INFO(s.name);
    CHECK((takes && s.name != "system") == requires { Chip::call; });
  };
  execution_chips::each(takes_calls);
  recursion_chips::each(takes_calls);
}

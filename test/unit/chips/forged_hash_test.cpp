#include <catch2/catch.hpp>

#include "test/unit/chips/hash_forgery.hpp"

// Rows of the calls that hash proofs, as a dishonest prover might make them.

using namespace ashlar;
using namespace ashlar::stark;
using namespace ashlar::test;

namespace {

std::string refused(const std::vector<open_row_row>& rows, std::size_t height = 0) {
  return refusal_of(table_of_rows<open_row_chip>(rows, height));
}
std::string refused(const std::vector<climb_row>& rows, std::size_t height = 0) {
  return refusal_of(table_of_rows<climb_chip>(rows, height));
}
std::string refused(const told_row& told) {
  return refused(open_rows(told));
}

// A call of three blocks, changed and made consistent again from a row on.
std::string with(const std::function<void(std::vector<open_row_row>&)>& forge,
                 std::size_t settled_from = 99) {
  auto rows = open_rows(honest_row(20, 8));
  forge(rows);
  settle_from(rows, settled_from);
  return refused(rows);
}
std::string climbing(const std::function<void(std::vector<climb_row>&)>& forge) {
  auto rows = climb_rows({1, 0, 1}, gl(5u));
  forge(rows);
  return refused(rows);
}

}  // namespace

TEST_CASE("open_row: honest rows pass, of every size and cut", "[chips][forged]") {
  for (u32 each = 1; each <= 8; ++each)
    for (u32 n = 1; n <= 30; ++n) CHECK(refused(honest_row(n, each)) == "");
}

TEST_CASE("open_row: a row is cut in one way", "[chips][forged]") {
  // given: the same number of elements in other blocks, each call consistent with its blocks
  CHECK(refused({20, 8, {4, 8, 8}}) == "");
  for (const auto& sizes : {std::vector<u32>{8, 8, 4},
                            {8, 4, 8},
                            {5, 8, 7},
                            {4, 4, 4, 8},
                            {6, 6, 8},
                            {1, 3, 8, 8},
                            {2, 2, 8, 8}})
    CHECK(refused({20, 8, sizes}) != "");
  for (const auto& sizes : {std::vector<u32>{3, 2, 2, 2},
                            {2, 2, 2, 3},
                            {5, 4},
                            {1, 8},
                            {8, 1},
                            {4, 5},
                            {1, 4, 4, 0},
                            {0, 1, 4, 4},
                            {1, 0, 4, 4}})
    CHECK(refused({9, 4, sizes}) != "");
  // a first block that is longer than the others
  CHECK(refused({8, 3, {5, 3}}) == "open_row: lookup byte_pair");
  CHECK(refused({4, 3, {4}}) == "open_row: lookup byte_pair");
  // more or fewer elements than the guest asked for
  CHECK(refused({20, 8, {5, 8, 8}}) == "open_row: constraint");
  CHECK(refused({20, 8, {8, 8}}) == "open_row: constraint");
  CHECK(refused({20, 8, {4, 8, 8, 8}}) == "open_row: constraint");
  // none at all
  CHECK(refused({0, 8, {8, 8}}) == "open_row: constraint");
  CHECK(refused({0, 8, {0}}) == "open_row: constraint");
}

TEST_CASE("open_row: blocks have one to eight elements", "[chips][forged]") {
  CHECK(refused({9, 9, {8, 1}}) != "");
  CHECK(refused({8, 9, {8}}) == "open_row: lookup byte_pair");
  CHECK(refused({3, 0, {3}}) == "open_row: lookup byte_pair");
  CHECK(refused({3, 264, {3}}) == "open_row: lookup byte_pair");
  CHECK(refused({3, ~0u, {3}}) == "open_row: lookup byte_pair");
}

TEST_CASE("open_row: elements stand at the end of the cells, zeros in front", "[chips][forged]") {
  // one more element than is counted
  CHECK(with([](auto& rows) { rows[0].block[3] = gl(9u); }, 0) == "open_row: constraint");
  CHECK(with([](auto& rows) { rows[0].block[0] = -gl(1u); }, 0) == "open_row: constraint");
  // a hole, the number being right
  CHECK(with(
            [](auto& rows) {
              std::swap(rows[0].used[2], rows[0].used[5]);
              std::swap(rows[0].block[2], rows[0].block[5]);
            },
            0) == "open_row: constraint");
  CHECK(with(
            [](auto& rows) {
              rows[0].used[0] = gl(1u);
              rows[0].used[4] = gl();
              std::swap(rows[0].block[0], rows[0].block[4]);
            },
            0) == "open_row: constraint");
  // marks that are no bits but have the right sum
  CHECK(with(
            [](auto& rows) {
              rows[0].used[4] = gl(2u);
              rows[0].used[5] = gl();
            },
            0) == "open_row: constraint");
}

TEST_CASE("open_row: the sponge starts with the lengths and goes on from block to block",
          "[chips][forged]") {
  for (unsigned i = 0; i < 4; ++i)
    CHECK(with([&](auto& rows) { rows[0].capacity[i] += gl(1u); }, 0) == "open_row: constraint");
  CHECK(with([](auto& rows) { rows[0].capacity[0] = gl(20u) + gl(4u) * two32; }, 0) ==
        "open_row: constraint");
  for (unsigned i = 0; i < 4; ++i)
    CHECK(with([&](auto& rows) {
            rows[1].capacity[i] += gl(1u);
            settle(rows[1]);
          }) == "open_row: constraint");
  // another state than the permutation's, though the next row goes on from it
  CHECK(with([](auto& rows) { rows[2].after[0] += gl(1u); }) == "bus permutation");
  CHECK(with([](auto& rows) {
          rows[1].after[9] += gl(1u);
          rows[2].capacity[1] = rows[1].after[9];
          settle(rows[2]);
        }) == "bus permutation");
}

TEST_CASE("open_row: the value is that of all blocks at one challenge", "[chips][forged]") {
  for (unsigned i = 0; i < 3; ++i) {
    CHECK(with([&](auto& rows) { rows[0].sum[i] += gl(1u); }, 0) == "open_row: constraint");
    CHECK(with([&](auto& rows) {
            rows[1].sum[i] += gl(1u);
            settle(rows[1]);
            std::copy_n(rows[1].value, 3, rows[2].sum);
            settle(rows[2]);
          }) == "open_row: constraint");
    CHECK(with([&](auto& rows) { rows[2].value[i] += gl(1u); }) == "open_row: constraint");
    CHECK(with([&](auto& rows) { rows[2].upper[i] += gl(1u); }) == "open_row: constraint");
    CHECK(with([&](auto& rows) { rows[2].z2[i] += gl(1u); }) == "open_row: constraint");
    // another challenge from the second block on
    CHECK(with([&](auto& rows) { rows[1].z[i] = rows[2].z[i] = gl(77u); }, 1) ==
          "open_row: constraint");
    CHECK(with([&](auto& rows) { rows[1].delta[i] = rows[2].delta[i] = gl(77u); }, 1) ==
          "open_row: constraint");
  }
}

TEST_CASE("open_row: a call is whole and by itself", "[chips][forged]") {
  // cut by the end of the table, by its start, by a row that is none
  auto rows = open_rows(honest_row(256, 8));
  REQUIRE(rows.size() == 32);
  CHECK(refused(rows) == "");
  auto wrapped = rows;
  std::rotate(wrapped.begin(), wrapped.begin() + 5, wrapped.end());
  CHECK(refused(wrapped) == "open_row: constraint");
  CHECK(with([](auto& r) { r.pop_back(); }) == "open_row: constraint");
  CHECK(with([](auto& r) { r.erase(r.begin()); }) == "open_row: constraint");
  CHECK(with([](auto& r) { r.erase(r.begin() + 1); }) == "open_row: constraint");
  CHECK(with([](auto& r) { r.insert(r.begin() + 1, open_row_row{}); }) == "open_row: constraint");
  CHECK(with([](auto& r) { std::swap(r[1], r[2]); }) == "open_row: constraint");
  // begun within another, and that one's end behind it
  const auto other = open_rows({9, 8, {1, 8}, gl3::one(), gl3::one(), 8});
  CHECK(with([&](auto& r) { r.insert(r.begin() + 1, other.begin(), other.end()); }) ==
        "open_row: constraint");
  // the tail of one call behind the head of another
  CHECK(with([&](auto& r) { r = {r[0], r[1], other[1]}; }) == "open_row: constraint");
  // flags without a row, rows without flags
  CHECK(with([](auto& r) { r[0].is_first = gl(); }) == "open_row: constraint");
  CHECK(with([](auto& r) { r[2].is_last = gl(); }) == "open_row: constraint");
  CHECK(with([](auto& r) { r[1].is_last = gl(1u); }) == "open_row: constraint");
  CHECK(with([](auto& r) { r[1].is_first = gl(1u); }) == "open_row: constraint");
  CHECK(with([](auto& r) { r[1].is_real = gl(); }) == "open_row: constraint");
  CHECK(with([](auto& r) {
          r.emplace_back();
          r.back().is_last = gl(1u);
        }) == "open_row: constraint");
  // written elsewhere, at another time, or with another length than it began
  CHECK(with([](auto& r) { r[2].out += gl(4u); }) == "open_row: constraint");
  CHECK(with([](auto& r) { r[1].time = r[2].time = gl(8u); }) == "open_row: constraint");
  CHECK(with([](auto& r) { r[1].each = r[2].each = gl(7u); }) == "open_row: constraint");
  CHECK(with([](auto& r) { r[1].remaining += gl(8u); }) == "open_row: constraint");
}

TEST_CASE("open_row: what it says to the machine is what it hashes", "[chips][forged]") {
  // given: an honest call of two blocks
  const auto rows = open_rows(honest_row(11, 8));
  std::vector<bus_message> messages;
  const riscv::program none;
  REQUIRE(table_verdict(table_of_rows<open_row_chip>(rows), none, messages) == "");
  const auto sends = [&](bus on, std::initializer_list<gl> tuple) {
    bus_message m{on, gl(1u), {}};
    std::copy(tuple.begin(), tuple.end(), m.tuple.begin());
    return std::count_if(messages.begin(), messages.end(), [&](const auto& x) {
             return x.same_tuple(m) && x.multiplicity == (on == bus::call ? -gl(1u) : gl(1u));
           }) == 1;
  };
  // then: arguments, challenge, digest and value, each once, at their times and places
  CHECK(sends(bus::call, {gl(21u), gl(4u)}));
  CHECK(sends(bus::arguments, {gl(10u), gl(4u), gl(0x200u), gl(0x100u)}));
  CHECK(sends(bus::arguments, {gl(12u), gl(4u), gl(11u), gl(8u)}));
  for (u32 i = 0; i < 3; ++i) {
    CHECK(sends(bus::element, {gl(0x100 + 8 * i), gl(4u), gl(), rows[0].z[i]}));
    CHECK(sends(bus::element, {gl(0x118 + 8 * i), gl(4u), gl(), rows[0].delta[i]}));
    CHECK(sends(bus::element, {gl(0x220 + 8 * i), gl(5u), gl(1u), rows[1].value[i]}));
  }
  for (u32 i = 0; i < 4; ++i)
    CHECK(sends(bus::element, {gl(0x200 + 8 * i), gl(5u), gl(1u), rows[1].after[i]}));
  CHECK(messages.size() == 1 + 2 + 6 + 7 + 2);
}

TEST_CASE("climb: honest rows pass, at every depth", "[chips][forged]") {
  for (u32 depth = 1; depth <= 32; ++depth) {
    std::vector<u32> bits;
    u64 position = 0;
    for (u32 i = 0; i < depth; ++i) {
      bits.push_back(0x9e3779b9u >> i & 1);
      position |= u64{bits.back()} << i;
    }
    CHECK(refused(climb_rows(bits, gl(position))) == "");
  }
}

TEST_CASE("climb: the position is used up by as many bits as there are levels", "[chips][forged]") {
  // another side than the bit says, the position being left
  CHECK(refused(climb_rows({1, 0, 1}, gl(5u))) == "");
  for (const u32 position : {0u, 1u, 4u, 6u, 7u, 13u, 5u + 8})
    CHECK(refused(climb_rows({1, 0, 1}, gl(position))) == "climb: constraint");
  // bits that are none
  CHECK(climbing([](auto& rows) { rows[1].bit = gl(2u); }) == "climb: constraint");
  CHECK(climbing([](auto& rows) {
          rows[1].bit = gl(2u).inverse();
          rows[2].position = (rows[1].position - rows[1].bit) * gl(2u).inverse();
        }) == "climb: constraint");
  // bits whose sum is the position modulo p: 5 + p in 65 levels
  std::vector<u32> bits;
  for (u32 i = 0; i < 65; ++i) bits.push_back(i < 64 ? (gl::modulus + 5) >> i & 1 : 0);
  CHECK(refused(climb_rows(bits, gl(5u))) == "climb: lookup byte_pair");
  CHECK(refused(climb_rows(std::vector<u32>(33, 0), gl(0u))) == "climb: lookup byte_pair");
}

TEST_CASE("climb: the node goes up on its side", "[chips][forged]") {
  // it stands on the other side, or on none
  CHECK(climbing([](auto& rows) {
          for (unsigned i = 0; i < 4; ++i) std::swap(rows[1].children[i], rows[1].children[4 + i]);
        }) == "climb: constraint");
  for (unsigned i = 0; i < 4; ++i) {
    CHECK(climbing([&](auto& rows) { rows[0].children[4 + i] += gl(1u); }) == "climb: constraint");
    CHECK(climbing([&](auto& rows) { rows[0].node[i] += gl(1u); }) == "climb: constraint");
    // another node from here on
    CHECK(climbing([&](auto& rows) {
            rows[2].node[i] += gl(1u);
            rows[2].children[4 + i] += gl(1u);
            const gl start[4] = {sponge_start(gl(8u), gl(8u))};
            run_permutation(rows[2].children, start, rows[2].after);
          }) == "climb: constraint");
    CHECK(climbing([&](auto& rows) { rows[2].after[i] += gl(1u); }) == "bus permutation");
  }
  // the hash of a list of another length
  CHECK(climbing([](auto& rows) {
          const gl start[4] = {gl(8u)};
          run_permutation(rows[2].children, start, rows[2].after);
        }) == "bus permutation");
  // any sibling may be
  auto rows = climb_rows({0}, gl());
  rows[0].children[6] = -gl(1u);
  const gl start[4] = {sponge_start(gl(8u), gl(8u))};
  run_permutation(rows[0].children, start, rows[0].after);
  CHECK(refused(rows) == "");
}

TEST_CASE("climb: a call is whole and by itself", "[chips][forged]") {
  CHECK(climbing([](auto& r) { r.pop_back(); }) == "climb: constraint");
  CHECK(climbing([](auto& r) { r.erase(r.begin()); }) == "climb: constraint");
  CHECK(climbing([](auto& r) { r.erase(r.begin() + 1); }) == "climb: constraint");
  CHECK(climbing([](auto& r) { std::swap(r[0], r[1]); }) == "climb: constraint");
  CHECK(climbing([](auto& r) { r[1].is_last = gl(1u); }) == "climb: constraint");
  CHECK(climbing([](auto& r) { r[1].is_first = gl(1u); }) == "climb: constraint");
  CHECK(climbing([](auto& r) { r[2].digest += gl(8u); }) == "climb: constraint");
  CHECK(climbing([](auto& r) { r[1].time = r[2].time = gl(8u); }) == "climb: constraint");
  CHECK(climbing([](auto& r) {
          for (auto& row : r) row.remaining += gl(1u);
        }) == "climb: constraint");
  const auto other = climb_rows({1, 1}, gl(3u), 8);
  CHECK(climbing([&](auto& r) { r.insert(r.begin() + 2, other.begin(), other.end()); }) ==
        "climb: constraint");
  std::vector<u32> bits(32);
  auto rows = climb_rows(bits, gl());
  CHECK(refused(rows) == "");
  std::rotate(rows.begin(), rows.begin() + 7, rows.end());
  CHECK(refused(rows) == "climb: constraint");
}

TEST_CASE("poseidon2: a row is one permutation, sent for once", "[chips][forged]") {
  // given: two rows of one call, and the table that answers them
  const auto rows = open_rows(honest_row(11, 8));
  const riscv::program none;
  std::vector<bus_message> asked;
  REQUIRE(table_verdict(table_of_rows<open_row_chip>(rows), none, asked) == "");
  const auto answers = answering(asked);
  const auto verdict_with = [&](const std::function<void(checked_table&)>& forge) {
    auto t = answers;
    forge(t);
    auto messages = asked;
    if (std::string wrong = table_verdict(t, none, messages); !wrong.empty()) return wrong;
    std::erase_if(messages, [](const auto& m) { return m.on != bus::permutation; });
    return std::string(balance(messages) ? "bus permutation" : "");
  };
  const auto change = [&](std::size_t row, const std::function<void(row_of<poseidon2_chip>&)>& f) {
    return verdict_with([&](checked_table& t) {
      auto cells = row_at<poseidon2_chip>(t, row);
      f(cells);
      put_row<poseidon2_chip>(t, row, cells);
    });
  };
  CHECK(change(0, [](auto&) {}) == "");
  // left out, doubled, counted twice or not at all
  CHECK(change(0, [](auto& r) { r = {}; }) == "bus permutation");
  CHECK(change(2, [&](auto& r) { r = row_at<poseidon2_chip>(answers, 0); }) == "bus permutation");
  for (const gl count : {gl(), gl(2u), -gl(1u), gl(2u).inverse()})
    CHECK(change(0, [&](auto& r) { r.is_real = count; }) == "poseidon2: constraint");
  // another power anywhere, all behind it being what follows: the first of the powers is refused
  CHECK(change(0, [](auto& r) { r.full[0][3].cube += gl(1u); }) == "poseidon2: constraint");
  CHECK(change(0, [](auto& r) { r.full[7][11].seventh += gl(1u); }) == "poseidon2: constraint");
  CHECK(change(0, [](auto& r) { r.partial[21].seventh += gl(1u); }) == "poseidon2: constraint");
  CHECK(change(0, [](auto& r) { r.in[11] += gl(1u); }) == "poseidon2: constraint");
  // a permutation without the constants
  CHECK(change(0, [](auto& r) {
          r = {};
          r.is_real = gl(1u);
        }) == "poseidon2: constraint");
  // the root of unity of order 7 does not divide p - 1, so x^7 = y has one x; its cube is checked
  CHECK(change(1, [](auto& r) {
          r.full[0][0].cube = -r.full[0][0].cube;  // the same square, and so the same seventh power
        }) == "poseidon2: constraint");
}

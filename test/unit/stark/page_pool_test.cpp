#include "runtime/stark/field/page_pool.hpp"

#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "runtime/stark/prover/cell_pool.hpp"

namespace ashlar::stark {

namespace {

constexpr std::size_t page = page_pool::page_bytes;

struct run {
  char* data;
  std::size_t pages;
  char mark;
  void write() const {
    for (std::size_t i = 0; i < pages; ++i) std::memset(data + i * page, mark, 64);
  }
  bool holds() const {
    for (std::size_t i = 0; i < pages; ++i)
      for (std::size_t j = 0; j < 64; ++j)
        if (data[i * page + j] != mark) return false;
    return true;
  }
};

}  // namespace

TEST_CASE("a page that was given back is taken before a fresh one") {
  page_pool pool(8 * page);
  char* const first = static_cast<char*>(pool.take(4 * page));
  REQUIRE(reinterpret_cast<std::uintptr_t>(first) % page == 0);
  first[0] = 1;
  pool.give(first, 4 * page);
  REQUIRE(pool.kept_bytes() == 4 * page);
  char* const one = static_cast<char*>(pool.take(page));
  char* const three = static_cast<char*>(pool.take(3 * page));
  CHECK(pool.kept_bytes() == 0);
  CHECK(one == first + 3 * page);
  CHECK(three == first);
  pool.give(one, page);
  pool.give(three, 3 * page);
  // The two touch, so they are one again.
  CHECK(pool.take(4 * page) == first);
}

TEST_CASE("pages that lie apart are moved together") {
  page_pool pool(16 * page);
  char* const all = static_cast<char*>(pool.take(5 * page));
  for (std::size_t i = 0; i < 5; ++i) all[i * page] = static_cast<char>('a' + i);
  pool.give(all, page);
  pool.give(all + 2 * page, page);
  pool.give(all + 4 * page, page);
  // Three that are there and one that is not.
  char* const four = static_cast<char*>(pool.take(4 * page));
  CHECK(pool.kept_bytes() == 0);
  int moved = 0, fresh = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    moved += four[i * page] == 'a' || four[i * page] == 'c' || four[i * page] == 'e';
    fresh += four[i * page] == 0;
  }
  CHECK(moved == 3);
  CHECK(fresh == 1);
  // What stayed in use stayed where it was.
  CHECK(all[page] == 'b');
  CHECK(all[3 * page] == 'd');
  pool.give(four, 4 * page);
  pool.give(all + page, page);
  pool.give(all + 3 * page, page);
  CHECK(pool.kept_bytes() == 6 * page);
}

TEST_CASE("no more is kept than allowed") {
  page_pool pool(3 * page);
  void* const a = pool.take(2 * page);
  void* const b = pool.take(2 * page);
  pool.give(a, 2 * page);
  pool.give(b, 2 * page);
  CHECK(pool.kept_bytes() == 3 * page);
  pool.let_go(1);
  CHECK(pool.kept_bytes() == 2 * page);
  pool.let_go(100 * page);
  CHECK(pool.kept_bytes() == 0);
}

TEST_CASE("runs never overlap and keep their contents while others come and go") {
  constexpr u32 seed = 20261128;
  INFO("seed " << seed);
  std::mt19937 rng(seed);
  page_pool pool(20 * page);
  std::vector<run> held;
  for (unsigned turn = 0; turn < 2000; ++turn) {
    if (held.size() < 12 && rng() % 2 == 0) {
      const std::size_t pages = 1 + rng() % 6;
      held.push_back({static_cast<char*>(pool.take(pages * page)), pages, static_cast<char>(turn)});
      held.back().write();
    } else if (!held.empty()) {
      const std::size_t i = rng() % held.size();
      REQUIRE(held[i].holds());
      pool.give(held[i].data, held[i].pages * page);
      held[i] = held.back();
      held.pop_back();
    }
    REQUIRE(pool.kept_bytes() <= 20 * page);
  }
  for (const run& r : held) REQUIRE(r.holds());
  for (const run& r : held) pool.give(r.data, r.pages * page);
}

TEST_CASE("in use and kept together stay within a pool's budget") {
  constexpr std::size_t cells = page / sizeof(gl);
  const auto pool = std::make_shared<cell_pool>(~std::size_t{0}, 10 * page);
  cell_buffer six(pool, 6 * cells), two(pool, 2 * cells);
  two.reset();  // kept
  // In use six and kept two: four more take the two kept and two fresh pages.
  cell_buffer four(pool, 4 * cells);
  CHECK(pool->bytes_used() == 10 * page);
  CHECK_THROWS_AS(cell_buffer(pool, 1), memory_budget_exceeded);
  CHECK(pool->bytes_used() == 10 * page);
  four.reset();
  // A charge is room that kept pages must leave.
  cell_charge charge(pool, 4 * page);
  CHECK_THROWS_AS(cell_buffer(pool, cells), memory_budget_exceeded);
  charge.reset();
  cell_buffer again(pool, 4 * cells);
  CHECK(pool->bytes_used_peak() == 10 * page);
}

}  // namespace ashlar::stark

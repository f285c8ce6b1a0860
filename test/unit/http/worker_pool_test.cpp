#include "net/http/worker_pool.hpp"

#include <future>
#include <system_error>
#include <vector>

#include <catch2/catch.hpp>

#include "test/support/few_threads.hpp"

namespace ashlar::http {
namespace {

address_key who(u8 n) {
  address_key k;
  k[15] = n;
  return k;
}

/// A pool whose only heavy thread waits until it is let go.
struct held_pool {
  explicit held_pool(std::size_t queue_max) : pool({1, 1, queue_max, 1}) {
    REQUIRE(pool.post(lane::heavy, [this, gone = go.get_future().share()] {
      started.set_value();
      gone.wait();
    }));
    started.get_future().wait();
  }
  bool post(u8 from) {
    return pool.post(
        lane::heavy, [this, from] { ran.push_back(from); }, who(from));
  }
  /// Whose tasks ran, in order.
  std::vector<int> let_go() {
    go.set_value();
    pool.stop();
    return ran;
  }

  std::promise<void> started, go;
  std::vector<int> ran;
  worker_pool pool;
};

}  // namespace

TEST_CASE("addresses take turns in a lane, and each address keeps its order") {
  held_pool p(100);
  for (int i = 0; i < 5; ++i) REQUIRE(p.post(1));
  REQUIRE(p.post(2));
  REQUIRE(p.post(3));
  REQUIRE(p.post(2));
  CHECK(p.pool.waiting(lane::heavy) == 8);
  CHECK(p.let_go() == std::vector<int>{1, 2, 3, 1, 2, 1, 1, 1});
}

TEST_CASE("one address leaves places to others") {
  held_pool p(8);
  int mine = 0;
  while (p.post(1)) ++mine;
  CHECK(mine == 4);
  CHECK(p.post(2));
  CHECK(p.post(2));
  CHECK_FALSE(p.post(2));
  CHECK(p.pool.post(lane::heavy, [] {}));
  CHECK(p.post(3));
  CHECK_FALSE(p.pool.post(lane::heavy, [] {}));
  p.let_go();
}

TEST_CASE(
    "where the system gives no more threads a pool of workers says so and ends those it has") {
  const int said = ashlar::test::where_threads_are_few([] {
    try {
      worker_pool few({1, 1, 8, 1});  // what there is room for works
      std::promise<int> ran;
      if (!few.post(lane::heavy, [&] { ran.set_value(1); })) return 2;
      if (ran.get_future().get() != 1) return 3;
    } catch (const std::system_error&) {
      return 4;
    }
    try {
      worker_pool many({100, 100, 8});
    } catch (const std::system_error&) {
      return 0;
    }
    return 1;
  });
  CHECK(said == 0);
}

}  // namespace ashlar::http

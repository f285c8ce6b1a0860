#include "net/http/worker_pool.hpp"

#include <future>
#include <system_error>

#include <catch2/catch.hpp>

#include "test/support/few_threads.hpp"

namespace ashlar::http {

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

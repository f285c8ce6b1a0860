#include "actors/gateway/work_pool.hpp"

#include <future>
#include <system_error>

#include <catch2/catch.hpp>

#include "test/support/few_threads.hpp"

namespace ashlar::gateway {

TEST_CASE(
    "where the system gives no more threads the gateway's pool says so and ends those it has") {
  const int said = ashlar::test::where_threads_are_few([] {
    try {
      work_pool few(2, 8);  // what there is room for works
      std::promise<int> ran;
      if (!few.post([&] { ran.set_value(1); })) return 2;
      if (ran.get_future().get() != 1) return 3;
    } catch (const std::system_error&) {
      return 4;
    }
    try {
      work_pool many(200, 8);
    } catch (const std::system_error&) {
      return 0;
    }
    return 1;
  });
  CHECK(said == 0);
}

}  // namespace ashlar::gateway

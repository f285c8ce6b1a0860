#include "runtime/stark/prover/crew.hpp"

#include <atomic>
#include <new>
#include <system_error>

#include <catch2/catch.hpp>

#include "test/support/few_threads.hpp"

using namespace ashlar::stark;

TEST_CASE("what a piece throws on any thread ends the loop, and the crew goes on") {
  crew threads(3);
  for (std::size_t bad : {std::size_t{0}, std::size_t{500}, std::size_t{999}}) {
    // when: one of a thousand pieces finds no memory
    CHECK_THROWS_AS(threads.split(1'000, 1,
                                  [&](std::size_t first, std::size_t) {
                                    if (first == bad) throw std::bad_alloc();
                                  }),
                    std::bad_alloc);
    // then: the next loop is done by the same threads, whole
    std::atomic<std::size_t> sum = 0;
    threads.split(1'000, 7, [&](std::size_t first, std::size_t last) {
      for (std::size_t i = first; i < last; ++i) sum += i;
    });
    CHECK(sum == 499'500);
  }
}

TEST_CASE("where the system gives no more threads the crew says so and ends those that it has") {
  const int said = ashlar::test::where_threads_are_few([] {
    try {
      crew threads(200);
    } catch (const std::system_error&) {
      return 0;
    }
    return 1;
  });
  CHECK(said == 0);
}

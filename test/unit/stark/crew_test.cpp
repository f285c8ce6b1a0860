#include "runtime/stark/prover/crew.hpp"

#include <atomic>
#include <fstream>
#include <new>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include <catch2/catch.hpp>

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
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    alarm(30);  // a thread that nobody ends is waited for without end
    // given: memory for the stacks of a few
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlim_t room = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + (rlim_t{64} << 20);
    const rlimit limit{room, room};
    if (pages == 0 || setrlimit(RLIMIT_AS, &limit) != 0) _exit(2);
    // when
    try {
      crew threads(200);
    } catch (const std::system_error&) {
      _exit(0);
    }
    _exit(1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

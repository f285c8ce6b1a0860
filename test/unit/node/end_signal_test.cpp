#include "actors/node/process/end_signal.hpp"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "runtime/base/bytes.hpp"

using namespace ashlar;

TEST_CASE("who is asked to end twice ends, whatever it still waits for") {
  for (const int number : {SIGTERM, SIGINT}) {
    INFO("signal " << number);
    // given: a process that was asked once and does not get to its end
    int told[2];
    REQUIRE(::pipe(told) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      node::end_signal end;
      const u8 up = 1;
      if (::write(told[1], &up, 1) != 1) ::_exit(1);
      end.wait();
      if (::write(told[1], &up, 1) != 1) ::_exit(1);
      for (;;) ::pause();
    }
    ::close(told[1]);
    u8 byte = 0;
    REQUIRE(::read(told[0], &byte, 1) == 1);
    REQUIRE(::kill(child, number) == 0);
    REQUIRE(::read(told[0], &byte, 1) == 1);
    int status = 0;
    REQUIRE(::waitpid(child, &status, WNOHANG) == 0);
    // when
    REQUIRE(::kill(child, number) == 0);
    // then
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 128 + number);
    ::close(told[0]);
  }
}

#pragma once

#include <cstddef>
#include <fstream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace ashlar::test {

/// What `act`, a function of no arguments, says in a process that has memory for the stacks of a
/// few threads more. 100: it could not be limited.
template <class Act>
int where_threads_are_few(Act&& act) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    alarm(30);  // a thread that nobody ends is waited for without end
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlim_t room = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + (rlim_t{64} << 20);
    const rlimit limit{room, room};
    if (pages == 0 || setrlimit(RLIMIT_AS, &limit) != 0) _exit(100);
    _exit(act());
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));  // neither a signal nor the alarm
  return WEXITSTATUS(status);
}

}  // namespace ashlar::test

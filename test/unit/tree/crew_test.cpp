#include "runtime/store/crew.hpp"

#include <fstream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <leveldb/env.h>
#include <leveldb/helpers/memenv.h>

#include "runtime/store/tree_store.hpp"

namespace ashlar::store {

namespace {

/// What `act` says in a process that has memory for the stacks of a few threads more.
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

}  // namespace

TEST_CASE("where the system gives no more threads the crew says so and ends those that it has") {
  const int said = where_threads_are_few([] {
    try {
      crew few(3);  // what there is room for works
      unsigned sum[3] = {};
      few.run([&](unsigned member) { sum[member] = member + 1; });
      if (sum[0] + sum[1] + sum[2] != 6) return 2;
    } catch (const std::system_error&) {
      return 3;
    }
    try {
      crew many(200);
    } catch (const std::system_error&) {
      return 0;
    }
    return 1;
  });
  CHECK(said == 0);
}

TEST_CASE("where the system gives no more threads a tree is not opened, and the error names them") {
  const int said = where_threads_are_few([] {
    const std::unique_ptr<leveldb::Env> disk(leveldb::NewMemEnv(leveldb::Env::Default()));
    tree_store_config config;
    config.folder = "/tree";
    config.leaves_max = 1u << 12;
    config.env = disk.get();
    config.threads = 64;
    const auto refused = tree_store::open(config);
    if (refused.ok()) return 1;
    if (refused.error().code != error_code::open_failed) return 2;
    if (refused.error().detail.find("tree.threads") == std::string::npos) return 3;
    // Nothing is left that stands in the way of a tree with fewer.
    config.threads = 2;
    return tree_store::open(config).ok() ? 0 : 4;
  });
  CHECK(said == 0);
}

}  // namespace ashlar::store

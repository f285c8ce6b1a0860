#include "actors/node/process/open_files.hpp"

#include <sys/resource.h>

#include <catch2/catch.hpp>

using namespace ashlar;
using namespace ashlar::node;

TEST_CASE("a process raises how many files it may have open") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit low{256, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  CHECK(raise_open_files() == before.rlim_max);
  rlimit now{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &now) == 0);
  CHECK(now.rlim_cur == before.rlim_max);
  CHECK(raise_open_files() == before.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST_CASE("connections leave files to the stores") {
  CHECK(connections_within(0) == 0);
  CHECK(connections_within(256) == 0);
  CHECK(connections_within(1024) == 308);
  CHECK(connections_within(8192) > 4096);
  CHECK(connections_within(~u64{0}) > u64{1} << 40);
}

#include "actors/node/process/open_files.hpp"

#include <sys/resource.h>

namespace ashlar::node {

u64 raise_open_files() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  if (limit.rlim_cur < limit.rlim_max && ::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  return limit.rlim_cur;
}

u64 connections_within(u64 open_files) noexcept {
  constexpr u64 others = 512;
  const u64 left = open_files - open_files / 5;
  return left < others ? 0 : left - others;
}

}  // namespace ashlar::node

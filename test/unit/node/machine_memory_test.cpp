#include "actors/node/process/machine_memory.hpp"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "actors/node/process/scratch_folder.hpp"

using namespace ashlar;

namespace {

/// A machine of 8,000,000 KiB, of files.
struct machine {
  node::scratch_folder scratch{"", "ashlar-machine"};
  machine() { put("/proc/meminfo", "MemTotal:        8000000 kB\nMemFree: 1 kB\n"); }
  void put(const std::string& path, const std::string& text) {
    const std::filesystem::path at = scratch.path() + path;
    std::filesystem::create_directories(at.parent_path());
    std::ofstream(at) << text;
  }
  node::machine_memory memory() {
    auto out = node::memory_of_machine(scratch.path());
    REQUIRE(out.ok());
    return *out;
  }
};

constexpr u64 total = u64{8'000'000} << 10;

}  // namespace

TEST_CASE("without a control group the memory is the machine's") {
  machine m;
  CHECK(m.memory().bytes == total);
  CHECK(m.memory().source == "this machine");
  m.put("/proc/self/cgroup", "0::/a/b\n");
  m.put("/sys/fs/cgroup/a/b/memory.max", "max\n");
  CHECK(m.memory().bytes == total);
}

TEST_CASE("the least limit counts of the group and of those above it, and is named") {
  machine m;
  m.put("/proc/self/cgroup", "0::/a/b\n");
  m.put("/sys/fs/cgroup/a/b/memory.max", "5000000000\n");
  CHECK(m.memory().bytes == 5'000'000'000);
  m.put("/sys/fs/cgroup/a/memory.max", "4000000000\n");
  CHECK(m.memory().bytes == 4'000'000'000);
  CHECK_THAT(m.memory().source, Catch::EndsWith("/sys/fs/cgroup/a/memory.max"));
  // In a container the root of what is seen may have one.
  m.put("/proc/self/cgroup", "0::/\n");
  m.put("/sys/fs/cgroup/memory.max", "3000000000\n");
  CHECK(m.memory().bytes == 3'000'000'000);
  // One over the machine's memory is none.
  m.put("/sys/fs/cgroup/memory.max", "9000000000000\n");
  CHECK(m.memory().bytes == total);
}

TEST_CASE("groups of the first version count as well, those of memory alone") {
  machine m;
  m.put("/proc/self/cgroup", "5:cpu,cpuacct:/c\n4:hugetlb,memory:/jobs/7\n0::/\n");
  m.put("/sys/fs/cgroup/memory/jobs/7/memory.limit_in_bytes", "9223372036854771712\n");
  CHECK(m.memory().bytes == total);
  m.put("/sys/fs/cgroup/memory/jobs/memory.limit_in_bytes", "2000000000\n");
  CHECK(m.memory().bytes == 2'000'000'000);
}

TEST_CASE("a system that says nothing of its memory is an error, and odd lines are none") {
  machine m;
  m.put("/proc/self/cgroup", "\n:\n4:memory\nnonsense\n0::\n");
  CHECK(m.memory().bytes == total);
  m.put("/proc/meminfo", "MemFree: 12 kB\n");
  CHECK_FALSE(node::memory_of_machine(m.scratch.path()).ok());
  CHECK(node::memory_of_machine()->bytes > 1'000'000);
}

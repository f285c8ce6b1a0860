#include "actors/node/proving/engine_config.hpp"

#include <catch2/catch.hpp>

#include "actors/node/proving/guest_program.hpp"
#include "actors/node/proving/recursion.hpp"
#include "cuda/backend/backend.hpp"
#include "runtime/base/hex.hpp"

using namespace ashlar;
using node::engine_config;
using node::machine_memory;

namespace {

const std::string folder = ASHLAR_GUEST_FOLDER;
constexpr u64 gb = 1'000'000'000;

engine_config config() {
  engine_config c;
  c.guest = folder + "/ashlar-stf.elf";
  return c;
}
std::string refusal(const engine_config& c, const machine_memory& m = {64 * gb, "this machine"}) {
  const auto plan = node::plan_engine(c, 50, m);
  return plan.ok() ? std::string() : plan.error();
}

}  // namespace

TEST_CASE("a budget of nought is a share of the machine, and cuts segments where that is small") {
  const auto large = node::plan_engine(config(), 50, {64 * gb, "this machine"});
  REQUIRE(large.ok());
  CHECK(large->config.memory_bytes_max == 32 * gb);
  CHECK(large->proving.config.segments.mul_div == riscv::segment_limits{}.mul_div);
  const auto small = node::plan_engine(config(), 80, {8 * gb, "this machine"});
  REQUIRE(small.ok());
  CHECK(small->config.memory_bytes_max == 8 * gb / 100 * 80);
  CHECK(small->proving.config.segments.mul_div < riscv::segment_limits{}.mul_div);
  CHECK(small->proving.needed_bytes <= small->config.memory_bytes_max);
  CHECK_THAT(small->memory_text(), Catch::StartsWith("segments of ") && Catch::Contains("MiB of"));
}

TEST_CASE("a budget over what the machine has, or under what segments need, is refused with both") {
  auto c = config();
  c.memory_bytes_max = 16 * gb;
  CHECK(refusal(c) == "");
  CHECK(refusal(c, {8 * gb, "/sys/fs/cgroup/memory.max"}) ==
        "memory_bytes_max is 15258 MiB, more than the 7629 MiB of /sys/fs/cgroup/memory.max: "
        "lower it, or set 0 for what fits");
  c.memory_bytes_max = gb;
  CHECK_THAT(refusal(c), Catch::Contains("a memory budget of 954 MiB is too small: the smallest "
                                         "segments need") &&
                             Catch::Contains("of this machine"));
  // Who checks alone needs none of it.
  CHECK(node::plan_checker(c).ok());
  c.memory_bytes_max = 0;
  CHECK_THAT(refusal(c, {2 * gb, "this machine"}), Catch::Contains("is too small"));
}

TEST_CASE("only the pinned program is taken, unless any may be; what is no program never is") {
  auto c = config();
  CHECK(refusal(c) == "");
  c.guest = folder + "/ashlar-memory-check.elf";
  CHECK_THAT(refusal(c), Catch::StartsWith("the guest program is 0x") &&
                             Catch::Contains(to_hex(node::pinned_program())) &&
                             Catch::Contains("./dev pin"));
  CHECK_FALSE(node::plan_checker(c).ok());
  c.any_guest = true;
  CHECK(refusal(c) == "");
  c.guest = "/dev/null";
  CHECK_THAT(refusal(c), Catch::StartsWith("guest program: "));
  c.guest = folder + "/none.elf";
  CHECK_THAT(refusal(c), Catch::Contains("none.elf: cannot be read"));
}

TEST_CASE("a GPU that is not there is refused by name, before anything is made") {
  auto c = config();
  c.backend = "cuda";
  c.device = 1'000;  // no machine has so many
  CHECK_THAT(refusal(c), Catch::StartsWith("backend = \"cuda\": ") &&
                             (Catch::Contains("there is no device 1000") ||
                              Catch::Contains("this build has no CUDA")));
  c.device = 0;
  CHECK((refusal(c) == "") == (cuda::device_count() > 0));
  c.backend = "opencl";
  CHECK(refusal(c) == "backend must be cpu or cuda");
}

TEST_CASE("recursion on a GPU that is not there is refused, too") {
  struct : stark::proof_shelf {
    std::optional<bytes> find(const hash256&) override { return std::nullopt; }
    status<std::string> keep(const hash256&, bytes_view) override { return nothing{}; }
    void drop(const hash256&) override {}
  } shelf;
  node::recursion_config c;
  c.guest = folder + "/ashlar-stf.elf";
  c.backend = "cuda";
  c.device = 1'000;
  const auto opened = node::open_recursion(c, shelf);
  REQUIRE_FALSE(opened.ok());
  CHECK_THAT(opened.error(),
             Catch::StartsWith("cuda: ") && (Catch::Contains("there is no device 1000") ||
                                             Catch::Contains("this build has no CUDA")));
}

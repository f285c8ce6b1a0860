#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include <catch2/catch.hpp>

#include "runtime/riscv/elf.hpp"
#include "runtime/riscv/tracer.hpp"
#include "test/support/trace_checker.hpp"

// The public riscv-tests of github.com/riscv-software-src/riscv-tests, which are not part of this
// repository: ASHLAR_RISCV_TESTS names a folder that holds them. They are built here with Debian's
// cross compiler over an environment of our own (riscv_test.h) and run on both machines. Where the
// variable is not set there is nothing to run; test/unit/riscv covers each instruction anyway.

using namespace ashlar;
namespace fs = std::filesystem;

namespace {

bytes contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return bytes(std::istreambuf_iterator<char>(in), {});
}

bytes build(const fs::path& tests, const fs::path& source, const fs::path& folder) {
  const fs::path here = fs::path("test/conformance/riscv"),
                 out = folder / (source.stem().string() + ".elf");
  const std::string command =
      "riscv64-unknown-elf-gcc -march=rv32im_zifencei -mabi=ilp32 -static -nostdlib -nostartfiles "
      "-I'" +
      here.string() + "' -I'" + (tests / "isa/macros/scalar").string() +
      "' -Wl,--build-id=none -T'" + (here / "riscv_tests.ld").string() + "' '" + source.string() +
      "' -o '" + out.string() + "' 2>&1";
  REQUIRE(std::system(command.c_str()) == 0);
  return contents(out);
}

/// What skipped.txt says of a name.
std::optional<std::string> skip_reason(const std::string& name) {
  std::ifstream in("test/conformance/skipped.txt");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name + " ")) return line.substr(name.size() + 1);
  return std::nullopt;
}

/// How a program ends on both machines, in words; "passed" for exit code 0.
std::string outcome(const riscv::program& p) {
  riscv::tracer t(p, {}, {.cycles = 50});
  test::trace_checker checker(p);
  riscv::segment s;
  const auto plain = riscv::run(p, {}, {1'000'000});
  do {
    if (const auto given = t.next(s); !given) {
      REQUIRE_FALSE(plain.ok());
      REQUIRE(describe(given.error()) == describe(plain.error()));
      return describe(given.error());
    }
    REQUIRE(checker.check(s) == "");
  } while (!s.last);
  REQUIRE(plain.ok());
  REQUIRE(plain->exit_code == t.result().exit_code);
  if (plain->exit_code == 0) return "passed";
  return "failed in case " + std::to_string(plain->exit_code >> 1);
}

}  // namespace

TEST_CASE("the public riscv-tests rv32ui and rv32um pass", "[riscv]") {
  const char* folder = std::getenv("ASHLAR_RISCV_TESTS");
  if (folder == nullptr) {
    const auto why = skip_reason("conformance_riscv");
    REQUIRE(why);  // nothing is skipped but what is named there
    std::printf("SKIPPED: no riscv-tests: %s\n", why->c_str());
    return;
  }
  const fs::path scratch =
      fs::temp_directory_path() / ("ashlar-riscv-tests-" + std::to_string(std::rand()));
  fs::create_directories(scratch);
  std::size_t passed = 0;
  for (const char* suite : {"rv32ui", "rv32um"})
    for (const auto& entry : fs::directory_iterator(fs::path(folder) / "isa" / suite)) {
      if (entry.path().extension() != ".S") continue;
      const std::string name = entry.path().stem().string();
      CAPTURE(suite, name);
      const auto p = riscv::load_elf(build(folder, entry.path(), scratch), 1u << 20);
      if (!p) FAIL(riscv::describe(p.error()));
      const std::string end = outcome(*p);
      // What this machine refuses by definition: misaligned access and code that writes code.
      if (name == "ma_data") {
        CHECK(end.find("misaligned") == 0);
      } else if (name == "fence_i") {
        CHECK(end.find("passed") != 0);
      } else {
        CHECK(end == "passed");
        passed += end == "passed";
      }
    }
  fs::remove_all(scratch);
  REQUIRE(passed >= 48);
}

#include <filesystem>

#include <catch2/catch.hpp>

#include "actors/node/process/child_process.hpp"

using ashlar::node::find_program;

TEST_CASE("a file that is nowhere is not found as a folder of PATH") {
  REQUIRE(find_program("ASHLAR_NO_SUCH_VARIABLE", "no/such/file", "").empty());
}

TEST_CASE("a folder is no program") {
  // given: the folder of this program, in the one above it
  namespace fs = std::filesystem;
  const fs::path self = fs::read_symlink("/proc/self/exe");
  const std::string folder = self.parent_path().filename();
  REQUIRE(fs::is_directory(self.parent_path().parent_path() / folder));
  REQUIRE(find_program("ASHLAR_NO_SUCH_VARIABLE", folder, "").empty());
}

TEST_CASE("a program is found in PATH by its name") {
  REQUIRE(std::filesystem::is_regular_file(
      find_program("ASHLAR_NO_SUCH_VARIABLE", "no/such/file", "sh")));
}

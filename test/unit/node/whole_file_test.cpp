#include "actors/node/process/whole_file.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "actors/node/process/scratch_folder.hpp"

using namespace ashlar;
namespace fs = std::filesystem;

namespace {

std::size_t entries(const std::string& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("a file is replaced whole, with nothing left beside it") {
  const node::scratch_folder scratch("", "ashlar-whole-file");
  const std::string path = scratch.path() + "/proof";
  CHECK(node::check_writable(path).ok());
  CHECK(entries(scratch.path()) == 0);
  REQUIRE(node::write_whole(path, bytes(10'000, 7)).ok());
  REQUIRE(node::write_whole(path, bytes(20, 9)).ok());
  CHECK(*node::read_whole(path) == bytes(20, 9));
  CHECK(node::check_writable(path).ok());
  CHECK(*node::read_whole(path) == bytes(20, 9));
  CHECK(entries(scratch.path()) == 1);
}

TEST_CASE("where a file cannot be is said before there is one, with the path and why") {
  const node::scratch_folder scratch("", "ashlar-whole-file");
  const std::string folder = scratch.path() + "/folder", pipe = scratch.path() + "/pipe";
  fs::create_directory(folder);
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const struct {
    std::string path, why;
  } cases[] = {{scratch.path() + "/none/proof", "No such file or directory"},
               {folder, "no ordinary file"},
               {pipe, "no ordinary file"},
               {"/dev/null", "no ordinary file"},
               {"/proc/proof", "cannot be written"}};
  for (const auto& c : cases) {
    for (const auto& refused :
         {node::check_writable(c.path), node::write_whole(c.path, bytes(3))}) {
      REQUIRE_FALSE(refused.ok());
      CHECK_THAT(refused.error(), Catch::StartsWith(c.path) && Catch::Contains(c.why));
    }
  }
  CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("a disk that fills leaves what was there, and nothing beside it") {
  const node::scratch_folder scratch("", "ashlar-whole-file");
  const std::string path = scratch.path() + "/proof";
  REQUIRE(node::write_whole(path, bytes(20, 9)).ok());
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1'000, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const auto written = node::write_whole(path, bytes(10'000, 1));
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  REQUIRE_FALSE(written.ok());
  CHECK(written.error() == path + ": cannot be written: File too large");
  CHECK(*node::read_whole(path) == bytes(20, 9));
  CHECK(entries(scratch.path()) == 1);
}

#include "actors/prover/proof_folder.hpp"

#include <fstream>

#include <catch2/catch.hpp>

#include "test/unit/l1_prover/scratch.hpp"

using namespace ashlar;
using namespace ashlar::test;
namespace fs = std::filesystem;

namespace {

hash256 named(u8 n) {
  hash256 h;
  h[0] = n;
  return h;
}

}  // namespace

TEST_CASE("proof folder: what is kept is there after a restart, what was begun is not",
          "[proof_folder]") {
  const scratch folder;
  {
    const auto shelf = prover::proof_folder::open(folder.path + "/a/b");
    REQUIRE(shelf.ok());
    REQUIRE((*shelf)->keep(named(1), bytes{1, 2, 3}).ok());
    REQUIRE((*shelf)->keep(named(1), bytes{4}).ok());
    REQUIRE((*shelf)->keep(named(2), bytes{}).ok());
    REQUIRE((*shelf)->keep(named(3), bytes{7}).ok());
    (*shelf)->drop(named(3));
    (*shelf)->drop(named(4));
  }
  std::ofstream(folder.path + "/a/b/half.part") << "x";
  const auto shelf = prover::proof_folder::open(folder.path + "/a/b");
  REQUIRE(shelf.ok());
  CHECK((*shelf)->find(named(1)) == bytes{4});
  CHECK((*shelf)->find(named(2)) == bytes{});
  CHECK((*shelf)->find(named(3)) == std::nullopt);
  CHECK_FALSE(fs::exists(folder.path + "/a/b/half.part"));
}

TEST_CASE("proof folder: where it cannot write it says why", "[proof_folder]") {
  const scratch folder;
  const auto shelf = prover::proof_folder::open(folder.path + "/a");
  REQUIRE(shelf.ok());
  fs::remove_all(folder.path + "/a");
  const auto kept = (*shelf)->keep(named(1), bytes{1});
  REQUIRE_FALSE(kept.ok());
  CHECK(kept.error().find(folder.path) != std::string::npos);
  std::ofstream(folder.path + "/file") << "x";
  CHECK_FALSE(prover::proof_folder::open(folder.path + "/file").ok());
}

#include <array>
#include <cstdio>
#include <sys/wait.h>

#include <catch2/catch.hpp>

#include "actors/node/process/child_process.hpp"
#include "actors/node/process/scratch_folder.hpp"
#include "actors/node/process/whole_file.hpp"

using namespace ashlar;

namespace {

struct ended {
  int code = -1;
  std::string said;  ///< on both outputs
};

/// A command line of `ashlar` to its end.
ended run(const std::string& words) {
  const std::string command =
      node::find_program("ASHLAR_BIN", "actors/node/ashlar", "") + " " + words + " 2>&1";
  std::FILE* const out = ::popen(command.c_str(), "r");
  REQUIRE(out != nullptr);
  ended end;
  std::array<char, 4096> piece;
  for (std::size_t n; (n = std::fread(piece.data(), 1, piece.size(), out)) != 0;)
    end.said.append(piece.data(), n);
  const int how = ::pclose(out);
  end.code = WIFEXITED(how) ? WEXITSTATUS(how) : -1;
  return end;
}

const std::string input = "0x" + std::string(64, '1');

}  // namespace

TEST_CASE("aggregate: wrong input is named at once", "[aggregate]") {
  const node::scratch_folder scratch{"", "ashlar-aggregate-e2e"};
  const std::string proof = scratch.path() + "/proof", out = scratch.path() + "/out";
  REQUIRE(node::write_whole(proof, std::string("no proof")).ok());
  struct wrong {
    std::string words, said;
  };
  for (const wrong& w : {
           wrong{"--proof " + proof + " --public-input 0x12 --out " + out, "32 bytes of hex"},
           wrong{"--proof " + proof + " " + proof + " --public-input " + input + " --out " + out,
                 "2 --proof and 1 --public-input"},
           wrong{"--proof " + out + " --public-input " + input + " --out " + out, "no such file"},
           wrong{"--proof " + proof + " --public-input " + input, "--out is required"},
           wrong{"--proof " + proof + " --public-input " + input + " --out " + out + " --dir " +
                     proof + "/x",
                 proof},
           wrong{"--proof " + proof + " --public-input " + input + " --out " + out +
                     " --backend opencl",
                 "cpu or cuda"},
           wrong{"--proof " + proof + " --public-input " + input + " --out " + out +
                     " --backend cuda --device 1000",
                 "ashlar: cuda: "},
       }) {
    const ended end = run("aggregate " + w.words);
    INFO(w.words << "\n" << end.said);
    CHECK(end.code == 2);
    CHECK(end.said.find(w.said) != std::string::npos);
  }
}

TEST_CASE("verify: a proof for L1 wants the public inputs of its batches", "[aggregate]") {
  const node::scratch_folder scratch{"", "ashlar-aggregate-e2e"};
  const std::string proof = scratch.path() + "/outer";
  // Its form alone: magic, version, two digests.
  std::string file = "ashlarou" + std::string("\1\0\0\0", 4) + std::string(64, '\0');
  REQUIRE(node::write_whole(proof, file).ok());
  const ended bad = run("verify --proof " + proof + " --public-input 0x12");
  INFO(bad.said);
  CHECK(bad.code == 2);
  CHECK(bad.said.find("32 bytes of hex") != std::string::npos);
  // One by other circuits is refused by what chains have pinned: nothing is made for that.
  const ended other = run("verify --proof " + proof + " --public-input " + input);
  INFO(other.said);
  CHECK(other.code == 1);
  CHECK(other.said.find("refused: the proof is by the set of circuits") != std::string::npos);
  // A proof of one batch has one.
  file[0] = 'x';
  REQUIRE(node::write_whole(proof, file).ok());
  const ended two = run("verify --proof " + proof + " --public-input " + input + " " + input);
  INFO(two.said);
  CHECK(two.code == 2);
  CHECK(two.said.find("has one") != std::string::npos);
}

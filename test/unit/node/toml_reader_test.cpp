#include "actors/node/chain/toml_reader.hpp"

#include <catch2/catch.hpp>

using namespace ashlar;
using node::toml_reader;

namespace {

struct sample {
  u64 bytes_max = 7;
  std::string endpoint = "unset";
  bool open = false;
  std::vector<std::string> roles;
};

std::string read(std::string_view text, sample& s) {
  auto file = toml_reader::parse(text, "sample.toml");
  if (!file) return file.error().text;
  file->read("rpc.bytes_max", s.bytes_max, 1, 100);
  file->read("rpc.open", s.open);
  file->read("l1.endpoint", s.endpoint);
  file->read("roles", s.roles);
  auto done = file->finish();
  return done.ok() ? std::string{} : done.error().text;
}

}  // namespace

TEST_CASE("absent keys keep their defaults and present ones are read", "[config]") {
  sample s;
  REQUIRE(read("roles = ['gateway', 'batch']\n[l1]\nendpoint = 'http://x'\n", s).empty());
  REQUIRE(s.bytes_max == 7);
  REQUIRE(s.endpoint == "http://x");
  REQUIRE(s.roles == std::vector<std::string>{"gateway", "batch"});
}

TEST_CASE("an unknown key is refused with the nearest known one", "[config]") {
  sample s;
  REQUIRE(read("[rpc]\nbytes_mx = 3\n", s) ==
          "sample.toml:2: rpc.bytes_mx: unknown key; did you mean rpc.bytes_max?");
  REQUIRE(read("[zebra]\nstripes_of_the_animal = 3\n", s) ==
          "sample.toml:2: zebra.stripes_of_the_animal: unknown key");
}

TEST_CASE("a wrong type or range names the key and the line", "[config]") {
  sample s;
  REQUIRE(read("[rpc]\nbytes_max = 101\n", s) ==
          "sample.toml:2: rpc.bytes_max: expected 1 to 100, got 101");
  REQUIRE(read("[rpc]\nbytes_max = 'a'\n", s) ==
          "sample.toml:2: rpc.bytes_max: expected a whole number");
  REQUIRE(read("[rpc]\nopen = 1\n", s) == "sample.toml:2: rpc.open: expected true or false");
  REQUIRE(read("roles = [1]\n", s).find("expected a list of texts") != std::string::npos);
}

TEST_CASE("text that is not TOML is refused with its line", "[config]") {
  sample s;
  REQUIRE(read("[rpc\n", s).starts_with("sample.toml:1:"));
}

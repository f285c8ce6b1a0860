#include "test/structure/structure.hpp"

#include <fstream>
#include <sstream>
#include <unistd.h>

#include <catch2/catch.hpp>

using namespace ashlar::test;
namespace fs = std::filesystem;

namespace {

structure_rules rules_of(const std::string& text) {
  std::string bad_line;
  auto rules = parse_rules(text, bad_line);
  INFO(bad_line);
  REQUIRE(rules.has_value());
  return *rules;
}

/// A small repository that lives as long as the object.
class sample_tree {
 public:
  sample_tree()
      : root_(fs::temp_directory_path() / ("ashlar-structure-" + std::to_string(getpid()))) {
    fs::remove_all(root_);
    put("runtime/base/bytes.hpp", "#pragma once\n");
    put("runtime/base/README.md", "Bytes.\n");
    put("actors/node/main.cpp",
        "#include <caf/actor_system.hpp>\n#include \"runtime/base/bytes.hpp\"\n");
    put("actors/node/README.md", "The program.\n");
  }
  ~sample_tree() { fs::remove_all(root_); }

  void put(const std::string& name, const std::string& text) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  void remove(const std::string& name) { fs::remove(root_ / name); }
  std::vector<std::string> breaches() const { return ashlar::test::breaches(root_, rules_); }

 private:
  fs::path root_;
  structure_rules rules_ = rules_of(
      "layer runtime/base :\nlayer actors/node : runtime/base\nonly caf/ : actors\n"
      "readme runtime\nreadme actors\nlines_max 10\nname utils\n");
};

using found = std::vector<std::string>;

}  // namespace

TEST_CASE("this repository keeps to its rules") {
  std::ifstream file("test/structure/rules.txt");
  std::stringstream text;
  text << file.rdbuf();
  const structure_rules rules = rules_of(text.str());
  REQUIRE(rules.layers.size() > 20);
  std::string all;
  for (const std::string& breach : breaches(".", rules)) all += breach + "\n";
  INFO(all);
  CHECK(all.empty());
}

TEST_CASE("the rules themselves have no circle") {
  std::ifstream file("test/structure/rules.txt");
  std::stringstream text;
  text << file.rdbuf();
  structure_rules rules = rules_of(text.str());
  for (auto& [folder, targets] : rules.layers) targets.erase("*");
  CHECK(find_cycle(rules.layers).empty());
}

TEST_CASE("a tree that keeps to the rules has no breach") {
  CHECK(sample_tree().breaches().empty());
}

TEST_CASE("an include against the layers is found where it stands") {
  sample_tree tree;
  tree.put("actors/node/wire.hpp", "#pragma once\n");
  tree.put("runtime/base/bytes.hpp", "#pragma once\n#include \"actors/node/wire.hpp\"\n");
  CHECK(tree.breaches() ==
        found{"runtime/base/bytes.hpp:2: runtime/base may not include actors/node",
              "the folders include each other in a circle: actors/node -> runtime/base -> "
              "actors/node"});
}

TEST_CASE("a library outside its folders is found") {
  sample_tree tree;
  tree.put("runtime/base/late.cpp", "#include <caf/all.hpp>\n");
  CHECK(tree.breaches() == found{"runtime/base/late.cpp:1: <caf/all.hpp> does not belong here"});
}

TEST_CASE("an include that is not rooted at the repository is found") {
  sample_tree tree;
  tree.put("runtime/base/late.cpp", "#include \"bytes.hpp\"\n");
  CHECK(tree.breaches() == found{"runtime/base/late.cpp:1: \"bytes.hpp\" is not a path from the "
                                 "repository's root"});
}

TEST_CASE("a folder that no rule names is found") {
  sample_tree tree;
  tree.put("net/http/server.cpp", "#include \"runtime/base/bytes.hpp\"\n");
  CHECK(tree.breaches() == found{"net/http/server.cpp:1: no layer for net/http/server.cpp"});
}

TEST_CASE("long files, bare headers, empty names and missing READMEs are found") {
  sample_tree tree;
  tree.put("runtime/base/long.cpp", std::string(11, '\n'));
  tree.put("runtime/base/bare.hpp", "\n");
  tree.put("runtime/base/utils.cpp", "\n");
  tree.remove("runtime/base/README.md");
  CHECK(tree.breaches() == found{"runtime/base/bare.hpp: no #pragma once",
                                 "runtime/base/long.cpp: 11 lines, at most 10",
                                 "runtime/base/utils.cpp: a file is called by what it holds",
                                 "runtime/base: no README.md"});
}

TEST_CASE("a line that is no rule is refused") {
  std::string bad_line;
  CHECK_FALSE(parse_rules("layer runtime/base :\nlayers x : y\n", bad_line).has_value());
  CHECK(bad_line == "layers x : y");
  CHECK_FALSE(parse_rules("layer runtime/base runtime/crypto\n", bad_line).has_value());
}

#include "actors/node/node_config.hpp"

#include <filesystem>

#include <catch2/catch.hpp>

using namespace ashlar;

namespace {

/// Every documented file of a node, and what in it must be filled in by the operator.
node::toml_reader read_all(const std::string& path, status<node::config_error>* verdict) {
  auto file = node::toml_reader::open(path);
  REQUIRE(file.ok());
  node::node_files out;
  std::string chain_folder = ".";
  out.stack.data_folder = "data";
  node::read_node_keys(*file, out, chain_folder);
  *verdict = file->finish();
  return std::move(*file);
}

std::vector<std::string> documents() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator("configs/node"))
    if (entry.path().extension() == ".toml") out.push_back(entry.path().string());
  return out;
}

}  // namespace

TEST_CASE("every documented key is known, and its documented value is the default", "[config]") {
  REQUIRE_FALSE(documents().empty());
  for (const std::string& path : documents()) {
    INFO(path);
    status<node::config_error> verdict = nothing{};
    const auto file = read_all(path, &verdict);
    if (!verdict) FAIL(verdict.error().text);
    CHECK(file.changed() == std::vector<std::string>{});
  }
}

TEST_CASE("every key that a node reads is documented", "[config]") {
  for (const std::string& path : documents()) {
    status<node::config_error> verdict = nothing{};
    const auto file = read_all(path, &verdict);
    for (const std::string& key : file.asked()) {
      // Its absence has a meaning of its own; the file names it in a comment.
      if (key == "l1_listener.finality_depth") continue;
      INFO(path << ": " << key);
      CHECK(file.has(key));
    }
  }
}

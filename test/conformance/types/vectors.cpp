#include "test/conformance/types/vectors.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>

namespace ashlar::conformance {

namespace {

constexpr const char* families[] = {"rlp_tests", "state_tests", "transaction_tests"};

bool has_a_family(const std::filesystem::path& root) {
  return std::any_of(std::begin(families), std::end(families), [&](const char* family) {
    return std::filesystem::is_directory(root / family);
  });
}

}  // namespace

std::optional<std::filesystem::path> vectors_of(const std::string& family) {
  const char* set = std::getenv("ASHLAR_VECTORS");
  // Tests run in the repository's root.
  const std::filesystem::path root = set != nullptr ? set : "../shared/vectors";
  if (set != nullptr && !has_a_family(root))
    throw std::runtime_error{"ASHLAR_VECTORS is " + root.string() +
                             ", which has no folder rlp_tests, state_tests or transaction_tests"};
  const std::filesystem::path folder = root / family;
  if (std::filesystem::is_directory(folder)) return folder;
  std::cout << "SKIPPED: no vectors at " << std::filesystem::absolute(folder).string()
            << " (ASHLAR_VECTORS names another folder)\n";
  return std::nullopt;
}

std::vector<std::filesystem::path> json_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().extension() == ".json")
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

boost::json::value read_json(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::stringstream text;
  text << in.rdbuf();
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = 4096;
  boost::json::value value = boost::json::parse(text.str(), error, {}, options);
  if (error) throw std::runtime_error{file.string() + ": " + error.message()};
  return value;
}

}  // namespace ashlar::conformance

#include "test/unit/crypto_pairing/vectors.hpp"

#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"

namespace ashlar::test {

std::vector<vector_case> load_vectors(const std::string& file) {
  std::ifstream in("test/unit/crypto_pairing/" + file);
  INFO("vector file " << file << ", read from the repository's root");
  REQUIRE(in.good());
  std::vector<vector_case> cases;
  std::string line;
  for (unsigned number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    INFO("line " << number);
    std::istringstream fields(line);
    std::string operation, input, output;
    REQUIRE(fields >> operation >> input >> output);
    const auto decode = [](const std::string& text) {
      const auto raw = from_hex(text == "-" ? "" : text);
      REQUIRE(raw.has_value());
      return *raw;
    };
    vector_case c{number, operation, decode(input), std::nullopt};
    if (output != "fail") c.output = decode(output);
    cases.push_back(std::move(c));
  }
  REQUIRE_FALSE(cases.empty());
  return cases;
}

}  // namespace ashlar::test

#pragma once

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/base/u256.hpp"

namespace ashlar::test {

/// One published case: what an operation must answer, or nothing where it must refuse.
struct vector_case {
  unsigned line;
  std::string operation;
  bytes input;
  std::optional<bytes> output;
};

/// Reads a file of this folder: `operation input output` a line, hex, '-' for empty bytes, `fail`
/// for a refused input, '#' for comments. Fails the test where the file is absent or malformed.
std::vector<vector_case> load_vectors(const std::string& file);

/// Random numbers from a fixed seed, printed by the tests that use it through INFO.
class seeded {
 public:
  explicit seeded(u64 seed) : engine_(seed) {}
  u64 word() { return engine_(); }
  u256 wide() { return {word(), word(), word(), word()}; }

 private:
  std::mt19937_64 engine_;
};

/// Big-endian concatenation of 32-byte words.
inline bytes words(std::initializer_list<u256> values) {
  bytes out;
  for (const u256& v : values) append(out, v.to_be());
  return out;
}

inline bytes joined(std::initializer_list<bytes_view> parts) {
  bytes out;
  for (bytes_view part : parts) append(out, part);
  return out;
}

}  // namespace ashlar::test

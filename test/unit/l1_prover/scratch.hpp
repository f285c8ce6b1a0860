#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace ashlar::test {

/// A folder of a test's own.
struct scratch {
  scratch() {
    char name[] = "/tmp/ashlar-l1-prover-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~scratch() { std::filesystem::remove_all(path); }
  scratch(const scratch&) = delete;
  std::string path;
};

}  // namespace ashlar::test

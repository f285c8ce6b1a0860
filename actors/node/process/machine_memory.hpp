#pragma once

#include <string>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

namespace ashlar::node {

/// The most memory that this process can have, and who says so.
struct machine_memory {
  u64 bytes = 0;
  std::string source;  ///< "this machine", or the file of a control group's limit
};

/// The least of the machine's memory and the limits of the control group, of either version, that
/// this process is in and of those above it. `root` stands before every path: for tests. The error,
/// a sentence, is that the system does not say.
result<machine_memory, std::string> memory_of_machine(const std::string& root = {});

}  // namespace ashlar::node

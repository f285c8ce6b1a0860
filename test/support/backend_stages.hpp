#pragma once

#include <functional>
#include <string>

#include "runtime/stark/prover/prover.hpp"

// What two backends must agree on, stage by stage: for the kernels' text run on the host, and for
// kernels on a device.
namespace ashlar::test {

/// The answer is empty where both backends gave the same, else what differs first.
struct backend_stage {
  std::string name;
  std::function<std::string(stark::prover_backend& reference, stark::prover_backend& other)> run;
};

/// `large`: the sizes for a device. The others stay within some seconds on a host that runs
/// kernels one thread after another.
std::vector<backend_stage> backend_stages(bool large);

}  // namespace ashlar::test

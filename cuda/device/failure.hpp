#pragma once

#include <stdexcept>
#include <string>

namespace ashlar::cuda {

/// Why there is no device, or why its work ended.
enum class device_error {
  not_built,  // this build has no CUDA
  no_device,  // none is there, or not the one asked for
  memory,     // the budget or the device's memory does not hold it
  runtime,    // a call or a kernel failed: the device's state is lost
};

struct device_failure {
  device_error what;
  std::string text;
};

/// Thrown inside a prover's work where the device fails or its budget is spent: prover_backend has
/// no error of its own, as the CPU's has none for std::bad_alloc. After `memory` the backend may be
/// used again; after `runtime` it may not.
class device_exception : public std::runtime_error {
 public:
  explicit device_exception(device_failure f)
      : std::runtime_error("GPU: " + f.text), what_(f.what) {}
  device_error what_failed() const noexcept { return what_; }

 private:
  device_error what_;
};

}  // namespace ashlar::cuda

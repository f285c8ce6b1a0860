#pragma once

#include <new>
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

/// Thrown inside a prover's work where the device's state is lost: prover_backend has no error of
/// its own. The backend may not be used again.
class device_exception : public std::runtime_error {
 public:
  explicit device_exception(const device_failure& f)
      : std::runtime_error("GPU: " + f.text), what_(f.what) {}
  device_error what_failed() const noexcept { return what_; }

 private:
  device_error what_;
};

/// Thrown where the budget or the device's memory does not hold what is asked for, as
/// prover_backend says. The backend may be used again.
class device_memory_spent : public std::bad_alloc {
 public:
  explicit device_memory_spent(std::string text) : text_("GPU: " + std::move(text)) {}
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

}  // namespace ashlar::cuda

#pragma once

#include <chrono>

#include "runtime/base/strong.hpp"

namespace ashlar {

/// Time, passed in: `steady` for leases, timeouts and latencies; `wall` for block timestamps.
class clock {
 public:
  using duration = std::chrono::nanoseconds;
  virtual ~clock() = default;
  /// Monotonic time since an arbitrary origin.
  virtual duration steady() const noexcept = 0;
  /// Wall-clock seconds; may step backwards.
  virtual unix_seconds wall() const noexcept = 0;
};

}  // namespace ashlar

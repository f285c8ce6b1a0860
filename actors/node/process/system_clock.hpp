#pragma once

#include "runtime/base/clock.hpp"

namespace ashlar::node {

/// The machine's clocks.
class system_clock final : public clock {
 public:
  duration steady() const noexcept override {
    return std::chrono::duration_cast<duration>(
        std::chrono::steady_clock::now().time_since_epoch());
  }
  unix_seconds wall() const noexcept override {
    return unix_seconds{static_cast<u64>(std::chrono::duration_cast<std::chrono::seconds>(
                                             std::chrono::system_clock::now().time_since_epoch())
                                             .count())};
  }
};

}  // namespace ashlar::node

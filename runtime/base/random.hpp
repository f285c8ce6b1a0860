#pragma once

#include "runtime/base/bytes.hpp"

namespace ashlar {

/// Randomness, passed in. Implementations that make secrets use libsodium; tests use a seed.
class random_source {
 public:
  virtual ~random_source() = default;
  virtual void fill(std::span<u8> out) noexcept = 0;
};

}  // namespace ashlar

#pragma once

#include "runtime/base/bytes.hpp"

namespace ashlar {

/// EVM rule sets, in order of activation: `a >= revision::prague` means "Prague's rules are on".
enum class revision : u8 { cancun = 0, prague = 1, osaka = 2 };

inline constexpr revision latest_revision = revision::osaka;

constexpr const char* to_text(revision r) noexcept {
  switch (r) {
    case revision::cancun:
      return "cancun";
    case revision::prague:
      return "prague";
    case revision::osaka:
      return "osaka";
  }
  return "unknown";
}

}  // namespace ashlar

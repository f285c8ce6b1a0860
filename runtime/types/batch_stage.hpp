#pragma once

#include "runtime/base/bytes.hpp"

namespace ashlar {

/// Steps of a batch, in order. A batch is never in a later stage than L1 shows.
enum class batch_stage : u8 { sealed = 0, committing, committed, proving, proved, executed };

constexpr const char* to_text(batch_stage stage) noexcept {
  switch (stage) {
    case batch_stage::sealed:
      return "sealed";
    case batch_stage::committing:
      return "committing";
    case batch_stage::committed:
      return "committed";
    case batch_stage::proving:
      return "proving";
    case batch_stage::proved:
      return "proved";
    case batch_stage::executed:
      return "executed";
  }
  return "unknown";
}

}  // namespace ashlar

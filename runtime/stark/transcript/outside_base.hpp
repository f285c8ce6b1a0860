#pragma once

#include "runtime/stark/field/gl3.hpp"

namespace ashlar::stark {

/// The first of the elements that `draw` gives that is outside the base field. Soundness role: the
/// point at which traces are opened is in no domain, all of which are in the base field, so that no
/// denominator is zero.
template <class Draw>
gl3 first_outside_base(Draw&& draw) noexcept {
  for (;;) {
    const gl3 e = draw();
    if (!e.is_base()) return e;
  }
}

}  // namespace ashlar::stark

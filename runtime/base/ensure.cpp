#include "runtime/base/ensure.hpp"

#include <cstdio>
#include <cstdlib>

namespace ashlar {

void broken_invariant(const char* expression, const char* file, int line) noexcept {
  std::fprintf(stderr, "ashlar: broken invariant: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace ashlar

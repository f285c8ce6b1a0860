#include "runtime/guest/join_main.hpp"

// The verifier as a proved program, with the parameters that a chain relies on.

namespace ashlar::guest {

u32 guest_main() {
  return join_main(stark::secure_join);
}

}  // namespace ashlar::guest

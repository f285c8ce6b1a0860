#include "test/unit/join/insecure_join.hpp"

#include "runtime/guest/join_main.hpp"

// The join program with parameters that a test can prove many times.

namespace ashlar::guest {

u32 guest_main() {
  return join_main(test::insecure_join);
}

}  // namespace ashlar::guest

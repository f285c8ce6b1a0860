#pragma once

#include "runtime/guest/guest_main.hpp"
#include "runtime/guest/proof_input.hpp"
#include "runtime/stark/join/join.hpp"

namespace ashlar::guest {

/// A join program: private input and public output as stark/join/join.hpp says. Exit codes: 0 all
/// items hold; 1 + the join_error where one does not. Words of the input that are left over have no
/// meaning.
inline u32 join_main(const stark::join_params& params) {
  proof_input input;
  const auto output = stark::check_join(params, input);
  if (!output) return 1 + static_cast<u32>(output.error().what);
  commit(*output);
  return 0;
}

}  // namespace ashlar::guest

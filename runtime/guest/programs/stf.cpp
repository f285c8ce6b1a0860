#include "runtime/guest/guest_main.hpp"
#include "runtime/stf/apply_batch.hpp"
#include "runtime/types/batch.hpp"

// The state-transition function as a proved program: private input is a batch's witness, public
// output the hash of its public input, which L1 knows. Exit codes: 0 the batch is applied; 1 + the
// batch_error_code where the witness does not hold.

namespace ashlar::guest {

u32 guest_main() {
  const auto applied = stf::apply_batch(read_input());
  if (!applied) return 1 + static_cast<u32>(applied.error().code);
  commit(public_input_hash(applied->input));
  return 0;
}

}  // namespace ashlar::guest

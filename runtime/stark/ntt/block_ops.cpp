#include "runtime/stark/ntt/block_ops.hpp"

namespace ashlar::stark {

const block_ops& best_block_ops() noexcept {
  return scalar_block_ops();
}

}  // namespace ashlar::stark

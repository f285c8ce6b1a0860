#if defined(__x86_64__)
#include "runtime/stark/field/lanes_avx2.hpp"
#include "runtime/stark/hash/poseidon2_lanes.hpp"

namespace ashlar::stark {

static_assert(poseidon2_lanes<lanes4>::width == poseidon2_rows_at_once_avx2);

void poseidon2_rows_avx2(const poseidon2_rows_job& job) noexcept {
  poseidon2_lanes<lanes4>::rows(job);
}
void poseidon2_nodes_avx2(const u8* pairs, u8* out, std::size_t n) noexcept {
  poseidon2_lanes<lanes4>::nodes(pairs, out, n);
}

}  // namespace ashlar::stark
#endif

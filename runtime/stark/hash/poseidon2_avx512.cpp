#if defined(__x86_64__)
#include "runtime/stark/field/lanes_avx512.hpp"
#include "runtime/stark/hash/poseidon2_lanes.hpp"

namespace ashlar::stark {

static_assert(poseidon2_lanes<lanes8>::width == poseidon2_rows_at_once_avx512);

void poseidon2_rows_avx512(const poseidon2_rows_job& job) noexcept {
  poseidon2_lanes<lanes8>::rows(job);
}
void poseidon2_nodes_avx512(const u8* pairs, u8* out, std::size_t n) noexcept {
  poseidon2_lanes<lanes8>::nodes(pairs, out, n);
}

}  // namespace ashlar::stark
#endif

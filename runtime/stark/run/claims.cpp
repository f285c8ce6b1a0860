#include "runtime/stark/run/claims.hpp"

namespace ashlar::stark {

std::vector<std::vector<gl>> segment_publics(machine_kind machine, const segment_claim& claim) {
  return segment_publics_of(machine, gl(claim.index), gl(claim.start_pc), gl(claim.end_pc),
                            gl(claim.cycles));
}

std::vector<std::vector<gl>> memory_publics(u32 ram_bytes, const hash256& output) {
  gl words[8];
  for (unsigned i = 0; i < 8; ++i) words[i] = gl(load_le32(output.data() + 4 * i));
  return memory_publics_of(ram_bytes, std::span<const gl>(words));
}

}  // namespace ashlar::stark

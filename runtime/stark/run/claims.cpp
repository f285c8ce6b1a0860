#include "runtime/stark/run/claims.hpp"

namespace ashlar::stark {

std::vector<std::vector<gl>> segment_publics(machine_kind machine, const segment_claim& claim) {
  return with_chips_of(machine, [&]<class Chips>() {
    std::vector<std::vector<gl>> all(Chips::size);
    all[Chips::template place<ends_chip>()] = {gl(claim.start_pc), gl(claim.end_pc),
                                               first_time + time_step * gl(claim.cycles)};
    all[Chips::template place<boundary_chip>()] = {gl(claim.index)};
    return all;
  });
}

std::vector<std::vector<gl>> memory_publics(u32 ram_bytes, const hash256& output) {
  std::vector<std::vector<gl>> all(memory_chips::size);
  all[memory_chips::place<ram_chip>()] = {gl(ram_bytes / 4)};
  auto& words = all[memory_chips::place<output_chip>()];
  for (unsigned i = 0; i < 8; ++i) words.push_back(gl(load_le32(output.data() + 4 * i)));
  return all;
}

}  // namespace ashlar::stark

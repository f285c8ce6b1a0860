#include <bit>

#include "runtime/evm/cycle_meter.hpp"

namespace ashlar::evm {

u64 exp_weight(const u256& exponent) noexcept {
  u64 ones = 0;
  for (const u64 limb : exponent.limb) ones += static_cast<u64>(std::popcount(limb));
  return (exponent.bit_length() + ones) * cycle_weight::exp_step;
}

u64 txn_weight(const txn& t, u64 envelope_bytes) noexcept {
  // Hashed to be signed, to be known and into the block's trie; copied some times between.
  constexpr u64 each = 30'000, per_byte = 60;
  return each + per_byte * envelope_bytes +
         cycle_weight::authorization * u64{t.authorizations.size()};
}

u64 proof_cycles(u64 metered, u64 blocks, u64 pubdata_bytes, const memory_use& use,
                 u64 leaf_count) noexcept {
  constexpr u64 fixed = 250'000, per_block = 20'000, per_pubdata_byte = 120, per_leaf = 900,
                per_node = 400;
  return fixed + metered + blocks * per_block + pubdata_bytes * per_pubdata_byte +
         use.leaves * per_leaf + covered_nodes_max(use.leaves, leaf_count) * per_node;
}

}  // namespace ashlar::evm

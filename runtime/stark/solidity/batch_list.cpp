#include "runtime/stark/solidity/batch_list.hpp"

#include "runtime/crypto/keccak.hpp"
#include "runtime/stark/hash/sponge.hpp"

namespace ashlar::stark {

namespace {

hash256 keccak_of(const hash256& left, const hash256& right) noexcept {
  u8 both[64];
  std::copy(left.begin(), left.end(), both);
  std::copy(right.begin(), right.end(), both + 32);
  return crypto::keccak256(both);
}

}  // namespace

hash256 list_digest(std::span<const hash256> inputs) noexcept {
  u64 acc[4] = {};
  for (const hash256& input : inputs) {
    const u64 before[4] = {acc[0], acc[1], acc[2], acc[3]};
    poseidon2_sponge(
        12, crypto::poseidon2_rate,
        [&](std::size_t i) {
          return i < 4 ? before[i] : u64{load_le32(input.data() + 4 * (i - 4))};
        },
        acc);
  }
  hash256 out;
  for (unsigned i = 0; i < 4; ++i) store_be64(out.data() + 8 * i, acc[i]);
  return out;
}

hash256 list_output(const hash256& set_root, std::span<const hash256> inputs) noexcept {
  hash256 acc;
  for (const hash256& input : inputs) acc = keccak_of(acc, input);
  return keccak_of(set_root, acc);
}

}  // namespace ashlar::stark

#include "runtime/crypto/secp256k1.hpp"

namespace ashlar::crypto {

std::optional<address> recover(const hash256& digest, const u256& r, const u256& s,
                               bool y_parity) noexcept {
  return recover_own(digest, r, s, y_parity);
}

std::vector<std::optional<address>> recover_many(std::span<const recovery> asked) {
  return recover_many_own(asked);
}

}  // namespace ashlar::crypto

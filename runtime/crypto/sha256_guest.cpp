#include "runtime/crypto/sha256.hpp"

namespace ashlar::crypto {

void sha256_blocks(u32 state[8], const u8* data, std::size_t blocks) noexcept {
  sha256_blocks_scalar(state, data, blocks);
}

}  // namespace ashlar::crypto

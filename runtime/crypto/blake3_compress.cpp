#include "runtime/crypto/blake3_rounds.hpp"

namespace ashlar::crypto {

void blake3_compress(const u32 cv[8], const u32 block[16], u64 counter, u32 block_length, u32 flags,
                     u32 out[8]) noexcept {
  blake3_compress_inline(cv, block, counter, block_length, flags, out);
}

}  // namespace ashlar::crypto

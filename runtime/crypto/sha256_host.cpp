#include "runtime/crypto/sha256.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace ashlar::crypto {

namespace {

#if defined(__x86_64__)
// GCC 12 knows no name for the SHA extension: leaf 7, EBX bit 29.
bool has_sha() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __builtin_cpu_supports("sse4.1") && __get_cpuid_count(7, 0, &a, &b, &c, &d) &&
         ((b >> 29) & 1);
}
#endif

}  // namespace

void sha256_blocks(u32 state[8], const u8* data, std::size_t blocks) noexcept {
#if defined(__x86_64__)
  static const bool sha = has_sha();
  if (sha) return sha256_blocks_ni(state, data, blocks);
#endif
  sha256_blocks_scalar(state, data, blocks);
}

}  // namespace ashlar::crypto

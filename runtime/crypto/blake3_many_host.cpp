#include "runtime/crypto/blake3_lanes.hpp"

namespace ashlar::crypto {

void blake3_hash_many(const blake3_job& job) noexcept {
#if defined(__x86_64__)
  static const bool has_avx512 = __builtin_cpu_supports("avx512f") &&
                                 __builtin_cpu_supports("avx512vl") &&
                                 __builtin_cpu_supports("avx512bw");
  static const bool has_avx2 = __builtin_cpu_supports("avx2");
  if (has_avx512) return blake3_hash_many_avx512(job);
  if (has_avx2) return blake3_hash_many_avx2(job);
#endif
  blake3_hash_many_scalar(job);
}

}  // namespace ashlar::crypto

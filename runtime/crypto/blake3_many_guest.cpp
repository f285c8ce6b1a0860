#include "runtime/crypto/blake3_lanes.hpp"

namespace ashlar::crypto {

void blake3_hash_many(const blake3_job& job) noexcept {
  blake3_hash_many_scalar(job);
}

}  // namespace ashlar::crypto

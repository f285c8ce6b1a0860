#include "runtime/crypto/blake3.hpp"
#include "runtime/crypto/blake3_lanes.hpp"

namespace ashlar::crypto {

void blake3_hash_many(const blake3_job& job) noexcept {
  using word [[gnu::may_alias]] = u32;
  const auto places =
      reinterpret_cast<std::uintptr_t>(job.input) | reinterpret_cast<std::uintptr_t>(job.out);
  if (job.length != blake3_block_bytes || job.counter_step != 0 || places % alignof(u32) != 0) {
    blake3_hash_many_scalar(job);
    return;
  }
  // Nodes of trees: each is one call, from where it lies to where it goes.
  const u32 flags = job.flags | job.flags_start | job.flags_end;
  const u8* from = job.input;
  u8* to = job.out;
  for (std::size_t i = 0; i < job.n; ++i, from += blake3_block_bytes, to += 32)
    blake3_compress(blake3_iv, reinterpret_cast<const word*>(from), job.counter, blake3_block_bytes,
                    flags, reinterpret_cast<word*>(to));
}

}  // namespace ashlar::crypto

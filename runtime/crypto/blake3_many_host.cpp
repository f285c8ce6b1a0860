#include "runtime/base/ensure.hpp"
#include "runtime/base/vector_code.hpp"
#include "runtime/crypto/blake3.hpp"
#include "runtime/crypto/blake3_lanes.hpp"

namespace ashlar::crypto {

void blake3_hash_many(const blake3_job& job) noexcept {
#if defined(__x86_64__)
  const vector_code code = chosen_vector_code();
  if (code == vector_code::avx512) return blake3_hash_many_avx512(job);
  if (code == vector_code::avx2) return blake3_hash_many_avx2(job);
#endif
  blake3_hash_many_scalar(job);
}

void blake3_hash_columns_scalar(const blake3_columns_job& job) noexcept {
  for (std::size_t i = 0; i < job.n; ++i) {
    blake3_state state;
    for (std::size_t j = 0; j < job.count; ++j)
      state.update({reinterpret_cast<const u8*>(job.columns[j] + job.first + i), 8});
    const hash256 h = state.final();
    std::memcpy(job.out + 32 * i, h.data(), 32);
  }
}

void blake3_hash_columns(const blake3_columns_job& job) noexcept {
  ensure(job.count > 0 && job.count <= blake3_columns_max);
  blake3_columns_job rest = job;
  [[maybe_unused]] const auto by = [&](void (*kernel)(const blake3_columns_job&) noexcept,
                                       std::size_t lanes) {
    blake3_columns_job whole = rest;
    whole.n -= whole.n % lanes;
    if (whole.n != 0) kernel(whole);
    rest.first += whole.n;
    rest.n -= whole.n;
    rest.out += 32 * whole.n;
  };
#if defined(__x86_64__)
  const vector_code code = chosen_vector_code();
  if (code == vector_code::avx512) by(blake3_hash_columns_avx512, 16);
  if (code != vector_code::scalar) by(blake3_hash_columns_avx2, 8);
#endif
  blake3_hash_columns_scalar(rest);
}

}  // namespace ashlar::crypto

#include "runtime/stark/ntt/vector_code.hpp"

#include <atomic>

#include "runtime/base/ensure.hpp"
#include "runtime/stark/ntt/ntt_kernels.hpp"

namespace ashlar::stark {

namespace {

const ntt::kernels* kernels_of(vector_code code) noexcept {
#if defined(__x86_64__)
  if (code == vector_code::avx512) return &ntt::kernels_avx512;
  if (code == vector_code::avx2) return &ntt::kernels_avx2;
#endif
  return nullptr;
}

std::atomic<const ntt::kernels*>& choice() noexcept {
  static std::atomic<const ntt::kernels*> kernels{kernels_of(best_vector_code())};
  return kernels;
}

}  // namespace

bool has_vector_code(vector_code code) noexcept {
  if (code == vector_code::scalar) return true;
#if defined(__x86_64__)
  if (code == vector_code::avx512) return __builtin_cpu_supports("avx512f");
  if (code == vector_code::avx2) return __builtin_cpu_supports("avx2");
#endif
  return false;
}

vector_code best_vector_code() noexcept {
  for (const vector_code code : {vector_code::avx512, vector_code::avx2})
    if (has_vector_code(code)) return code;
  return vector_code::scalar;
}

void use_vector_code(vector_code code) noexcept {
  ensure(has_vector_code(code));
  choice() = kernels_of(code);
}

namespace ntt {
const kernels* chosen_kernels() noexcept {
  return choice().load(std::memory_order_relaxed);
}
}  // namespace ntt

}  // namespace ashlar::stark

#include <atomic>

#include "runtime/base/ensure.hpp"
#include "runtime/base/vector_code.hpp"

namespace ashlar {

namespace {

std::atomic<vector_code>& choice() noexcept {
  static std::atomic<vector_code> code{best_vector_code()};
  return code;
}

}  // namespace

bool has_vector_code(vector_code code) noexcept {
  if (code == vector_code::scalar) return true;
#if defined(__x86_64__)
  if (code == vector_code::avx512)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512bw");
  if (code == vector_code::avx2) return __builtin_cpu_supports("avx2");
#endif
  return false;
}

vector_code best_vector_code() noexcept {
  for (const vector_code code : {vector_code::avx512, vector_code::avx2})
    if (has_vector_code(code)) return code;
  return vector_code::scalar;
}

vector_code chosen_vector_code() noexcept {
  return choice().load(std::memory_order_relaxed);
}

void use_vector_code(vector_code code) noexcept {
  ensure(has_vector_code(code));
  choice() = code;
}

}  // namespace ashlar

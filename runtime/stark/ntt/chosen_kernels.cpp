#include "runtime/base/vector_code.hpp"
#include "runtime/stark/ntt/ntt_kernels.hpp"

namespace ashlar::stark::ntt {

const kernels* chosen_kernels() noexcept {
#if defined(__x86_64__)
  switch (chosen_vector_code()) {
    case vector_code::avx512:
      return &kernels_avx512;
    case vector_code::avx2:
      return &kernels_avx2;
    case vector_code::scalar:
      break;
  }
#endif
  return nullptr;
}

}  // namespace ashlar::stark::ntt

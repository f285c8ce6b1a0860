#include "cuda/backend/backend.hpp"

namespace ashlar::cuda {

result<std::unique_ptr<gpu_backend>, device_failure> make_cuda_backend(const gpu_options&) {
  return fail(
      device_failure{device_error::not_built, "this build has no CUDA; use the CPU backend"});
}

std::size_t memory_bytes_free(int) noexcept {
  return 0;
}

int device_count() noexcept {
  return 0;
}

}  // namespace ashlar::cuda

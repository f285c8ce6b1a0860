#include "cuda/backend/kernel_backend.hpp"
#include "cuda/device/cuda_device.cuh"

namespace ashlar::cuda {

result<std::unique_ptr<gpu_backend>, device_failure> make_cuda_backend(const gpu_options& options) {
  auto device = cuda_device::open(options.device, options.memory_bytes_max);
  if (!device) return fail(device.error());
  try {
    return std::make_unique<kernel_backend<cuda_device>>(std::move(*device));
  } catch (const device_exception& e) {
    return fail(device_failure{e.what_failed(), e.what()});
  } catch (const device_memory_spent& e) {
    return fail(device_failure{device_error::memory, e.what()});
  }
}

std::size_t memory_bytes_free(int device) noexcept {
  std::size_t free = 0, all = 0;
  if (cudaSetDevice(device) != cudaSuccess || cudaMemGetInfo(&free, &all) != cudaSuccess) return 0;
  return free;
}

int device_count() noexcept {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

}  // namespace ashlar::cuda

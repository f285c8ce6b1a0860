#pragma once

#include <cuda_runtime.h>

#include "cuda/device/memory.hpp"
#include "runtime/base/result.hpp"

namespace ashlar::cuda {

/// Throws device_memory_spent or device_exception where a call failed.
inline void check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  std::string text = std::string(what) + ": " + cudaGetErrorString(status);
  if (status == cudaErrorMemoryAllocation) throw device_memory_spent(std::move(text));
  throw device_exception({device_error::runtime, std::move(text)});
}

template <class Kernel>
__global__ void __launch_bounds__(Kernel::threads)
    run_each(u64 n, const __grid_constant__ Kernel kernel) {
  const u64 i = u64{blockIdx.x} * Kernel::threads + threadIdx.x;
  if (i < n) kernel(i);
}

template <class Kernel>
__global__ void __launch_bounds__(Kernel::threads)
    run_blocks(const __grid_constant__ Kernel kernel) {
  __shared__ u64 shared[Kernel::shared_words];
  const unsigned phases = kernel.phases();
  for (unsigned p = 0; p < phases; ++p) {
    kernel.run(p, blockIdx.x, threadIdx.x, shared);
    __syncthreads();
  }
}

/// A GPU: one stream, memory in the order of the stream, pinned staging for what comes and goes.
/// See host_device.hpp for what it is to the backend.
class cuda_device {
 public:
  /// The device `ordinal`, with at most `budget_bytes` of its memory in use at a time.
  static result<std::unique_ptr<cuda_device>, device_failure> open(int ordinal,
                                                                   std::size_t budget_bytes);
  ~cuda_device();
  cuda_device(const cuda_device&) = delete;
  cuda_device& operator=(const cuda_device&) = delete;

  const std::shared_ptr<device_memory>& memory() const noexcept { return memory_; }

  template <class Kernel>
  void each(u64 n, const Kernel& kernel) {
    if (n == 0) return;
    const u64 grid = (n + Kernel::threads - 1) / Kernel::threads;
    run_each<Kernel><<<static_cast<unsigned>(grid), Kernel::threads, 0, stream_>>>(n, kernel);
    check(cudaGetLastError(), "starting a kernel");
  }
  template <class Kernel>
  void blocks(u64 n, const Kernel& kernel) {
    if (n == 0) return;
    run_blocks<Kernel><<<static_cast<unsigned>(n), Kernel::threads, 0, stream_>>>(kernel);
    check(cudaGetLastError(), "starting a kernel");
  }
  /// `from` may be used again on return.
  void upload(void* to, const void* from, std::size_t bytes);
  /// Waits for all work before it.
  void download(void* to, const void* from, std::size_t bytes);
  void copy(void* to, const void* from, std::size_t bytes) {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream_), "copying");
  }
  void fill(void* to, u8 value, std::size_t bytes) {
    check(cudaMemsetAsync(to, value, bytes, stream_), "filling");
  }
  /// Waits for all work.
  void wait() { check(cudaStreamSynchronize(stream_), "waiting for the device"); }

 private:
  cuda_device() = default;
  static constexpr std::size_t staging_bytes = std::size_t{32} << 20;
  static constexpr std::size_t answer_bytes = std::size_t{4} << 20;

  /// Pinned memory that fills up from the front; free again when the copies from it are done.
  struct staging {
    u8* data = nullptr;
    cudaEvent_t done = nullptr;
  };
  void next_staging();

  cudaStream_t stream_ = nullptr;
  std::shared_ptr<device_memory> memory_;
  staging staging_[2];
  unsigned current_ = 0;
  std::size_t used_ = 0;  // of the current staging
  u8* answer_ = nullptr;  // pinned, for downloads
};

}  // namespace ashlar::cuda

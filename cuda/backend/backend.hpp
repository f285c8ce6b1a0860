#pragma once

#include "cuda/device/failure.hpp"
#include "runtime/base/result.hpp"
#include "runtime/stark/prover/backend.hpp"

namespace ashlar::cuda {

/// A prover's backend on a GPU. Its proofs are the CPU backend's, byte for byte. Its calls throw
/// device_memory_spent (a std::bad_alloc) where the budget is spent and device_exception where the
/// device fails. One thread: the one that made it.
class gpu_backend : public stark::prover_backend {
 public:
  /// Returns when all that was asked for is done: for measurements.
  virtual void wait() = 0;
};

struct gpu_options {
  int device = 0;  ///< as the driver numbers them
  /// Device memory that may be in use at a time; beyond it a call throws. The driver's own context
  /// (some hundreds of MB) is not counted.
  std::size_t memory_bytes_max = std::size_t{16} << 30;
};

/// `not_built` in a build without CUDA, `no_device` where there is none.
result<std::unique_ptr<gpu_backend>, device_failure> make_cuda_backend(
    const gpu_options& options = {});

/// The device's memory that nobody has taken; 0 where there is no such device.
std::size_t memory_bytes_free(int device) noexcept;

/// How many devices there are; 0 in a build without CUDA or without a driver.
int device_count() noexcept;

}  // namespace ashlar::cuda

#pragma once

#include <cstdlib>

#include "cuda/device/memory.hpp"

// What a device is to the backend, and the one that needs none.
//
// A device has `memory()`, `upload`, `download`, and runs two shapes of kernel, both plain structs
// that carry their parameters:
//   element kernel   static constexpr unsigned threads; operator()(u64 i), for each i < n
//   block kernel     static constexpr unsigned threads, shared_words; unsigned phases();
//                    run(phase, block, thread, u64* shared): all threads of a block end a phase
//                    before one starts the next; nothing but `shared` and memory lives that long
// Kernels are constant expressions as far as they compute, so that nvcc and the host's compiler
// take the same text without a mark. Work is ordered: each call sees what the ones before it did.
namespace ashlar::cuda {

/// Runs the text of kernels here, one thread after another. For tests: every step but the
/// parallelism is what a GPU does.
class host_device {
 public:
  explicit host_device(std::size_t budget_bytes) : memory_(std::make_shared<heap>(budget_bytes)) {}

  const std::shared_ptr<device_memory>& memory() const noexcept { return memory_; }

  template <class Kernel>
  void each(u64 n, const Kernel& kernel) {
    for (u64 i = 0; i < n; ++i) kernel(i);
  }
  template <class Kernel>
  void blocks(u64 n, const Kernel& kernel) {
    std::vector<u64> shared(Kernel::shared_words);
    for (u64 b = 0; b < n; ++b) {
      // What a block finds in shared memory is nobody's.
      std::fill(shared.begin(), shared.end(), 0xdeadbeefdeadbeefull);
      for (unsigned p = 0; p < kernel.phases(); ++p)
        for (unsigned t = 0; t < Kernel::threads; ++t) kernel.run(p, b, t, shared.data());
    }
  }
  void upload(void* to, const void* from, std::size_t bytes) { copy(to, from, bytes); }
  void download(void* to, const void* from, std::size_t bytes) { copy(to, from, bytes); }
  void copy(void* to, const void* from, std::size_t bytes) {
    if (bytes != 0) std::memcpy(to, from, bytes);
  }
  void wait() {}
  /// Sets all bytes to `value`.
  void fill(void* to, u8 value, std::size_t bytes) { std::memset(to, value, bytes); }

 private:
  class heap final : public device_memory {
   public:
    using device_memory::device_memory;

   private:
    void* allocate(std::size_t bytes) override {
      void* const p = std::malloc(bytes == 0 ? 1 : bytes);
      if (p == nullptr) throw std::bad_alloc();
      // As on a device, fresh memory is not zero.
      std::memset(p, 0xa5, bytes);
      return p;
    }
    void release(void* p) noexcept override { std::free(p); }
  };
  std::shared_ptr<device_memory> memory_;
};

}  // namespace ashlar::cuda

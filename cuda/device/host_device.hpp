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

/// The order in which threads that a GPU would run at once are run here. A kernel whose result
/// depends on it has a race.
enum class thread_order { ascending, descending };

/// Runs the text of kernels here, one thread after another. For tests: every step but the
/// parallelism is what a GPU does.
class host_device {
 public:
  explicit host_device(std::size_t budget_bytes, thread_order order = thread_order::ascending)
      : memory_(std::make_shared<heap>(budget_bytes)), order_(order) {}

  const std::shared_ptr<device_memory>& memory() const noexcept { return memory_; }

  template <class Kernel>
  void each(u64 n, const Kernel& kernel) {
    for (u64 i = 0; i < n; ++i) kernel(nth(i, n));
  }
  template <class Kernel>
  void blocks(u64 n, const Kernel& kernel) {
    std::vector<u64> shared(Kernel::shared_words);
    for (u64 b = 0; b < n; ++b) {
      // What a block finds in shared memory is nobody's.
      std::fill(shared.begin(), shared.end(), 0xdeadbeefdeadbeefull);
      for (unsigned p = 0; p < kernel.phases(); ++p)
        for (unsigned t = 0; t < Kernel::threads; ++t)
          kernel.run(p, nth(b, n), static_cast<unsigned>(nth(t, Kernel::threads)), shared.data());
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
  u64 nth(u64 i, u64 n) const noexcept { return order_ == thread_order::ascending ? i : n - 1 - i; }

  std::shared_ptr<device_memory> memory_;
  thread_order order_;
};

}  // namespace ashlar::cuda

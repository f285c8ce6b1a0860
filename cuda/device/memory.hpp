#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "cuda/device/failure.hpp"
#include "runtime/base/bytes.hpp"

namespace ashlar::cuda {

/// A device's memory under a budget in bytes. One thread.
class device_memory {
 public:
  explicit device_memory(std::size_t budget_bytes) : budget_bytes_(budget_bytes) {}
  virtual ~device_memory() = default;
  device_memory(const device_memory&) = delete;
  device_memory& operator=(const device_memory&) = delete;

  /// Throws device_memory_spent where the budget or the device does not hold it.
  void* take(std::size_t bytes) {
    if (bytes > budget_bytes_ - bytes_)
      throw device_memory_spent(std::to_string(bytes_) + " bytes are in use and " +
                                std::to_string(bytes) + " more are needed; the budget is " +
                                std::to_string(budget_bytes_));
    void* const out = allocate(bytes);
    bytes_ += bytes;
    peak_ = std::max(peak_, bytes_);
    return out;
  }
  void give(void* p, std::size_t bytes) noexcept {
    release(p);
    bytes_ -= bytes;
  }
  /// In use now, and the most there ever were.
  std::size_t bytes() const noexcept { return bytes_; }
  std::size_t bytes_peak() const noexcept { return peak_; }

 private:
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* p) noexcept = 0;

  std::size_t budget_bytes_, bytes_ = 0, peak_ = 0;
};

/// A run of T on a device, not initialised; goes back on destruction, in the order of the stream.
template <class T>
class device_array {
 public:
  device_array() = default;
  device_array(std::shared_ptr<device_memory> memory, std::size_t n)
      : memory_(std::move(memory)),
        data_(static_cast<T*>(memory_->take(n * sizeof(T)))),
        size_(n) {}
  ~device_array() { reset(); }
  device_array(device_array&& other) noexcept
      : memory_(std::move(other.memory_)), data_(other.data_), size_(other.size_) {
    other.data_ = nullptr;
    other.size_ = 0;
  }
  device_array& operator=(device_array&& other) noexcept {
    if (this == &other) return *this;
    reset();
    memory_ = std::move(other.memory_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  void reset() noexcept {
    if (data_ != nullptr) memory_->give(data_, size_ * sizeof(T));
    data_ = nullptr;
    size_ = 0;
    memory_.reset();
  }
  T* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return data_ == nullptr; }

 private:
  std::shared_ptr<device_memory> memory_;
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace ashlar::cuda

#pragma once

#include <optional>
#include <sys/mman.h>
#include <type_traits>
#include <utility>

#include "runtime/base/bytes.hpp"
#include "runtime/base/ensure.hpp"

namespace ashlar::store {

/// An array that grows in place up to a capacity fixed at its creation: address space for all of
/// it is reserved, memory is taken when an element is first written. Large ones use huge pages,
/// which halves the cost of random access. Starts at a page boundary.
template <class T>
requires std::is_trivially_copyable_v<T>
class reserved_array {
 public:
  /// Nothing where the system has no such address space.
  static std::optional<reserved_array> make(u64 capacity) {
    const u64 bytes = capacity * sizeof(T);
    void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return std::nullopt;
    return reserved_array(static_cast<T*>(p), capacity);
  }
  ~reserved_array() {
    if (data_ != nullptr) munmap(data_, capacity_ * sizeof(T));
  }
  reserved_array(reserved_array&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        capacity_(other.capacity_),
        size_(other.size_),
        huge_(other.huge_) {}
  reserved_array& operator=(reserved_array&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(capacity_, other.capacity_);
    std::swap(size_, other.size_);
    std::swap(huge_, other.huge_);
    return *this;
  }

  T* data() noexcept { return data_; }
  const T* data() const noexcept { return data_; }
  T& operator[](u64 i) noexcept {
    verify(i < size_);
    return data_[i];
  }
  const T& operator[](u64 i) const noexcept {
    verify(i < size_);
    return data_[i];
  }
  u64 size() const noexcept { return size_; }
  u64 capacity() const noexcept { return capacity_; }

  /// Elements beyond the old size are zero bytes, or what they were before an earlier shrinking.
  void resize(u64 size) noexcept {
    ensure(size <= capacity_);
    size_ = size;
    if (!huge_ && size * sizeof(T) > huge_bytes_min) {
      // Advice only: without huge pages all is the same, but slower.
      madvise(data_, capacity_ * sizeof(T), MADV_HUGEPAGE);
      huge_ = true;
    }
  }

 private:
  static constexpr u64 huge_bytes_min = u64{4} << 20;
  reserved_array(T* data, u64 capacity) : data_(data), capacity_(capacity) {}

  T* data_;
  u64 capacity_;
  u64 size_ = 0;
  bool huge_ = false;
};

}  // namespace ashlar::store

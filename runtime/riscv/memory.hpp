#pragma once

#include <cstdlib>
#include <memory>

#include "runtime/base/bytes.hpp"
#include "runtime/base/ensure.hpp"

namespace ashlar::riscv {

/// `count` zeroed objects whose pages the system supplies on first touch, so that a large RAM costs
/// what is used of it. T is a plain type for which all-zero bytes are a value.
template <class T>
class zeroed_array {
 public:
  explicit zeroed_array(std::size_t count)
      : items_(static_cast<T*>(std::calloc(count, sizeof(T)))) {
    ensure(items_ != nullptr || count == 0);
  }
  T* data() noexcept { return items_.get(); }
  const T* data() const noexcept { return items_.get(); }
  T& operator[](std::size_t i) noexcept { return items_.get()[i]; }

 private:
  struct release {
    void operator()(T* p) const noexcept { std::free(p); }
  };
  std::unique_ptr<T, release> items_;
};

}  // namespace ashlar::riscv

#pragma once

#include <bit>
#include <vector>

#include "runtime/base/ensure.hpp"
#include "runtime/stark/field/cell_allocator.hpp"
#include "runtime/stark/field/gl.hpp"

namespace ashlar::stark {

/// A table of field elements, column-major: column j is contiguous. The height is a power of two.
/// New cells are zero.
class matrix {
 public:
  matrix() = default;
  matrix(std::size_t height, std::size_t width)
      : height_(height), width_(width), cells_(height * width) {
    ensure(std::has_single_bit(height));
  }

  std::size_t height() const noexcept { return height_; }
  std::size_t width() const noexcept { return width_; }
  unsigned height_log2() const noexcept {
    return static_cast<unsigned>(std::bit_width(height_)) - 1;
  }

  std::span<gl> column(std::size_t j) noexcept { return {cells_.data() + j * height_, height_}; }
  std::span<const gl> column(std::size_t j) const noexcept {
    return {cells_.data() + j * height_, height_};
  }
  gl& at(std::size_t row, std::size_t j) noexcept { return cells_[j * height_ + row]; }
  gl at(std::size_t row, std::size_t j) const noexcept { return cells_[j * height_ + row]; }
  std::span<const gl> cells() const noexcept { return cells_; }

  friend bool operator==(const matrix&, const matrix&) = default;

 private:
  std::size_t height_ = 0, width_ = 0;
  std::vector<gl, cell_allocator<gl>> cells_;
};

}  // namespace ashlar::stark

#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "runtime/stark/field/gl.hpp"

namespace ashlar::stark {

/// Large runs of elements that are written before they are read: not initialised, on huge pages
/// where the system gives them, and kept for the next segment instead of going back to the system
/// (fresh pages cost more than the transforms that fill them).
class cell_pool : public std::enable_shared_from_this<cell_pool> {
 public:
  /// At most `kept_bytes_max` are kept unused.
  explicit cell_pool(std::size_t kept_bytes_max) : kept_bytes_max_(kept_bytes_max) {}
  ~cell_pool();
  cell_pool(const cell_pool&) = delete;
  cell_pool& operator=(const cell_pool&) = delete;

  /// Bytes in use and kept now, and the most there ever were.
  std::size_t bytes() const noexcept;
  std::size_t bytes_peak() const noexcept;

 private:
  friend class cell_buffer;
  struct piece {
    gl* data;
    std::size_t bytes;
  };
  piece take(std::size_t bytes);
  void give(piece p) noexcept;

  mutable std::mutex mutex_;
  std::vector<piece> kept_;
  std::size_t kept_bytes_max_, kept_bytes_ = 0, bytes_ = 0, peak_ = 0;
};

/// One run out of a pool; goes back to it. Empty when default-constructed.
class cell_buffer {
 public:
  cell_buffer() = default;
  cell_buffer(std::shared_ptr<cell_pool> pool, std::size_t n)
      : pool_(std::move(pool)), piece_(pool_->take(n * sizeof(gl))) {}
  ~cell_buffer() { reset(); }
  cell_buffer(cell_buffer&& other) noexcept : pool_(std::move(other.pool_)), piece_(other.piece_) {
    other.piece_ = {};
  }
  cell_buffer& operator=(cell_buffer&& other) noexcept {
    if (this == &other) return *this;
    reset();
    pool_ = std::move(other.pool_);
    piece_ = other.piece_;
    other.piece_ = {};
    return *this;
  }
  void reset() noexcept {
    if (piece_.data != nullptr) pool_->give(piece_);
    piece_ = {};
    pool_.reset();
  }
  gl* data() noexcept { return piece_.data; }
  const gl* data() const noexcept { return piece_.data; }
  bool empty() const noexcept { return piece_.data == nullptr; }

 private:
  std::shared_ptr<cell_pool> pool_;
  cell_pool::piece piece_{};
};

}  // namespace ashlar::stark

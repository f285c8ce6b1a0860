#pragma once

#include <memory>
#include <mutex>
#include <new>

#include "runtime/stark/field/gl.hpp"
#include "runtime/stark/field/page_pool.hpp"

namespace ashlar::stark {

/// A pool was asked for more than its budget leaves.
class memory_budget_exceeded : public std::bad_alloc {
 public:
  const char* what() const noexcept override { return "the prover's memory budget is exceeded"; }
};

/// Large runs of elements that are written before they are read: not initialised, on huge pages
/// where the system gives them, and kept for the next segment (page_pool).
class cell_pool : public std::enable_shared_from_this<cell_pool> {
 public:
  /// At most `kept_bytes_max` are kept unused, and in use and kept together never more than
  /// `bytes_max`: what would exceed it throws memory_budget_exceeded and leaves all as it was.
  explicit cell_pool(std::size_t kept_bytes_max, std::size_t bytes_max = ~std::size_t{0})
      : pages_(kept_bytes_max), bytes_max_(bytes_max) {}
  cell_pool(const cell_pool&) = delete;
  cell_pool& operator=(const cell_pool&) = delete;

  /// Bytes in use now, and the most there ever were.
  std::size_t bytes_used() const noexcept;
  std::size_t bytes_used_peak() const noexcept;
  /// What a run of n elements takes.
  static std::size_t piece_bytes(std::size_t n) noexcept;

 private:
  friend class cell_buffer;
  friend class cell_charge;
  struct piece {
    gl* data;
    std::size_t bytes;
  };
  piece take(std::size_t n);
  void give(piece p) noexcept;
  void charge(std::size_t bytes);
  void discharge(std::size_t bytes) noexcept;
  // Under the mutex. Whether so many bytes more may be in use; and that too by letting go of kept
  // ones.
  void check_room(std::size_t bytes) const;
  void make_room(std::size_t bytes);
  void count_used(std::size_t bytes) noexcept;

  mutable std::mutex mutex_;
  page_pool pages_;
  std::size_t bytes_max_, used_ = 0, used_peak_ = 0;
};

/// One run out of a pool; goes back to it. Empty when default-constructed.
class cell_buffer {
 public:
  cell_buffer() = default;
  cell_buffer(std::shared_ptr<cell_pool> pool, std::size_t n)
      : pool_(std::move(pool)), piece_(pool_->take(n)) {}
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

/// Memory that is not from the pool but counts against its budget.
class cell_charge {
 public:
  cell_charge() = default;
  cell_charge(std::shared_ptr<cell_pool> pool, std::size_t bytes) : bytes_(bytes) {
    pool->charge(bytes);
    pool_ = std::move(pool);
  }
  ~cell_charge() { reset(); }
  cell_charge(const cell_charge&) = delete;
  cell_charge& operator=(const cell_charge&) = delete;
  cell_charge(cell_charge&& other) noexcept : pool_(std::move(other.pool_)), bytes_(other.bytes_) {}
  cell_charge& operator=(cell_charge&& other) noexcept {
    if (this == &other) return *this;
    reset();
    pool_ = std::move(other.pool_);
    bytes_ = other.bytes_;
    return *this;
  }
  void reset() noexcept {
    if (pool_ != nullptr) pool_->discharge(bytes_);
    pool_.reset();
  }

 private:
  std::shared_ptr<cell_pool> pool_;
  std::size_t bytes_ = 0;
};

}  // namespace ashlar::stark

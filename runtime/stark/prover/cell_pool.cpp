#include "runtime/stark/prover/cell_pool.hpp"

#include <algorithm>
#include <cstdlib>

namespace ashlar::stark {

namespace {
constexpr std::size_t cache_line = 64;
}  // namespace

std::size_t cell_pool::bytes_used() const noexcept {
  const std::lock_guard lock(mutex_);
  return used_;
}
std::size_t cell_pool::bytes_used_peak() const noexcept {
  const std::lock_guard lock(mutex_);
  return used_peak_;
}

std::size_t cell_pool::piece_bytes(std::size_t n) noexcept {
  const std::size_t bytes = std::max(n * sizeof(gl), cache_line);
  const std::size_t unit = bytes >= page_pool::page_bytes ? page_pool::page_bytes : cache_line;
  return (bytes + unit - 1) / unit * unit;
}

void cell_pool::check_room(std::size_t bytes) const {
  if (bytes > bytes_max_ || used_ > bytes_max_ - bytes) throw memory_budget_exceeded();
}

void cell_pool::make_room(std::size_t bytes) {
  check_room(bytes);
  const std::size_t left = bytes_max_ - bytes - used_;
  if (pages_.kept_bytes() > left) pages_.let_go(pages_.kept_bytes() - left);
}

void cell_pool::count_used(std::size_t bytes) noexcept {
  used_ += bytes;
  used_peak_ = std::max(used_peak_, used_);
}

cell_pool::piece cell_pool::take(std::size_t n) {
  const std::size_t bytes = piece_bytes(n);
  const std::lock_guard lock(mutex_);
  void* data = nullptr;
  if (bytes < page_pool::page_bytes) {
    make_room(bytes);
    data = std::aligned_alloc(cache_line, bytes);
    if (data == nullptr) throw std::bad_alloc();
  } else {
    // Kept pages are taken before fresh ones, so both never exceed what is in use afterwards.
    check_room(bytes);
    data = pages_.take(bytes);
  }
  count_used(bytes);
  return {static_cast<gl*>(data), bytes};
}

void cell_pool::give(piece p) noexcept {
  const std::lock_guard lock(mutex_);
  used_ -= p.bytes;
  if (p.bytes < page_pool::page_bytes)
    std::free(p.data);
  else
    pages_.give(p.data, p.bytes);
}

void cell_pool::charge(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  make_room(bytes);
  count_used(bytes);
}

void cell_pool::discharge(std::size_t bytes) noexcept {
  const std::lock_guard lock(mutex_);
  used_ -= bytes;
}

}  // namespace ashlar::stark

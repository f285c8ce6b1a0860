#include "runtime/stark/prover/cell_pool.hpp"

#include <algorithm>
#include <cstdlib>
#include <sys/mman.h>

#include "runtime/base/ensure.hpp"

namespace ashlar::stark {

namespace {
constexpr std::size_t huge_page = std::size_t{1} << 21;
constexpr std::size_t cache_line = 64;
}  // namespace

cell_pool::~cell_pool() {
  for (const piece& p : kept_) std::free(p.data);
}

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
  const std::size_t unit = bytes >= huge_page ? huge_page : cache_line;
  return (bytes + unit - 1) / unit * unit;
}

void cell_pool::make_room(std::size_t bytes) {
  if (bytes > bytes_max_ || used_ > bytes_max_ - bytes) throw memory_budget_exceeded();
  while (used_ + kept_bytes_ > bytes_max_ - bytes) {
    const piece p = kept_.back();
    kept_.pop_back();
    kept_bytes_ -= p.bytes;
    std::free(p.data);
  }
}

void cell_pool::count_used(std::size_t bytes) noexcept {
  used_ += bytes;
  used_peak_ = std::max(used_peak_, used_);
}

cell_pool::piece cell_pool::take(std::size_t n) {
  const std::size_t bytes = piece_bytes(n);
  const std::lock_guard lock(mutex_);
  // The smallest that holds it and is not an eighth too large.
  auto best = kept_.end();
  for (auto p = kept_.begin(); p != kept_.end(); ++p)
    if (p->bytes >= bytes && p->bytes <= bytes + bytes / 8 &&
        (best == kept_.end() || p->bytes < best->bytes))
      best = p;
  if (best != kept_.end()) {
    const piece out = *best;
    kept_.erase(best);
    kept_bytes_ -= out.bytes;
    count_used(out.bytes);
    return out;
  }
  make_room(bytes);
  const std::size_t unit = bytes >= huge_page ? huge_page : cache_line;
  void* data = std::aligned_alloc(unit, bytes);
  if (data == nullptr) throw std::bad_alloc();
  if (unit == huge_page) madvise(data, bytes, MADV_HUGEPAGE);
  count_used(bytes);
  return {static_cast<gl*>(data), bytes};
}

void cell_pool::give(piece p) noexcept {
  const std::lock_guard lock(mutex_);
  used_ -= p.bytes;
  if (kept_bytes_ + p.bytes <= kept_bytes_max_) {
    kept_bytes_ += p.bytes;
    kept_.push_back(p);
    return;
  }
  std::free(p.data);
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

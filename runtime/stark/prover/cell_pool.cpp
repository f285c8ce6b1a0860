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

std::size_t cell_pool::bytes() const noexcept {
  const std::lock_guard lock(mutex_);
  return bytes_;
}
std::size_t cell_pool::bytes_peak() const noexcept {
  const std::lock_guard lock(mutex_);
  return peak_;
}

cell_pool::piece cell_pool::take(std::size_t bytes) {
  const std::size_t unit = bytes >= huge_page ? huge_page : cache_line;
  bytes = std::max(bytes, unit);
  bytes = (bytes + unit - 1) / unit * unit;
  const std::lock_guard lock(mutex_);
  // The smallest that holds it and is not more than half too large.
  auto best = kept_.end();
  for (auto p = kept_.begin(); p != kept_.end(); ++p)
    if (p->bytes >= bytes && p->bytes <= bytes + bytes / 2 &&
        (best == kept_.end() || p->bytes < best->bytes))
      best = p;
  if (best != kept_.end()) {
    const piece out = *best;
    kept_.erase(best);
    kept_bytes_ -= out.bytes;
    return out;
  }
  void* data = std::aligned_alloc(unit, bytes);
  ensure(data != nullptr);
  if (unit == huge_page) madvise(data, bytes, MADV_HUGEPAGE);
  bytes_ += bytes;
  peak_ = std::max(peak_, bytes_);
  return {static_cast<gl*>(data), bytes};
}

void cell_pool::give(piece p) noexcept {
  const std::lock_guard lock(mutex_);
  if (kept_bytes_ + p.bytes <= kept_bytes_max_) {
    kept_bytes_ += p.bytes;
    kept_.push_back(p);
    return;
  }
  bytes_ -= p.bytes;
  std::free(p.data);
}

}  // namespace ashlar::stark

#include <algorithm>
#include <cstdint>
#include <new>
#include <sys/mman.h>

#include "runtime/stark/field/page_pool.hpp"

namespace ashlar::stark {

namespace {

// A fresh run, aligned. Null where the system has no more.
char* map_pages(std::size_t bytes) noexcept {
  const std::size_t longer = bytes + page_pool::page_bytes;
  void* const got =
      mmap(nullptr, longer, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (got == MAP_FAILED) return nullptr;
  char* const begin = static_cast<char*>(got);
  const auto past = reinterpret_cast<std::uintptr_t>(begin) % page_pool::page_bytes;
  const std::size_t before = past == 0 ? 0 : page_pool::page_bytes - past;
  if (before != 0) munmap(begin, before);
  munmap(begin + before + bytes, page_pool::page_bytes - before);
  madvise(begin + before, bytes, MADV_HUGEPAGE);
  return begin + before;
}

// Page by page: a range may consist of several mappings, which no single call moves. How many were.
std::size_t move_pages(char* from, char* to, std::size_t bytes) noexcept {
  for (std::size_t at = 0; at < bytes; at += page_pool::page_bytes)
    if (mremap(from + at, page_pool::page_bytes, page_pool::page_bytes,
               MREMAP_MAYMOVE | MREMAP_FIXED, to + at) == MAP_FAILED)
      return at;
  return bytes;
}

}  // namespace

page_pool::ranges::iterator page_pool::shortest() noexcept {
  return std::min_element(kept_.begin(), kept_.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; });
}

char* page_pool::cut(ranges::iterator range, std::size_t bytes) noexcept {
  char* const out = range->first + range->second - bytes;
  range->second -= bytes;
  kept_bytes_ -= bytes;
  if (range->second == 0) kept_.erase(range);
  return out;
}

void* page_pool::take(std::size_t bytes) {
  auto best = kept_.end();
  for (auto r = kept_.begin(); r != kept_.end(); ++r)
    if (r->second >= bytes && (best == kept_.end() || r->second < best->second)) best = r;
  return best != kept_.end() ? cut(best, bytes) : gather(bytes);
}

void* page_pool::gather(std::size_t bytes) {
  char* to = map_pages(bytes);
  if (to == nullptr) {
    let_go(kept_bytes_);
    to = map_pages(bytes);
  }
  if (to == nullptr) throw std::bad_alloc();
  for (std::size_t filled = 0; filled < bytes && !kept_.empty();) {
    const auto range = shortest();
    const std::size_t part = std::min(range->second, bytes - filled);
    char* const from = cut(range, part);
    const std::size_t moved = move_pages(from, to + filled, part);
    filled += moved;
    if (moved == part) continue;
    // The system takes no more mappings: what is left of the part goes back to it.
    munmap(from + moved, part - moved);
    break;
  }
  return to;
}

void page_pool::give(void* run, std::size_t bytes) noexcept {
  char* const begin = static_cast<char*>(run);
  try {
    auto range = kept_.emplace(begin, bytes).first;
    kept_bytes_ += bytes;
    if (const auto next = std::next(range);
        next != kept_.end() && next->first == begin + range->second) {
      range->second += next->second;
      kept_.erase(next);
    }
    if (range != kept_.begin()) {
      const auto before = std::prev(range);
      if (before->first + before->second == begin) {
        before->second += range->second;
        kept_.erase(range);
      }
    }
  } catch (const std::bad_alloc&) {
    munmap(begin, bytes);
  }
  if (kept_bytes_ > kept_bytes_max_) let_go(kept_bytes_ - kept_bytes_max_);
}

void page_pool::let_go(std::size_t bytes) noexcept {
  while (bytes > 0 && !kept_.empty()) {
    const auto range = shortest();
    const std::size_t part = std::min(range->second, whole(bytes));
    munmap(cut(range, part), part);
    bytes -= std::min(bytes, part);
  }
}

}  // namespace ashlar::stark

#include <algorithm>
#include <mutex>
#include <sys/mman.h>
#include <vector>

#include "runtime/stark/field/cell_allocator.hpp"

namespace ashlar::stark {

namespace {

constexpr std::size_t huge_page = std::size_t{1} << 21;

std::size_t rounded(std::size_t bytes) {
  return (bytes + huge_page - 1) / huge_page * huge_page;
}

struct kept_blocks {
  struct block {
    void* data;
    std::size_t bytes;
  };
  std::mutex mutex;
  std::vector<block> list;
  std::size_t bytes = 0;
};

// Never destroyed: tables may be given back while the program ends.
kept_blocks& kept() {
  static kept_blocks* const blocks = new kept_blocks;
  return *blocks;
}

}  // namespace

void* take_cell_block(std::size_t bytes) {
  if (bytes < huge_page) return ::operator new(bytes);
  const std::size_t whole = rounded(bytes);
  {
    const std::lock_guard lock(kept().mutex);
    auto& list = kept().list;
    const auto same =
        std::find_if(list.begin(), list.end(), [&](const auto& b) { return b.bytes == whole; });
    if (same != list.end()) {
      void* const data = same->data;
      list.erase(same);
      kept().bytes -= whole;
      return data;
    }
  }
  void* const data = ::operator new (whole, std::align_val_t{huge_page});
  madvise(data, whole, MADV_HUGEPAGE);
  return data;
}

void give_cell_block(void* block, std::size_t bytes) noexcept {
  if (bytes < huge_page) return ::operator delete(block);
  const std::size_t whole = rounded(bytes);
  const std::lock_guard lock(kept().mutex);
  kept().list.push_back({block, whole});
  kept().bytes += whole;
  // The oldest go first.
  while (kept().bytes > kept_cell_blocks_bytes_max) {
    ::operator delete (kept().list.front().data, std::align_val_t{huge_page});
    kept().bytes -= kept().list.front().bytes;
    kept().list.erase(kept().list.begin());
  }
}

}  // namespace ashlar::stark

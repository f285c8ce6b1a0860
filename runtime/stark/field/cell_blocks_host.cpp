#include <mutex>

#include "runtime/stark/field/cell_allocator.hpp"
#include "runtime/stark/field/page_pool.hpp"

namespace ashlar::stark {

namespace {

struct shared_pool {
  std::mutex mutex;
  page_pool pages{kept_cell_blocks_bytes_max};
};

// Never destroyed: tables may be given back while the program ends.
shared_pool& shared() {
  static shared_pool* const pool = new shared_pool;
  return *pool;
}

}  // namespace

void* take_cell_block(std::size_t bytes) {
  if (bytes < page_pool::page_bytes) return ::operator new(bytes);
  const std::lock_guard lock(shared().mutex);
  return shared().pages.take(page_pool::whole(bytes));
}

void give_cell_block(void* block, std::size_t bytes) noexcept {
  if (bytes < page_pool::page_bytes) return ::operator delete(block);
  const std::lock_guard lock(shared().mutex);
  shared().pages.give(block, page_pool::whole(bytes));
}

}  // namespace ashlar::stark

#include "net/rpc/weighed_memory.hpp"

#include <new>

namespace ashlar::rpc {

bool weighed_memory::note(u64 others_bytes) {
  if (!hold_.set(document_bytes_ + others_bytes)) return false;
  others_bytes_ = others_bytes;
  return true;
}

http::byte_hold weighed_memory::hand_over(u64 bytes) noexcept {
  hold_.shrink_to(bytes);
  return std::move(hold_);
}

void* weighed_memory::do_allocate(std::size_t bytes, std::size_t align) {
  if (!hold_.set(document_bytes_ + bytes + others_bytes_)) throw std::bad_alloc();
  void* const p = ::operator new (bytes, std::align_val_t{align});
  document_bytes_ += bytes;
  return p;
}

void weighed_memory::do_deallocate(void* p, std::size_t bytes, std::size_t align) {
  // Without its size: Boost.JSON's monotonic_resource gives a block back without the block's head.
  ::operator delete (p, std::align_val_t{align});
  document_bytes_ -= bytes;
  hold_.shrink_to(document_bytes_ + others_bytes_);
}

bool weighed_memory::do_is_equal(const json::memory_resource& other) const noexcept {
  return this == &other;
}

}  // namespace ashlar::rpc

#pragma once

#include <cstddef>
#include <new>

namespace ashlar::stark {

/// Memory of tables. On the host, large blocks lie on huge pages where there are any, and some are
/// kept for the next table instead of going back to the system, which would clear every page again:
/// at most `kept_cell_blocks_bytes_max` of them.
void* take_cell_block(std::size_t bytes);
void give_cell_block(void* block, std::size_t bytes) noexcept;
inline constexpr std::size_t kept_cell_blocks_bytes_max = std::size_t{1} << 30;

template <class T>
struct cell_allocator {
  using value_type = T;
  cell_allocator() = default;
  template <class U>
  cell_allocator(const cell_allocator<U>&) noexcept {}  // NOLINT: allocators convert

  T* allocate(std::size_t n) { return static_cast<T*>(take_cell_block(n * sizeof(T))); }
  void deallocate(T* p, std::size_t n) noexcept { give_cell_block(p, n * sizeof(T)); }
  friend bool operator==(const cell_allocator&, const cell_allocator&) = default;
};

}  // namespace ashlar::stark

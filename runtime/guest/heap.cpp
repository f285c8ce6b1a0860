#include <cstddef>
#include <cstring>
#include <new>

#include "runtime/guest/guest_main.hpp"
#include "runtime/guest/machine.hpp"

// Blocks of few sizes, each with a list of those given back: what a batch allocates and frees again
// must not add up, or whoever fills it could make it too large to be proved. Free memory is taken
// from the front of the heap and is not returned to it but by the block that lies last.

extern "C" ashlar::u8 __heap_start[], __heap_end[];

namespace {

using ashlar::u8;

constexpr std::size_t alignment = 8;
constexpr std::size_t small_max = 1024;
constexpr std::size_t large_max = std::size_t{1} << 30;
/// 4 << first_shift is small_max.
constexpr unsigned first_shift = 8;

struct free_block {
  free_block* next;
};

u8* next = __heap_start;
free_block* small_free[small_max / alignment + 1];  // by size / alignment
free_block* large_free[4 * 24];                     // four sizes to a doubling

/// Where blocks of a size are kept, and how large they are made.
struct block_class {
  free_block** list;
  std::size_t size;
};

block_class class_of(std::size_t size) {
  if (size <= small_max) {
    const std::size_t units = size == 0 ? 1 : (size + alignment - 1) / alignment;
    return {small_free + units, units * alignment};
  }
  if (size > large_max) ashlar::guest::halt(ashlar::guest::exit_out_of_memory);
  unsigned shift = first_shift;
  while (size > std::size_t{8} << shift) ++shift;
  // 5 to 8: the size lies above 4 << shift.
  const std::size_t quarters = (size + (std::size_t{1} << shift) - 1) >> shift;
  return {large_free + 4 * (shift - first_shift) + (quarters - 5), quarters << shift};
}

void* allocate(std::size_t size) {
  const block_class c = class_of(size);
  if (free_block* const reused = *c.list) {
    *c.list = reused->next;
    return reused;
  }
  if (c.size > static_cast<std::size_t>(__heap_end - next))
    ashlar::guest::halt(ashlar::guest::exit_out_of_memory);
  void* const out = next;
  next += c.size;
  return out;
}

/// `size` as it was asked for, or as large as the block was made.
void release(void* p, std::size_t size) {
  if (p == nullptr) return;
  const block_class c = class_of(size);
  if (static_cast<u8*>(p) + c.size == next) {
    next = static_cast<u8*>(p);
    return;
  }
  free_block* const freed = static_cast<free_block*>(p);
  freed->next = *c.list;
  *c.list = freed;
}

}  // namespace

extern "C" void* malloc(std::size_t size);
extern "C" void free(void* p);

void* operator new(std::size_t size) {
  return allocate(size);
}
// The language gives no size with most deletes of arrays, so their blocks know it.
void* operator new[](std::size_t size) {
  return malloc(size);
}
void* operator new(std::size_t size, std::align_val_t align) {
  const auto wanted = static_cast<std::size_t>(align);
  if (wanted <= alignment) return allocate(size);
  if (size > large_max || wanted > large_max)
    ashlar::guest::halt(ashlar::guest::exit_out_of_memory);
  const auto at = reinterpret_cast<std::size_t>(allocate(size + wanted));
  return reinterpret_cast<void*>((at + wanted - 1) & ~(wanted - 1));
}
void* operator new[](std::size_t size, std::align_val_t align) {
  return operator new(size, align);
}
// Without a size nothing is known of the block, and it is lost.
void operator delete(void*) noexcept {}
void operator delete[](void* p) noexcept {
  free(p);
}
void operator delete(void* p, std::size_t size) noexcept {
  release(p, size);
}
void operator delete[](void* p, std::size_t) noexcept {
  free(p);
}
void operator delete(void*, std::align_val_t) noexcept {}
void operator delete[](void*, std::align_val_t) noexcept {}
void operator delete(void*, std::size_t, std::align_val_t) noexcept {}
void operator delete[](void*, std::size_t, std::align_val_t) noexcept {}

// C's allocation, which the EVM's memory uses: each block has in front how much it holds.
extern "C" {

void free(void* p) {
  if (p == nullptr) return;
  u8* const block = static_cast<u8*>(p) - alignment;
  std::size_t holds;
  std::memcpy(&holds, block, sizeof holds);
  release(block, holds + alignment);
}

void* malloc(std::size_t size) {
  if (size > large_max - alignment) ashlar::guest::halt(ashlar::guest::exit_out_of_memory);
  const std::size_t made = class_of(size + alignment).size, holds = made - alignment;
  u8* const block = static_cast<u8*>(allocate(made));
  std::memcpy(block, &holds, sizeof holds);
  return block + alignment;
}

void* realloc(void* old, std::size_t size) {
  if (old == nullptr) return malloc(size);
  std::size_t holds;
  std::memcpy(&holds, static_cast<u8*>(old) - alignment, sizeof holds);
  if (size <= holds) return old;
  void* const grown = malloc(size);
  std::memcpy(grown, old, holds);
  free(old);
  return grown;
}
}

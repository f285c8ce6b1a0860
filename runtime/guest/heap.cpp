#include <cstddef>
#include <cstring>
#include <new>

#include "runtime/guest/guest_main.hpp"
#include "runtime/guest/machine.hpp"

// A bump allocator: a batch is applied once and the machine halts, so memory is hardly ever given
// back. The last block is, which lets one vector grow in place of its old self now and then.

extern "C" ashlar::u8 __heap_start[], __heap_end[];

namespace {

constexpr std::size_t alignment = 8;

ashlar::u8* next = __heap_start;

std::size_t rounded(std::size_t size) {
  return (size + alignment - 1) & ~(alignment - 1);
}

void* allocate(std::size_t size) {
  const auto left = static_cast<std::size_t>(__heap_end - next);
  // First the bare size: rounding up could wrap.
  if (size > left || rounded(size) > left) ashlar::guest::halt(ashlar::guest::exit_out_of_memory);
  void* const out = next;
  next += rounded(size);
  return out;
}

void release(void* p, std::size_t size) {
  if (static_cast<ashlar::u8*>(p) + rounded(size) == next) next = static_cast<ashlar::u8*>(p);
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate(size);
}
void* operator new[](std::size_t size) {
  return allocate(size);
}
void* operator new(std::size_t size, std::align_val_t align) {
  const auto wanted = static_cast<std::size_t>(align);
  if (wanted <= alignment) return allocate(size);
  const auto at = reinterpret_cast<std::size_t>(allocate(size + wanted));
  return reinterpret_cast<void*>((at + wanted - 1) & ~(wanted - 1));
}
void* operator new[](std::size_t size, std::align_val_t align) {
  return operator new(size, align);
}
void operator delete(void*) noexcept {}
void operator delete[](void*) noexcept {}
void operator delete(void* p, std::size_t size) noexcept {
  release(p, size);
}
void operator delete[](void* p, std::size_t size) noexcept {
  release(p, size);
}
void operator delete(void*, std::align_val_t) noexcept {}
void operator delete[](void*, std::align_val_t) noexcept {}
void operator delete(void*, std::size_t, std::align_val_t) noexcept {}
void operator delete[](void*, std::size_t, std::align_val_t) noexcept {}

// C's allocation, which the EVM's memory uses: each block has its size in front.
extern "C" {

void* realloc(void* old, std::size_t size) {
  constexpr std::size_t front = alignment;
  if (size > 0x7fffffff) ashlar::guest::halt(ashlar::guest::exit_out_of_memory);
  std::size_t before = 0;
  if (old != nullptr) {
    std::memcpy(&before, static_cast<ashlar::u8*>(old) - front, sizeof before);
    if (size <= before) return old;
    release(static_cast<ashlar::u8*>(old) - front, before + front);
  }
  // Where the old block was the last one, this is its own place, and nothing moves.
  auto* const block = static_cast<ashlar::u8*>(allocate(size + front));
  std::memcpy(block, &size, sizeof size);
  if (old != nullptr && block + front != old) std::memcpy(block + front, old, before);
  return block + front;
}
void* malloc(std::size_t size) {
  return realloc(nullptr, size);
}
void free(void*) {}
}

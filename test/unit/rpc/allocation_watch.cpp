#include "test/unit/rpc/allocation_watch.hpp"

#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <new>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define ASHLAR_ALLOCATOR_IS_TAKEN
#endif
#endif

namespace {

std::atomic<std::size_t> held{0}, most{0};

#ifndef ASHLAR_ALLOCATOR_IS_TAKEN
void* counted(void* p) {
  if (p == nullptr) throw std::bad_alloc();
  const std::size_t bytes = malloc_usable_size(p);
  const std::size_t after = held.fetch_add(bytes) + bytes;
  std::size_t seen = most.load();
  while (seen < after && !most.compare_exchange_weak(seen, after)) {
  }
  return p;
}

void give_back(void* p) noexcept {
  if (p == nullptr) return;
  held.fetch_sub(malloc_usable_size(p));
  std::free(p);
}
#endif

}  // namespace

// Sanitizers have operators of their own, which hold what is asked for and given back to each
// other: nothing is counted there.
#ifndef ASHLAR_ALLOCATOR_IS_TAKEN
void* operator new(std::size_t bytes) {
  return counted(std::malloc(bytes == 0 ? 1 : bytes));
}
void* operator new[](std::size_t bytes) {
  return counted(std::malloc(bytes == 0 ? 1 : bytes));
}
void operator delete(void* p) noexcept {
  give_back(p);
}
void operator delete[](void* p) noexcept {
  give_back(p);
}
void operator delete(void* p, std::size_t) noexcept {
  give_back(p);
}
void operator delete[](void* p, std::size_t) noexcept {
  give_back(p);
}
#endif

namespace ashlar::rpc::test {

std::size_t allocation_watch::now() noexcept {
  return held;
}
std::size_t allocation_watch::peak() noexcept {
  return most;
}
void allocation_watch::restart() noexcept {
  most = held.load();
}

}  // namespace ashlar::rpc::test

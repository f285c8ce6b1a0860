#include <cstddef>

#include "runtime/guest/machine.hpp"

// memcpy and its kin, where aligned words go through the copy chip. Built with -fno-builtin, so
// that no loop here becomes a call to itself.

namespace {

using ashlar::u32;
using ashlar::u8;
using ashlar::guest::call;
using ashlar::guest::ecall;
using address = std::size_t;

// Words may stand for objects of any type here.
using word [[gnu::may_alias]] = u32;

constexpr std::size_t chip_bytes_min = 12;

address of(const void* p) {
  return reinterpret_cast<address>(p);
}

// Both pointers are multiples of 4 and so is size.
void copy_words(u8* to, const u8* from, std::size_t size) {
  constexpr std::size_t most = 4 * ashlar::riscv::ecall_words_max;
  while (size > most) {
    call(ecall::copy_words, to, from, ashlar::riscv::ecall_words_max);
    to += most;
    from += most;
    size -= most;
  }
  call(ecall::copy_words, to, from, static_cast<u32>(size / 4));
}

void copy_bytes(u8* to, const u8* from, std::size_t size) {
  for (u8* const end = to + size; to != end;) *to++ = *from++;
}

// `to` is a multiple of 4, `from` is not: each word is put together from two.
void copy_shifted(u8* to, const u8* from, std::size_t words) {
  const u32 low = 8 * (of(from) & 3), high = 32 - low;
  const word* source = reinterpret_cast<const word*>(of(from) & ~address{3});
  word* target = reinterpret_cast<word*>(to);
  u32 before = *source++;
  for (word* const end = target + words; target != end;) {
    const u32 next = *source++;
    *target++ = before >> low | next << high;
    before = next;
  }
}

}  // namespace

extern "C" {

void* memcpy(void* __restrict to_begin, const void* __restrict from_begin, std::size_t size) {
  u8* to = static_cast<u8*>(to_begin);
  const u8* from = static_cast<const u8*>(from_begin);
  if (size >= 8) {
    while (of(to) & 3) {
      *to++ = *from++;
      --size;
    }
    const std::size_t whole = size & ~std::size_t{3};
    if ((of(from) & 3) == 0) {
      if (whole >= chip_bytes_min) {
        copy_words(to, from, whole);
      } else {
        for (std::size_t i = 0; i < whole; i += 4)
          *reinterpret_cast<word*>(to + i) = *reinterpret_cast<const word*>(from + i);
      }
    } else {
      // The last word that this reads still holds a byte of the source.
      copy_shifted(to, from, whole / 4);
    }
    to += whole;
    from += whole;
    size -= whole;
  }
  copy_bytes(to, from, size);
  return to_begin;
}

void* memmove(void* to_begin, const void* from_begin, std::size_t size) {
  u8* to = static_cast<u8*>(to_begin);
  const u8* from = static_cast<const u8*>(from_begin);
  // Forwards is right unless the target begins within the source.
  if (of(to) - of(from) >= size) {
    if (of(from) - of(to) >= size) return memcpy(to_begin, from_begin, size);
    if (((of(to) | of(from)) & 3) == 0) {
      const std::size_t whole = size & ~std::size_t{3};
      if (whole != 0) copy_words(to, from, whole);
      copy_bytes(to + whole, from + whole, size - whole);
      return to_begin;
    }
    copy_bytes(to, from, size);
    return to_begin;
  }
  while (size != 0) {
    --size;
    to[size] = from[size];
  }
  return to_begin;
}

void* memset(void* to_begin, int value, std::size_t size) {
  u8* to = static_cast<u8*>(to_begin);
  u8* const end = to + size;
  const auto byte = static_cast<u8>(value);
  if (size >= 8) {
    while (of(to) & 3) *to++ = byte;
    const u32 filled = byte * 0x01010101u;
    for (; end - to >= 32; to += 32) {
      word* const w = reinterpret_cast<word*>(to);
      w[0] = w[1] = w[2] = w[3] = w[4] = w[5] = w[6] = w[7] = filled;
    }
    for (; end - to >= 4; to += 4) *reinterpret_cast<word*>(to) = filled;
  }
  while (to != end) *to++ = byte;
  return to_begin;
}

int memcmp(const void* a_begin, const void* b_begin, std::size_t size) {
  const u8* a = static_cast<const u8*>(a_begin);
  const u8* b = static_cast<const u8*>(b_begin);
  if (((of(a) | of(b)) & 3) == 0)
    while (size >= 4 && *reinterpret_cast<const word*>(a) == *reinterpret_cast<const word*>(b)) {
      a += 4;
      b += 4;
      size -= 4;
    }
  for (std::size_t i = 0; i < size; ++i)
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  return 0;
}

std::size_t strlen(const char* text) {
  std::size_t n = 0;
  while (text[n] != 0) ++n;
  return n;
}
}

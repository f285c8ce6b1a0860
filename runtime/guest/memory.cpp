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

// What one call copies.
constexpr std::size_t words_bytes_max = 4 * ashlar::riscv::ecall_words_max;

// What zeros are copied from.
constexpr u32 zeros[256] = {};

address of(const void* p) {
  return reinterpret_cast<address>(p);
}

// Both pointers are multiples of 4 and so is size.
void copy_words(u8* to, const u8* from, std::size_t size) {
  while (size > words_bytes_max) {
    call(ecall::copy_words, to, from, ashlar::riscv::ecall_words_max);
    to += words_bytes_max;
    from += words_bytes_max;
    size -= words_bytes_max;
  }
  if (size != 0) call(ecall::copy_words, to, from, static_cast<u32>(size / 4));
}

// Less than 8 bytes.
void copy_few(u8* to, const u8* from, std::size_t size) {
  if ((size & 4) != 0) {
    to[0] = from[0];
    to[1] = from[1];
    to[2] = from[2];
    to[3] = from[3];
    to += 4;
    from += 4;
  }
  if ((size & 2) != 0) {
    to[0] = from[0];
    to[1] = from[1];
    to += 2;
    from += 2;
  }
  if ((size & 1) != 0) *to = *from;
}

// `to` is a multiple of 4, `from` is not: each word is put together from two.
void copy_shifted(u8* to, const u8* from, std::size_t words) {
  const u32 low = 8 * (of(from) & 3), high = 32 - low;
  const word* source = reinterpret_cast<const word*>(of(from) & ~address{3});
  word* target = reinterpret_cast<word*>(to);
  u32 before = *source++;
  for (; words >= 4; words -= 4, source += 4, target += 4) {
    const u32 a = source[0], b = source[1], c = source[2], d = source[3];
    target[0] = before >> low | a << high;
    target[1] = a >> low | b << high;
    target[2] = b >> low | c << high;
    target[3] = c >> low | d << high;
    before = d;
  }
  if ((words & 2) != 0) {
    const u32 a = source[0], b = source[1];
    target[0] = before >> low | a << high;
    target[1] = a >> low | b << high;
    source += 2;
    target += 2;
    before = b;
  }
  if ((words & 1) != 0) *target = before >> low | *source << high;
}

// The same from the last word to the first, for a target that begins within the source.
void copy_shifted_backwards(u8* to, const u8* from, std::size_t words) {
  const u32 low = 8 * (of(from) & 3), high = 32 - low;
  const word* source = reinterpret_cast<const word*>(of(from) & ~address{3}) + words;
  word* target = reinterpret_cast<word*>(to) + words;
  u32 after = words != 0 ? *source : 0;
  for (; words >= 4; words -= 4) {
    source -= 4;
    target -= 4;
    const u32 a = source[3], b = source[2], c = source[1], d = source[0];
    target[3] = a >> low | after << high;
    target[2] = b >> low | a << high;
    target[1] = c >> low | b << high;
    target[0] = d >> low | c << high;
    after = d;
  }
  for (; words != 0; --words) {
    const u32 next = *--source;
    *--target = next >> low | after << high;
    after = next;
  }
}

// Whatever is not a few whole words. Apart, so that those need no frame.
[[gnu::noinline]] void* copy_any(void* to_begin, const void* from_begin, std::size_t size) {
  u8* to = static_cast<u8*>(to_begin);
  const u8* from = static_cast<const u8*>(from_begin);
  if (size >= 8) {
    const std::size_t before = -of(to) & 3;
    copy_few(to, from, before);
    to += before;
    from += before;
    size -= before;
    const std::size_t whole = size & ~std::size_t{3};
    if ((of(from) & 3) == 0) {
      copy_words(to, from, whole);
    } else {
      // The last word that this reads still holds a byte of the source.
      copy_shifted(to, from, whole / 4);
    }
    to += whole;
    from += whole;
    size -= whole;
  }
  copy_few(to, from, size);
  return to_begin;
}

// One call reads all before it writes.
bool is_one_call(const void* to, const void* from, std::size_t size) {
  return ((of(to) | of(from) | size) & 3) == 0 && size - 1 < words_bytes_max;
}

[[gnu::noinline]] void* move_any(void* to_begin, const void* from_begin, std::size_t size) {
  // Forwards, which is right unless the target begins within the source.
  if (of(to_begin) - of(from_begin) >= size) [[clang::musttail]]
    return copy_any(to_begin, from_begin, size);
  u8* const to = static_cast<u8*>(to_begin);
  const u8* const from = static_cast<const u8*>(from_begin);
  while (size != 0 && (of(to + size) & 3) != 0) {
    --size;
    to[size] = from[size];
  }
  if ((of(from + size) & 3) != 0) {
    const std::size_t whole = size / 4;
    size -= 4 * whole;
    copy_shifted_backwards(to + size, from + size, whole);
  } else {
    for (; size >= 4; size -= 4)
      *reinterpret_cast<word*>(to + size - 4) = *reinterpret_cast<const word*>(from + size - 4);
  }
  while (size != 0) {
    --size;
    to[size] = from[size];
  }
  return to;
}

[[gnu::noinline]] void* fill_any(void* to_begin, int value, std::size_t size) {
  const auto byte = static_cast<u8>(value);
  u8* to = static_cast<u8*>(to_begin);
  u8* const end = to + size;
  if (size >= 8) {
    while (of(to) & 3) *to++ = byte;
    if (byte == 0) {
      while (end - to >= 4) {
        const auto left = static_cast<std::size_t>(end - to) & ~std::size_t{3};
        const std::size_t now = left < sizeof zeros ? left : sizeof zeros;
        call(ecall::copy_words, to, zeros, static_cast<u32>(now / 4));
        to += now;
      }
    }
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

// -1 where the first of their bytes that differs is smaller in a, else 1. a != b.
int order_of(u32 a, u32 b) {
  const u32 differ = a ^ b;
  const u32 byte = (differ & 0xffff) != 0 ? ((differ & 0xff) != 0 ? 0xff : 0xff00)
                                          : ((differ & 0xff0000) != 0 ? 0xff0000 : 0xff000000);
  return (a & byte) < (b & byte) ? -1 : 1;
}

template <int Words>
[[gnu::always_inline]] inline int compare_words(const word* a, const word* b) {
#pragma clang loop unroll(full)
  for (int i = 0; i < Words; ++i)
    if (a[i] != b[i]) return order_of(a[i], b[i]);
  return 0;
}

}  // namespace

extern "C" {

void* memcpy(void* __restrict to, const void* __restrict from, std::size_t size) {
  // Nearly every copy.
  if (is_one_call(to, from, size)) {
    call(ecall::copy_words, to, from, static_cast<u32>(size / 4));
    return to;
  }
  [[clang::musttail]] return copy_any(to, from, size);
}

void* memmove(void* to, const void* from, std::size_t size) {
  if (is_one_call(to, from, size)) {
    call(ecall::copy_words, to, from, static_cast<u32>(size / 4));
    return to;
  }
  [[clang::musttail]] return move_any(to, from, size);
}

void* memset(void* to, int value, std::size_t size) {
  if (((of(to) | size) & 3) == 0 && static_cast<u8>(value) == 0 && size - 1 < sizeof zeros) {
    call(ecall::copy_words, to, zeros, static_cast<u32>(size / 4));
    return to;
  }
  [[clang::musttail]] return fill_any(to, value, size);
}

int memcmp(const void* a_begin, const void* b_begin, std::size_t size) {
  const u8* a = static_cast<const u8*>(a_begin);
  const u8* b = static_cast<const u8*>(b_begin);
  if (((of(a) | of(b)) & 3) == 0) {
    const word* x = reinterpret_cast<const word*>(a);
    const word* y = reinterpret_cast<const word*>(b);
    // Addresses, then hashes, are nearly all that is compared.
    if (size == 20) return compare_words<5>(x, y);
    if (size == 32) return compare_words<8>(x, y);
    for (; size >= 4; ++x, ++y, size -= 4)
      if (*x != *y) return order_of(*x, *y);
    a = reinterpret_cast<const u8*>(x);
    b = reinterpret_cast<const u8*>(y);
  }
  for (; size != 0; ++a, ++b, --size)
    if (*a != *b) return *a < *b ? -1 : 1;
  return 0;
}

void* memchr(const void* begin, int value, std::size_t size) {
  const u8* p = static_cast<const u8*>(begin);
  for (const u8* const end = p + size; p != end; ++p)
    if (*p == static_cast<u8>(value)) return const_cast<u8*>(p);
  return nullptr;
}

std::size_t strlen(const char* text) {
  std::size_t n = 0;
  while (text[n] != 0) ++n;
  return n;
}
}

#include <cstring>

#include "runtime/guest/guest_main.hpp"

// A guest that holds its own memory functions to loops over bytes, for every alignment, overlap and
// many sizes. Exit code 0, or 1 + the function that was wrong.

namespace ashlar::guest {

namespace {

constexpr u32 size = 9000;
// Volatile, so that no loop over them becomes one of the functions under test.
volatile u8 expected[size];
alignas(4) u8 actual[size];

u32 state = 1;
u32 random_below(u32 bound) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state % bound;
}

void refill() {
  for (u32 i = 0; i < size; ++i) {
    actual[i] = static_cast<u8>(random_below(256));
    expected[i] = actual[i];
  }
}

bool same() {
  for (u32 i = 0; i < size; ++i)
    if (actual[i] != expected[i]) return false;
  return true;
}

u32 any_length(u32 round) {
  return round % 16 == 0 ? random_below(4200) : random_below(80);
}

bool moves(u32 round) {
  const u32 n = any_length(round);
  const u32 to = random_below(300),
            from = round % 3 == 0 ? 4500 + random_below(300) : random_below(300);
  if (from > to) {
    for (u32 i = 0; i < n; ++i) expected[to + i] = static_cast<u8>(expected[from + i]);
  } else {
    for (u32 i = n; i-- > 0;) expected[to + i] = expected[from + i];
  }
  const bool apart = to + n <= from || from + n <= to;
  void* const given = apart && round % 2 == 0 ? std::memcpy(actual + to, actual + from, n)
                                              : std::memmove(actual + to, actual + from, n);
  return given == actual + to && same();
}

bool sets(u32 round) {
  const u32 n = any_length(round), to = random_below(300);
  const u8 value = round % 2 == 0 ? 0 : static_cast<u8>(random_below(256));
  for (u32 i = 0; i < n; ++i) expected[to + i] = value;
  return std::memset(actual + to, value, n) == actual + to && same();
}

bool compares(u32 round) {
  u32 n = any_length(round), a = random_below(300), b = 4500 + random_below(300);
  if (round % 4 == 0) {  // an address, a hash, or words of any number
    n = round % 8 == 0 ? (round % 16 == 0 ? 20 : 32) : n & ~3u;
    a &= ~3u;
    b &= ~3u;
  }
  for (u32 i = 0; i < n; ++i) actual[b + i] = actual[a + i];
  if (std::memcmp(actual + a, actual + b, n) != 0) return false;
  if (n == 0) return true;
  const u32 at = random_below(n);
  actual[b + at] ^= static_cast<u8>(1 + random_below(255));
  const bool less = actual[a + at] < actual[b + at];
  const int got = std::memcmp(actual + a, actual + b, n);
  for (u32 i = 0; i < n; ++i) expected[b + i] = actual[b + i];
  return less ? got < 0 : got > 0;
}

}  // namespace

u32 guest_main() {
  for (u32 round = 0; round < 1500; ++round) {
    if (round % 50 == 0) refill();
    if (!moves(round)) return 1;
    if (!sets(round)) return 2;
    if (!compares(round)) return 3;
  }
  return 0;
}

}  // namespace ashlar::guest

#include <new>

#include "runtime/guest/guest_main.hpp"
#include "runtime/guest/machine.hpp"

namespace ashlar::guest {

namespace {

constexpr u32 input_bytes_max = u32{1} << 30;

void read_words(u32* to, u32 words) {
  while (words != 0) {
    const u32 take = std::min(words, riscv::ecall_words_max);
    read(to, take);
    to += take;
    words -= take;
  }
}

}  // namespace

bytes_view read_input() {
  u32 size = 0;
  read_words(&size, 1);
  // A length that does not fit the heap ends the program, here or in operator new, before anything
  // is written. Here, so that no product wraps: a block of 2^32 bytes would be one of none, and the
  // words after it would be written over heap and stack by whoever chose them.
  if (size > input_bytes_max) halt(exit_out_of_memory);
  const u32 words = size / 4 + (size % 4 != 0);
  if (words == 0) return {};
  u32* const to = static_cast<u32*>(::operator new (std::size_t{words} * 4));
  read_words(to, words);
  return {reinterpret_cast<const u8*>(to), size};
}

void commit(const hash256& output) {
  alignas(4) u8 aligned[32];
  std::memcpy(aligned, output.data(), 32);
  call(ecall::commit, aligned);
}

}  // namespace ashlar::guest

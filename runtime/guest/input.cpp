#include <new>

#include "runtime/guest/guest_main.hpp"
#include "runtime/guest/machine.hpp"

namespace ashlar::guest {

namespace {

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
  // A length that does not fit the heap ends the program in operator new, before anything is
  // written; the words are counted without a sum that could wrap.
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

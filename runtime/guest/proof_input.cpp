#include "runtime/guest/proof_input.hpp"

#include "runtime/guest/machine.hpp"

namespace ashlar::guest {

using stark::gl;
using stark::gl3;

static_assert(stark::ext3_ecall == static_cast<u32>(ecall::ext3_mul_add));

namespace {

/// Whether all of `count` elements are below p, two words each: p and above have all ones in the
/// upper word and more than a zero in the lower.
bool all_canonical(const u32* words, std::size_t count) noexcept {
  for (const u32* const end = words + 2 * count; words != end; words += 2)
    if (words[1] == ~u32{0} && words[0] != 0) return false;
  return true;
}

void open(void* out, const gl3* challenge, u32 n, u32 each) noexcept {
  register u32 a7 __asm__("a7") = static_cast<u32>(ecall::open_row);
  register void* a0 __asm__("a0") = out;
  register const gl3* a1 __asm__("a1") = challenge;
  register u32 a2 __asm__("a2") = n;
  register u32 a3 __asm__("a3") = each;
  __asm__ volatile("ecall" : : "r"(a7), "r"(a0), "r"(a1), "r"(a2), "r"(a3) : "memory");
}

}  // namespace

u8 proof_input::byte() {
  u32 word;
  read(&word, 1);
  if (word > 0xff) good_ = false;
  return static_cast<u8>(word);
}

u64 proof_input::number() {
  u64 out;
  read(&out, 2);
  return out;
}

hash256 proof_input::digest() {
  hash256 out;
  read(out.data(), 8);
  if (!all_canonical(reinterpret_cast<const u32*>(out.data()), 4)) good_ = false;
  return out;
}

void proof_input::extensions(std::span<gl3> out) {
  constexpr std::size_t words_each = sizeof(gl3) / 4;
  constexpr std::size_t at_once = riscv::ecall_words_max / words_each;
  for (std::size_t at = 0; at < out.size(); at += at_once) {
    const std::size_t count = std::min(at_once, out.size() - at);
    read(out.data() + at, static_cast<u32>(count * words_each));
  }
  if (!all_canonical(reinterpret_cast<const u32*>(out.data()), 3 * out.size())) good_ = false;
}

stark::opened_row proof_input::row(u32 n, const stark::row_challenge& challenge) {
  // The machine leaves the digest and behind it the value, and takes z and behind it delta.
  static_assert(sizeof(stark::opened_row) == 56 && offsetof(stark::opened_row, value) == 32);
  static_assert(offsetof(stark::row_challenge, delta) == 24);
  stark::opened_row out;
  open(&out, &challenge.z, n, riscv::open_row_each_max);
  return out;
}

stark::opened_leaf proof_input::leaf(unsigned fold_log2, gl x, const gl3& beta) {
  // A limb is a block, and delta = X puts the limbs together.
  gl3 challenge[2] = {beta, gl3(gl::zero(), gl::one(), gl::zero())};
  const u32 each = 1u << fold_log2;
  stark::opened_row at_beta, at_x;
  open(&at_beta, challenge, 3 * each, each);
  challenge[0] = gl3(x);
  open(&at_x, challenge, 3 * each, each);
  if (at_beta.digest != at_x.digest) good_ = false;
  return {at_beta.digest, at_x.value, at_beta.value};
}

void proof_input::climb(hash256& node, u32 index, unsigned depth) {
  // The machine takes the bits of the levels that are climbed, and no more.
  guest::climb(reinterpret_cast<u64*>(node.data()), index & ((u32{1} << depth) - 1), depth);
}

}  // namespace ashlar::guest

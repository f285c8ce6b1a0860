#include "runtime/base/ensure.hpp"
#include "runtime/crypto/blake3.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/mod256.hpp"
#include "runtime/crypto/mod256_advice.hpp"
#include "runtime/crypto/mod384_guest.hpp"
#include "runtime/crypto/poseidon2.hpp"
#include "runtime/crypto/secp256k1_advice.hpp"
#include "runtime/guest/machine.hpp"

// The names that crypto leaves to chips, bound to their calls. The plain files of the same names
// are not part of a guest.

namespace ashlar::crypto {

void blake3_compress(const u32 cv[8], const u32 block[16], u64 counter, u32 block_length, u32 flags,
                     u32 out[8]) noexcept {
  ensure(counter >> 32 == 0);
  guest::call(riscv::ecall::blake3_compress, out, cv, block, static_cast<u32>(counter),
              block_length | flags << 8);
}

[[gnu::weak]] void keccak_f1600(u64 state[25]) noexcept {
  guest::call(riscv::ecall::keccak_f1600, state);
}

void poseidon2_absorb(u64 state[12], const u64 block[8]) noexcept {
  guest::call(riscv::ecall::absorb, state, block);
}

static_assert(mod256_ecall == static_cast<u32>(riscv::ecall::mod256_mul_add));
static_assert(mod384_ecall == static_cast<u32>(riscv::ecall::mod384_mul_add));

namespace {

void advise(u64* out, riscv::advice kind, const u64* a, const u64* b, const u64* m) {
  register u32 a7 __asm__("a7") = static_cast<u32>(riscv::ecall::read);
  register u64* a0 __asm__("a0") = out;
  register u32 a1 __asm__("a1") = riscv::advice_words(kind);
  register u32 a2 __asm__("a2") = static_cast<u32>(kind);
  register const u64* a3 __asm__("a3") = a;
  register const u64* a4 __asm__("a4") = b;
  register const u64* a5 __asm__("a5") = m;
  __asm__ volatile("ecall"
                   :
                   : "r"(a7), "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
                   : "memory");
}

}  // namespace

void mod256_negated_quotient_advice(u64 out[4], const u64 a[4], const u64 b[4],
                                    const u64 m[4]) noexcept {
  advise(out, riscv::advice::negated_quotient, a, b, m);
}
void mod256_root_advice(u64 out[4], const u64 a[4], const u64 m[4]) noexcept {
  advise(out, riscv::advice::root, a, a, m);
}
void quotient256_advice(u64 out[4], const u64 a[4], const u64 b[4]) noexcept {
  advise(out, riscv::advice::quotient, a, b, b);
}
void secp256k1_key_advice(u64 out[8], const secp256k1_key_question& question) noexcept {
  advise(out, riscv::advice::secp256k1_key, question.e, question.e, question.e);
}
void secp256k1_split_advice(u64 out[8], const u64 k[4], const u64 offset[4]) noexcept {
  advise(out, riscv::advice::secp256k1_split, k, offset, offset);
}

}  // namespace ashlar::crypto

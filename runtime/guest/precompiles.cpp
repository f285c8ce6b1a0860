#include "runtime/base/ensure.hpp"
#include "runtime/crypto/blake3.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/mod256.hpp"
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

void keccak_f1600(u64 state[25]) noexcept {
  guest::call(riscv::ecall::keccak_f1600, state);
}

void mod256_mul_add(u64 out[4], const u64 a[4], const u64 b[4], const u64 c[4],
                    const modulus256* modulus) noexcept {
  guest::call(riscv::ecall::mod256_mul_add, out, a, b, c, modulus);
}

}  // namespace ashlar::crypto

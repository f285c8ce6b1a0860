#include "runtime/crypto/keccak.hpp"
#include "runtime/evm/arithmetic.hpp"
#include "runtime/guest/guest_main.hpp"

// A guest that computes one instruction of the EVM on many operands. Its input: the opcode's number
// as a byte, then triples of words, big-endian. Its output hashes the results.

namespace ashlar::guest {

namespace {

u256 result_of(u8 opcode, const u256& a, const u256& b, const u256& c) {
  switch (opcode) {
    case 0x02: {
      u256 in_place = a;
      evm::multiply(in_place, in_place, b);
      return in_place;
    }
    case 0x04:
      return evm::fast_div(a, b);
    case 0x05:
      return evm::signed_div(a, b);
    case 0x06:
      return evm::fast_mod(a, b);
    case 0x07:
      return evm::signed_mod(a, b);
    case 0x08:
      return evm::fast_addmod(a, b, c);
    case 0x09:
      return evm::fast_mulmod(a, b, c);
    case 0x0a:
      return evm::power(a, b);
    default:
      return {};
  }
}

}  // namespace

u32 guest_main() {
  const bytes_view in = read_input();
  bytes results;
  for (std::size_t at = 1; at + 96 <= in.size(); at += 96) {
    const u8* p = in.data() + at;
    const u256 r = result_of(in[0], u256::from_be(p), u256::from_be(p + 32), u256::from_be(p + 64));
    append(results, r.to_be().data_);
  }
  commit(crypto::keccak256(results));
  return 0;
}

}  // namespace ashlar::guest

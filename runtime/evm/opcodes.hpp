#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/types/revision.hpp"

// The one table of instructions, in order of their bytes: X(byte, name, words taken, words left,
// static gas, first revision); P(n), D(n), S(n) are PUSHn, DUPn, SWAPn; U(byte) is undefined.
// Static gas is what every execution pays (the warm price where EIP-2929 applies); the rest is
// charged by the instruction. Yellow Paper, appendix H, with the EIPs up to Osaka.
// clang-format off
#define ASHLAR_EVM_OPCODES(X, P, D, S, U)                          \
  X(0x00, stop,           0, 0, 0,     cancun)                     \
  X(0x01, add,            2, 1, 3,     cancun)                     \
  X(0x02, mul,            2, 1, 5,     cancun)                     \
  X(0x03, sub,            2, 1, 3,     cancun)                     \
  X(0x04, div,            2, 1, 5,     cancun)                     \
  X(0x05, sdiv,           2, 1, 5,     cancun)                     \
  X(0x06, mod,            2, 1, 5,     cancun)                     \
  X(0x07, smod,           2, 1, 5,     cancun)                     \
  X(0x08, addmod,         3, 1, 8,     cancun)                     \
  X(0x09, mulmod,         3, 1, 8,     cancun)                     \
  X(0x0a, exp,            2, 1, 10,    cancun)                     \
  X(0x0b, signextend,     2, 1, 5,     cancun)                     \
  U(0x0c) U(0x0d) U(0x0e) U(0x0f)                                  \
  X(0x10, lt,             2, 1, 3,     cancun)                     \
  X(0x11, gt,             2, 1, 3,     cancun)                     \
  X(0x12, slt,            2, 1, 3,     cancun)                     \
  X(0x13, sgt,            2, 1, 3,     cancun)                     \
  X(0x14, eq,             2, 1, 3,     cancun)                     \
  X(0x15, iszero,         1, 1, 3,     cancun)                     \
  X(0x16, and_,           2, 1, 3,     cancun)                     \
  X(0x17, or_,            2, 1, 3,     cancun)                     \
  X(0x18, xor_,           2, 1, 3,     cancun)                     \
  X(0x19, not_,           1, 1, 3,     cancun)                     \
  X(0x1a, byte,           2, 1, 3,     cancun)                     \
  X(0x1b, shl,            2, 1, 3,     cancun)                     \
  X(0x1c, shr,            2, 1, 3,     cancun)                     \
  X(0x1d, sar,            2, 1, 3,     cancun)                     \
  X(0x1e, clz,            1, 1, 5,     osaka)                      \
  U(0x1f)                                                          \
  X(0x20, keccak256,      2, 1, 30,    cancun)                     \
  U(0x21) U(0x22) U(0x23) U(0x24) U(0x25) U(0x26) U(0x27) U(0x28)  \
  U(0x29) U(0x2a) U(0x2b) U(0x2c) U(0x2d) U(0x2e) U(0x2f)          \
  X(0x30, address,        0, 1, 2,     cancun)                     \
  X(0x31, balance,        1, 1, 100,   cancun)                     \
  X(0x32, origin,         0, 1, 2,     cancun)                     \
  X(0x33, caller,         0, 1, 2,     cancun)                     \
  X(0x34, callvalue,      0, 1, 2,     cancun)                     \
  X(0x35, calldataload,   1, 1, 3,     cancun)                     \
  X(0x36, calldatasize,   0, 1, 2,     cancun)                     \
  X(0x37, calldatacopy,   3, 0, 3,     cancun)                     \
  X(0x38, codesize,       0, 1, 2,     cancun)                     \
  X(0x39, codecopy,       3, 0, 3,     cancun)                     \
  X(0x3a, gasprice,       0, 1, 2,     cancun)                     \
  X(0x3b, extcodesize,    1, 1, 100,   cancun)                     \
  X(0x3c, extcodecopy,    4, 0, 100,   cancun)                     \
  X(0x3d, returndatasize, 0, 1, 2,     cancun)                     \
  X(0x3e, returndatacopy, 3, 0, 3,     cancun)                     \
  X(0x3f, extcodehash,    1, 1, 100,   cancun)                     \
  X(0x40, blockhash,      1, 1, 20,    cancun)                     \
  X(0x41, coinbase,       0, 1, 2,     cancun)                     \
  X(0x42, timestamp,      0, 1, 2,     cancun)                     \
  X(0x43, number,         0, 1, 2,     cancun)                     \
  X(0x44, prevrandao,     0, 1, 2,     cancun)                     \
  X(0x45, gaslimit,       0, 1, 2,     cancun)                     \
  X(0x46, chainid,        0, 1, 2,     cancun)                     \
  X(0x47, selfbalance,    0, 1, 5,     cancun)                     \
  X(0x48, basefee,        0, 1, 2,     cancun)                     \
  X(0x49, blobhash,       1, 1, 3,     cancun)                     \
  X(0x4a, blobbasefee,    0, 1, 2,     cancun)                     \
  U(0x4b) U(0x4c) U(0x4d) U(0x4e) U(0x4f)                          \
  X(0x50, pop,            1, 0, 2,     cancun)                     \
  X(0x51, mload,          1, 1, 3,     cancun)                     \
  X(0x52, mstore,         2, 0, 3,     cancun)                     \
  X(0x53, mstore8,        2, 0, 3,     cancun)                     \
  X(0x54, sload,          1, 1, 100,   cancun)                     \
  X(0x55, sstore,         2, 0, 0,     cancun)                     \
  X(0x56, jump,           1, 0, 8,     cancun)                     \
  X(0x57, jumpi,          2, 0, 10,    cancun)                     \
  X(0x58, pc,             0, 1, 2,     cancun)                     \
  X(0x59, msize,          0, 1, 2,     cancun)                     \
  X(0x5a, gas,            0, 1, 2,     cancun)                     \
  X(0x5b, jumpdest,       0, 0, 1,     cancun)                     \
  X(0x5c, tload,          1, 1, 100,   cancun)                     \
  X(0x5d, tstore,         2, 0, 100,   cancun)                     \
  X(0x5e, mcopy,          3, 0, 3,     cancun)                     \
  X(0x5f, push0,          0, 1, 2,     cancun)                     \
  P(1) P(2) P(3) P(4) P(5) P(6) P(7) P(8)                          \
  P(9) P(10) P(11) P(12) P(13) P(14) P(15) P(16)                   \
  P(17) P(18) P(19) P(20) P(21) P(22) P(23) P(24)                  \
  P(25) P(26) P(27) P(28) P(29) P(30) P(31) P(32)                  \
  D(1) D(2) D(3) D(4) D(5) D(6) D(7) D(8)                          \
  D(9) D(10) D(11) D(12) D(13) D(14) D(15) D(16)                   \
  S(1) S(2) S(3) S(4) S(5) S(6) S(7) S(8)                          \
  S(9) S(10) S(11) S(12) S(13) S(14) S(15) S(16)                   \
  X(0xa0, log0,           2, 0, 375,   cancun)                     \
  X(0xa1, log1,           3, 0, 750,   cancun)                     \
  X(0xa2, log2,           4, 0, 1125,  cancun)                     \
  X(0xa3, log3,           5, 0, 1500,  cancun)                     \
  X(0xa4, log4,           6, 0, 1875,  cancun)                     \
  U(0xa5) U(0xa6) U(0xa7) U(0xa8) U(0xa9) U(0xaa) U(0xab) U(0xac)  \
  U(0xad) U(0xae) U(0xaf) U(0xb0) U(0xb1) U(0xb2) U(0xb3) U(0xb4)  \
  U(0xb5) U(0xb6) U(0xb7) U(0xb8) U(0xb9) U(0xba) U(0xbb) U(0xbc)  \
  U(0xbd) U(0xbe) U(0xbf) U(0xc0) U(0xc1) U(0xc2) U(0xc3) U(0xc4)  \
  U(0xc5) U(0xc6) U(0xc7) U(0xc8) U(0xc9) U(0xca) U(0xcb) U(0xcc)  \
  U(0xcd) U(0xce) U(0xcf) U(0xd0) U(0xd1) U(0xd2) U(0xd3) U(0xd4)  \
  U(0xd5) U(0xd6) U(0xd7) U(0xd8) U(0xd9) U(0xda) U(0xdb) U(0xdc)  \
  U(0xdd) U(0xde) U(0xdf) U(0xe0) U(0xe1) U(0xe2) U(0xe3) U(0xe4)  \
  U(0xe5) U(0xe6) U(0xe7) U(0xe8) U(0xe9) U(0xea) U(0xeb) U(0xec)  \
  U(0xed) U(0xee) U(0xef)                                          \
  X(0xf0, create,         3, 1, 32000, cancun)                     \
  X(0xf1, call,           7, 1, 100,   cancun)                     \
  X(0xf2, callcode,       7, 1, 100,   cancun)                     \
  X(0xf3, return_,        2, 0, 0,     cancun)                     \
  X(0xf4, delegatecall,   6, 1, 100,   cancun)                     \
  X(0xf5, create2,        4, 1, 32000, cancun)                     \
  U(0xf6) U(0xf7) U(0xf8) U(0xf9)                                  \
  X(0xfa, staticcall,     6, 1, 100,   cancun)                     \
  U(0xfb) U(0xfc)                                                  \
  X(0xfd, revert,         2, 0, 0,     cancun)                     \
  X(0xfe, invalid,        0, 0, 0,     cancun)                     \
  X(0xff, selfdestruct,   1, 0, 5000,  cancun)
// clang-format on

namespace ashlar::evm {

namespace op {
#define ASHLAR_X(byte, name, in, out, gas, since) inline constexpr u8 name = byte;
#define ASHLAR_N(n)
ASHLAR_EVM_OPCODES(ASHLAR_X, ASHLAR_N, ASHLAR_N, ASHLAR_N, ASHLAR_N)
#undef ASHLAR_X
#undef ASHLAR_N
inline constexpr u8 push1 = 0x60, push32 = 0x7f, dup1 = 0x80, swap1 = 0x90;
}  // namespace op

struct instruction_traits {
  const char* name;  ///< null: undefined in every revision
  u8 in;
  u8 out;
  u16 gas;
  revision since;
  u8 immediate;  ///< bytes of code behind the opcode
};

inline constexpr instruction_traits instructions[256] = {
#define ASHLAR_X(byte, name, in, out, gas, since) {#name, in, out, gas, revision::since, 0},
#define ASHLAR_P(n) {"push" #n, 0, 1, 3, revision::cancun, n},
#define ASHLAR_D(n) {"dup" #n, n, n + 1, 3, revision::cancun, 0},
#define ASHLAR_S(n) {"swap" #n, n + 1, n + 1, 3, revision::cancun, 0},
#define ASHLAR_U(byte) {nullptr, 0, 0, 0, revision::cancun, 0},
    ASHLAR_EVM_OPCODES(ASHLAR_X, ASHLAR_P, ASHLAR_D, ASHLAR_S, ASHLAR_U)
#undef ASHLAR_X
#undef ASHLAR_P
#undef ASHLAR_D
#undef ASHLAR_S
#undef ASHLAR_U
};

/// Every byte has its row and every row its place.
static_assert([] {
  unsigned at = 0;
#define ASHLAR_X(byte, name, in, out, gas, since) \
  if (at++ != byte) return false;
#define ASHLAR_P(n) \
  if (at++ != 0x60 + n - 1) return false;
#define ASHLAR_D(n) \
  if (at++ != 0x80 + n - 1) return false;
#define ASHLAR_S(n) \
  if (at++ != 0x90 + n - 1) return false;
#define ASHLAR_U(byte) \
  if (at++ != byte) return false;
  ASHLAR_EVM_OPCODES(ASHLAR_X, ASHLAR_P, ASHLAR_D, ASHLAR_S, ASHLAR_U)
#undef ASHLAR_X
#undef ASHLAR_P
#undef ASHLAR_D
#undef ASHLAR_S
#undef ASHLAR_U
  return at == 256;
}());

}  // namespace ashlar::evm

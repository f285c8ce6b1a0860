#pragma once

#include "runtime/base/bytes.hpp"

// Gas that no single instruction owns. Yellow Paper, appendix G, as the EIPs left it.
namespace ashlar::evm::gas {

inline constexpr i64 cold_account = 2600, cold_slot = 2100, warm = 100;  // EIP-2929
inline constexpr i64 cold_account_extra = cold_account - warm;
inline constexpr i64 cold_slot_extra = cold_slot - warm;

inline constexpr i64 sstore_set = 20000, sstore_reset = 5000 - cold_slot;
inline constexpr i64 sstore_sentry = 2300;        // EIP-2200
inline constexpr i64 sstore_clear_refund = 4800;  // EIP-3529

inline constexpr i64 call_value = 9000, call_stipend = 2300, new_account = 25000;
inline constexpr i64 copy_word = 3, keccak_word = 6, initcode_word = 2, log_byte = 8;
inline constexpr i64 exp_byte = 50, code_byte = 200;

inline constexpr u64 code_bytes_max = 24576;                   // EIP-170
inline constexpr u64 initcode_bytes_max = 2 * code_bytes_max;  // EIP-3860

inline constexpr u64 txn = 21000, txn_create = 32000;
inline constexpr u64 txn_data_zero = 4, txn_data_nonzero = 16;             // EIP-2028
inline constexpr u64 floor_per_token = 10, tokens_per_nonzero = 4;         // EIP-7623
inline constexpr u64 access_address = 2400, access_slot = 1900;            // EIP-2930
inline constexpr u64 authorization = 25000, authorization_refund = 12500;  // EIP-7702
inline constexpr u64 txn_max = 1u << 24;                                   // EIP-7825
inline constexpr u64 refund_quotient = 5;                                  // EIP-3529
inline constexpr u64 blob = 1u << 17;                                      // EIP-4844

/// Gas is counted in i64; a limit above this is refused before it can overflow.
inline constexpr u64 representable_max = (u64{1} << 63) - 1;

constexpr u64 words(u64 bytes) noexcept {
  return (bytes + 31) / 32;
}

}  // namespace ashlar::evm::gas

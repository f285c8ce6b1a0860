#pragma once

#include <array>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"
#include "runtime/base/u256.hpp"
#include "runtime/types/txn.hpp"

namespace ashlar {

/// The ZK Stack's `L2CanonicalTransaction`, word for word. `nonce` is the priority id.
struct l2_canonical_txn {
  u256 txn_type;
  u256 from;
  u256 to;
  u256 gas_limit;
  u256 gas_per_pubdata_byte_limit;
  u256 max_fee_per_gas;
  u256 max_priority_fee_per_gas;
  u256 paymaster;
  u256 nonce;
  u256 value;
  std::array<u256, 4> reserved;  ///< mint value, refund recipient, zero, zero
  bytes data;
  bytes signature;
  std::vector<u256> factory_deps;
  bytes paymaster_input;
  bytes reserved_dynamic;
  friend bool operator==(const l2_canonical_txn&, const l2_canonical_txn&) = default;
};

enum class priority_error_code : u8 {
  too_short,        ///< the ABI bytes end early; `expected` bytes, `got` bytes
  trailing_bytes,   ///< bytes behind the last field
  bad_offset,       ///< a dynamic field is not where the canonical encoding has it
  bad_padding,      ///< a byte string is not padded with zeros
  bad_type,         ///< txType is not 0x7f
  field_too_large,  ///< an address over 20 bytes, or a gas field or nonce over 64 bits
  field_not_empty,  ///< paymaster, reserved words, signature or reserved bytes are set
};

struct priority_error {
  priority_error_code code{};
  u64 expected = 0;
  u64 got = 0;
  friend bool operator==(const priority_error&, const priority_error&) = default;
};

const char* to_text(priority_error_code code) noexcept;

/// `abi.encode(L2CanonicalTransaction)`: one dynamic tuple behind its offset word.
bytes abi_encode(const l2_canonical_txn& t);
/// The inverse; refuses any encoding but the one that `abi_encode` gives. Allocates no more than
/// the input's size.
result<l2_canonical_txn, priority_error> abi_decode_priority(bytes_view abi);
/// keccak256(abi_encode(t)).
hash256 canonical_hash(const l2_canonical_txn& t);

/// To what the EVM executes. `to` is always set: a priority operation creates no contract.
result<txn, priority_error> to_txn(const l2_canonical_txn& t);
/// The inverse, exact. Precondition: type 0x7f.
l2_canonical_txn to_canonical(const txn& t);

}  // namespace ashlar

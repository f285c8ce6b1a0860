#pragma once

#include <optional>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"
#include "runtime/base/u256.hpp"
#include "runtime/types/rlp.hpp"
#include "runtime/types/txn.hpp"

namespace ashlar {

/// Ethereum's 2048-bit log bloom, bit 0 in the last byte's lowest bit.
using bloom = fixed_bytes<256>;

/// Sets the three bits of keccak256(item).
void bloom_add(bloom& to, bytes_view item) noexcept;
void bloom_merge(bloom& to, const bloom& from) noexcept;
/// False: certainly absent. True: maybe present.
bool bloom_may_contain(const bloom& in, bytes_view item) noexcept;

/// An EVM event.
struct log_entry {
  address account;              ///< the contract that emitted it
  std::vector<hash256> topics;  ///< at most 4
  bytes data;
  friend bool operator==(const log_entry&, const log_entry&) = default;
};

bloom logs_bloom(const std::vector<log_entry>& logs) noexcept;
/// keccak256(rlp(logs)), as state tests give it.
hash256 logs_hash(const std::vector<log_entry>& logs);

struct receipt {
  txn_type type = txn_type::legacy;
  bool success = false;
  u64 cumulative_gas_used = 0;
  ashlar::bloom bloom;
  std::vector<log_entry> logs;

  /// Derived per transaction: not part of the consensus encoding.
  u64 gas_used = 0;
  u256 effective_gas_price;
  std::optional<address> contract_address;
  friend bool operator==(const receipt&, const receipt&) = default;
};

/// EIP-2718 receipt: what the receipts root commits to.
bytes encode_receipt(const receipt& r);
/// Appends it.
void encode_receipt(bytes& to, const receipt& r);
/// The inverse; derived fields are left zero.
result<receipt, rlp::error> decode_receipt(bytes_view raw);

/// For storage: every field but the bloom, which is computed again when read.
bytes encode_stored_receipt(const receipt& r);
result<receipt, rlp::error> decode_stored_receipt(bytes_view raw);

}  // namespace ashlar

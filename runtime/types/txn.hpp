#pragma once

#include <optional>
#include <span>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"
#include "runtime/base/u256.hpp"
#include "runtime/types/rlp.hpp"

namespace ashlar {

/// EIP-2718 type bytes. Blob transactions are recognised only to be refused by name.
enum class txn_type : u8 {
  legacy = 0,
  access_list = 1,  ///< EIP-2930
  dynamic_fee = 2,  ///< EIP-1559
  blob = 3,         ///< EIP-4844, refused
  set_code = 4,     ///< EIP-7702
  priority = 0x7f,  ///< L1 -> L2, as in the ZK Stack
};

/// Bytes of an encoded transaction above which it is refused unread (as geth's pool does).
inline constexpr std::size_t txn_bytes_max = 128 * 1024;

struct access_list_entry {
  address account;
  std::vector<hash256> storage_keys;
  friend bool operator==(const access_list_entry&, const access_list_entry&) = default;
};

struct txn_signature {
  u8 y_parity = 0;  ///< 0 or 1
  u256 r, s;
  friend bool operator==(const txn_signature&, const txn_signature&) = default;
};

/// EIP-7702 authorisation tuple. Decoding checks only widths (as the EIP says): a tuple with a
/// bad signature, chain id or nonce is skipped at execution, it does not void the transaction.
struct authorization {
  u256 chain_id;  ///< zero: any chain
  address account;
  u64 nonce = 0;
  u8 y_parity = 0;  ///< any byte
  u256 r, s;
  friend bool operator==(const authorization&, const authorization&) = default;
};

/// What only an L1 -> L2 transaction carries.
struct priority_part {
  address sender;            ///< already aliased where the L1 caller was a contract
  u256 mint;                 ///< base token minted on L2: `reserved[0]`
  address refund_recipient;  ///< `reserved[1]`
  u64 gas_per_pubdata_limit = 0;
  std::vector<hash256> factory_deps;  ///< kept for the hash; execution ignores them
  hash256 canonical_hash;             ///< keccak256 of the ABI encoding
  friend bool operator==(const priority_part&, const priority_part&) = default;
};

/// A transaction of any type that Ashlar executes. Fields that a type lacks are zero or empty.
struct txn {
  txn_type type = txn_type::legacy;
  std::optional<u64> chain_id;    ///< none: legacy without EIP-155 protection
  u64 nonce = 0;                  ///< for priority: the priority id
  u256 max_priority_fee_per_gas;  ///< gas price for legacy and access_list
  u256 max_fee_per_gas;           ///< gas price for legacy and access_list
  u64 gas_limit = 0;
  std::optional<address> to;  ///< none: contract creation
  u256 value;
  bytes data;
  std::vector<access_list_entry> access_list;
  std::vector<authorization> authorizations;
  std::vector<hash256> blob_hashes;  ///< EIP-4844; never decoded, for conformance tests
  u256 max_fee_per_blob_gas;         ///< likewise
  txn_signature signature;
  priority_part priority;

  bool is_priority() const noexcept { return type == txn_type::priority; }
  friend bool operator==(const txn&, const txn&) = default;
};

enum class txn_error_code : u8 {
  empty,                   ///< no bytes at all
  oversize,                ///< more than txn_bytes_max
  malformed_rlp,           ///< see `rlp` for what
  trailing_bytes,          ///< bytes behind the envelope or fields behind the last one
  missing_field,           ///< the list ended early
  non_canonical_integer,   ///< leading zeros
  integer_too_large,       ///< wider than the field
  wrong_length,            ///< an address or hash of the wrong size
  unknown_type,            ///< `got` is the type byte
  blob_unsupported,        ///< type 3
  priority_not_allowed,    ///< type 0x7f from anyone but the L1 listener
  bad_priority_encoding,   ///< type 0x7f whose ABI encoding is not the canonical one
  bad_v,                   ///< legacy v not 27, 28 or 35 and above
  bad_y_parity,            ///< neither 0 nor 1
  signature_out_of_range,  ///< r or s zero, or not below the group order
  high_s,                  ///< s above half the group order (EIP-2)
  chain_id_too_large,      ///< wider than 64 bits
  chain_id_missing,        ///< legacy without EIP-155 where the chain requires it
  wrong_chain_id,          ///< `expected` is the chain's, `got` the transaction's
  nonce_too_large,         ///< 2^64 - 1 (EIP-2681)
  tip_above_fee,           ///< max priority fee above max fee
  cost_overflow,           ///< gas limit * max fee + value does not fit 256 bits
  missing_to,              ///< EIP-7702 transaction without a destination
  empty_authorizations,    ///< EIP-7702 transaction without authorisations
};

struct txn_error {
  txn_error_code code{};
  u64 expected = 0;
  u64 got = 0;
  rlp::error rlp{};  ///< the cause, where `code` comes from the RLP reader
  friend bool operator==(const txn_error&, const txn_error&) = default;
};

const char* to_text(txn_error_code code) noexcept;

/// Who may have sent the bytes. Only the node's own log and batch inputs hold type 0x7f.
enum class txn_source : u8 { wallet, log };

/// Decodes an EIP-2718 envelope, canonical encodings only, and checks all that needs neither
/// state nor chain parameters. Costs one pass; recovers no key.
result<txn, txn_error> decode_txn(bytes_view raw, txn_source source = txn_source::wallet);

/// The inverse of `decode_txn` (type 0x7f: the type byte, then the ABI encoding).
bytes encode_txn(const txn& t);

/// Legacy without EIP-155 passes only where `allow_unprotected` is set. Priority always passes.
status<txn_error> check_chain_id(const txn& t, u64 chain_id, bool allow_unprotected);

/// keccak256 of the encoding; the canonical hash for type 0x7f. `encoded` is encode_txn(t), as it
/// is where decode_txn read it.
hash256 txn_hash(const txn& t);
hash256 txn_hash(const txn& t, bytes_view encoded);
/// The digest that the sender signed. Precondition: not type 0x7f.
hash256 signing_hash(const txn& t);
hash256 signing_hash(const txn& t, bytes_view encoded);
/// The signer; the (aliased) sender of type 0x7f. None where no key matches the signature.
std::optional<address> recover_sender(const txn& t);
/// A transaction with its encoding, neither owned.
struct received_txn {
  const txn* decoded;
  bytes_view encoded;
};
/// `recover_sender` of each, which costs less together where that is proved.
std::vector<std::optional<address>> recover_senders(std::span<const received_txn> txns);
/// The authority of an EIP-7702 tuple, none where its signature is bad (y parity, range, high s).
std::optional<address> recover_authority(const authorization& a);

}  // namespace ashlar

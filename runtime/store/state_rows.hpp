#pragma once

#include <optional>

#include "runtime/evm/account.hpp"
#include "runtime/store/chain_store.hpp"
#include "runtime/store/version_table.hpp"

/// Keys and values of the state database. One letter names the table:
///   M           flushed height and what belongs to it
///   A S         newest account, newest slot, with the block that wrote it
///   a s         every version of them, newest first
///   C           code by hash
///   N H         block number -> hash, time, transactions so far; block hash -> number
///   T           first half of a transaction's hash -> block, index
///   R B         receipts of a block; bloom of a block that has logs
namespace ashlar::store::rows {

using account_value = std::optional<evm::account>;

bytes meta_key();
bytes newest_key(const address& who);
bytes newest_key(const slot_key& k);
bytes version_key(const address& who, u64 block);
bytes version_key(const slot_key& k, u64 block);
bytes code_key(const hash256& code_hash);
bytes info_key(u64 number);
bytes number_key(const hash256& block_hash);
bytes txn_key(const hash256& txn_hash);
bytes receipts_key(u64 number);
bytes bloom_key(u64 number);

/// How many bytes at the end of a version key are the block.
inline constexpr std::size_t version_suffix_bytes = 8;

bytes encode_account(u64 block, const account_value& a);
bytes encode_slot(u64 block, const u256& v);
template <class Value>
struct versioned {
  u64 block = 0;
  Value value{};
};
std::optional<versioned<account_value>> decode_account(bytes_view raw);
std::optional<versioned<u256>> decode_slot(bytes_view raw);

struct meta_row {
  static constexpr u64 schema_version = 1;
  u64 schema = schema_version;
  hash256 identity;  ///< of genesis
  u64 flushed = 0;
  hash256 chain;  ///< the log's chain hash at `flushed`
};
bytes encode_meta(const meta_row& m);
std::optional<meta_row> decode_meta(bytes_view raw);

bytes encode_info(const head_info& i);
std::optional<head_info> decode_info(u64 number, bytes_view raw);

bytes encode_location(const txn_location& l);
std::optional<txn_location> decode_location(bytes_view raw);

bytes encode_receipts(const std::vector<receipt>& receipts);
std::optional<std::vector<receipt>> decode_receipts(bytes_view raw);

}  // namespace ashlar::store::rows

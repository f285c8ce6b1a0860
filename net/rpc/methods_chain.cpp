#include "net/rpc/encode.hpp"
#include "net/rpc/json_out.hpp"
#include "net/rpc/method.hpp"
#include "runtime/crypto/keccak.hpp"

/// Blocks, transactions, receipts, and what says who the node is.
namespace ashlar::rpc {

const json::value& call_in::at(std::size_t i) const {
  static const json::value null;
  return i < args.size() ? args[i] : null;
}

result<block_number, rpc_error> resolve(services& s, const block_id& id) {
  const chain_heads heads = s.chain.heads();
  if (const auto* tag = std::get_if<block_tag>(&id)) {
    switch (*tag) {
      case block_tag::latest:
      case block_tag::pending:
        return heads.latest;
      case block_tag::safe:
        return heads.safe;
      case block_tag::finalized:
        return heads.finalized;
      case block_tag::earliest:
        return heads.earliest;
    }
  }
  if (const auto* n = std::get_if<block_number>(&id)) {
    if (*n > heads.latest) return fail(rpc_error{code::server, "header not found", {}});
    return *n;
  }
  const auto n = s.chain.number_of(std::get<hash256>(id));
  if (!n) return fail(rpc_error{code::server, "header for hash not found", {}});
  return *n;
}

sealed_block_ptr find_block(services& s, const block_id& id) {
  if (const auto* hash = std::get_if<hash256>(&id)) return s.chain.block_by_hash(*hash);
  const auto n = resolve(s, id);
  return n ? s.chain.block_by_number(*n) : nullptr;
}

result<block_number, rpc_error> block_argument(const call_in& in, std::size_t i) {
  ASHLAR_TRY(const block_id id, in.get(i, decode_block_id));
  return resolve(in.s, id);
}

namespace {

void put_null(std::string& out) {
  out += "null";
}

outcome chain_id(const call_in& in, std::string& out) {
  append_quantity(out, in.s.chain.constants().chain_id);
  return nothing{};
}

outcome net_version(const call_in& in, std::string& out) {
  append_text(out, std::to_string(in.s.chain.constants().chain_id));
  return nothing{};
}

outcome client_version(const call_in& in, std::string& out) {
  append_text(out, in.s.chain.constants().client_version);
  return nothing{};
}

outcome web3_sha3(const call_in& in, std::string& out) {
  ASHLAR_TRY(const bytes input, in.get(0, decode_data));
  append_data(out, crypto::keccak256(input));
  return nothing{};
}

outcome yes(const call_in&, std::string& out) {
  out += "true";
  return nothing{};
}
outcome zero(const call_in&, std::string& out) {
  out += "\"0x0\"";
  return nothing{};
}
outcome empty_list(const call_in&, std::string& out) {
  out += "[]";
  return nothing{};
}

outcome syncing(const call_in& in, std::string& out) {
  const auto progress = in.s.chain.syncing();
  if (!progress) {
    out += "false";
    return nothing{};
  }
  object_out o(out);
  o.quantity("startingBlock", progress->starting);
  o.quantity("currentBlock", progress->current);
  o.quantity("highestBlock", progress->highest);
  o.end();
  return nothing{};
}

outcome block_number_of_head(const call_in& in, std::string& out) {
  append_quantity(out, in.s.chain.heads().latest.value);
  return nothing{};
}

outcome put_block(const call_in& in, const sealed_block_ptr& block, std::string& out) {
  bool full = false;
  if (in.has(1)) {
    ASHLAR_TRY(full, in.get(1, decode_bool));
  }
  if (!block) {
    put_null(out);
  } else {
    append_block(out, *block, full, in.s.chain.batch_of(block->header.number));
  }
  return nothing{};
}

outcome block_by_number(const call_in& in, std::string& out) {
  ASHLAR_TRY(const block_id id, in.get(0, decode_block_id));
  return put_block(in, find_block(in.s, id), out);
}

outcome block_by_hash(const call_in& in, std::string& out) {
  ASHLAR_TRY(const hash256 hash, in.get(0, decode_hash));
  return put_block(in, in.s.chain.block_by_hash(hash), out);
}

/// The block of argument 0, by hash or by number.
result<sealed_block_ptr, rpc_error> by_hash(const call_in& in) {
  ASHLAR_TRY(const hash256 hash, in.get(0, decode_hash));
  return in.s.chain.block_by_hash(hash);
}
result<sealed_block_ptr, rpc_error> by_number(const call_in& in) {
  ASHLAR_TRY(const block_id id, in.get(0, decode_block_id));
  return find_block(in.s, id);
}
using finder = result<sealed_block_ptr, rpc_error> (*)(const call_in&);

template <finder Find>
outcome txn_count(const call_in& in, std::string& out) {
  ASHLAR_TRY(const sealed_block_ptr block, Find(in));
  if (!block) {
    put_null(out);
  } else {
    append_quantity(out, block->txns.size());
  }
  return nothing{};
}

template <finder Find>
outcome uncle_count(const call_in& in, std::string& out) {
  ASHLAR_TRY(const sealed_block_ptr block, Find(in));
  out += block ? "\"0x0\"" : "null";
  return nothing{};
}

template <finder Find>
outcome txn_by_index(const call_in& in, std::string& out) {
  ASHLAR_TRY(const sealed_block_ptr block, Find(in));
  ASHLAR_TRY(const u64 index, in.get(1, decode_u64));
  if (!block || index >= block->txns.size()) {
    put_null(out);
  } else {
    append_txn(out, {block, static_cast<u32>(index)}, in.s.chain.batch_of(block->header.number));
  }
  return nothing{};
}

outcome block_receipts(const call_in& in, std::string& out) {
  ASHLAR_TRY(const sealed_block_ptr block, by_number(in));
  if (!block) {
    put_null(out);
    return nothing{};
  }
  const batch_of_block batch = in.s.chain.batch_of(block->header.number);
  out += '[';
  for (u32 i = 0; i < block->txns.size(); ++i) {
    if (i) out += ',';
    append_receipt(out, {block, i}, batch);
    if (out.size() > in.s.config.response_bytes_max) break;
  }
  out += ']';
  return nothing{};
}

outcome txn_by_hash(const call_in& in, std::string& out) {
  ASHLAR_TRY(const hash256 hash, in.get(0, decode_hash));
  if (const auto found = in.s.chain.txn_by_hash(hash)) {
    append_txn(out, *found, in.s.chain.batch_of(found->block->header.number));
  } else if (const pending_txn_ptr waiting = in.s.chain.pending_by_hash(hash)) {
    append_pending_txn(out, *waiting);
  } else {
    put_null(out);
  }
  return nothing{};
}

outcome txn_receipt(const call_in& in, std::string& out) {
  ASHLAR_TRY(const hash256 hash, in.get(0, decode_hash));
  if (const auto found = in.s.chain.txn_by_hash(hash)) {
    append_receipt(out, *found, in.s.chain.batch_of(found->block->header.number));
  } else {
    put_null(out);
  }
  return nothing{};
}

}  // namespace

void add_chain_methods(method_table& to) {
  to["web3_clientVersion"] = {client_version};
  to["web3_sha3"] = {web3_sha3, 1, 1};
  to["net_version"] = {net_version};
  to["net_listening"] = {yes};
  to["net_peerCount"] = {zero};
  to["eth_chainId"] = {chain_id};
  to["eth_syncing"] = {syncing};
  to["eth_accounts"] = {empty_list};
  to["eth_blockNumber"] = {block_number_of_head};
  to["eth_getBlockByNumber"] = {block_by_number, 1, 2, 5};
  to["eth_getBlockByHash"] = {block_by_hash, 1, 2, 5};
  to["eth_getBlockReceipts"] = {block_receipts, 1, 1, 20, http::lane::heavy};
  to["eth_getBlockTransactionCountByHash"] = {txn_count<by_hash>, 1, 1};
  to["eth_getBlockTransactionCountByNumber"] = {txn_count<by_number>, 1, 1};
  to["eth_getUncleCountByBlockHash"] = {uncle_count<by_hash>, 1, 1};
  to["eth_getUncleCountByBlockNumber"] = {uncle_count<by_number>, 1, 1};
  to["eth_getTransactionByBlockHashAndIndex"] = {txn_by_index<by_hash>, 2, 2, 2};
  to["eth_getTransactionByBlockNumberAndIndex"] = {txn_by_index<by_number>, 2, 2, 2};
  to["eth_getTransactionByHash"] = {txn_by_hash, 1, 1, 2};
  to["eth_getTransactionReceipt"] = {txn_receipt, 1, 1, 2};
}

}  // namespace ashlar::rpc

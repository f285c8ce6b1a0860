#include "runtime/types/block.hpp"

#include "runtime/crypto/keccak.hpp"

namespace ashlar {
namespace {

constexpr std::size_t extra_data_bytes_max = 32;

failure<block_error> from_rlp(const rlp::error& e) {
  return fail(block_error{block_error_code::malformed_rlp, e.expected, e.got, e, {}});
}

result<block_header, rlp::error> read_header(rlp::reader& in) {
  ASHLAR_TRY(rlp::reader list, in.next_list());
  block_header h;
  ASHLAR_TRY(h.parent_hash, list.next_fixed<32>());
  ASHLAR_TRY(h.ommers_hash, list.next_fixed<32>());
  ASHLAR_TRY(h.beneficiary, list.next_fixed<20>());
  ASHLAR_TRY(h.state_root, list.next_fixed<32>());
  ASHLAR_TRY(h.transactions_root, list.next_fixed<32>());
  ASHLAR_TRY(h.receipts_root, list.next_fixed<32>());
  ASHLAR_TRY(h.logs_bloom, list.next_fixed<256>());
  ASHLAR_TRY(h.difficulty, list.next_u256());
  ASHLAR_TRY(h.number.value, list.next_u64());
  ASHLAR_TRY(h.gas_limit, list.next_u64());
  ASHLAR_TRY(h.gas_used, list.next_u64());
  ASHLAR_TRY(h.timestamp.value, list.next_u64());
  ASHLAR_TRY(const bytes_view extra, list.next_string(extra_data_bytes_max));
  h.extra_data = to_bytes(extra);
  ASHLAR_TRY(h.mix_hash, list.next_fixed<32>());
  ASHLAR_TRY(h.nonce, list.next_fixed<8>());
  if (list.empty()) return h;
  ASHLAR_TRY(h.base_fee_per_gas, list.next_u256());
  if (list.empty()) return h;
  ASHLAR_TRY(h.withdrawals_root, list.next_fixed<32>());
  if (list.empty()) return h;
  ASHLAR_TRY(h.blob_gas_used, list.next_u64());
  if (list.empty()) return h;
  ASHLAR_TRY(h.excess_blob_gas, list.next_u64());
  if (list.empty()) return h;
  ASHLAR_TRY(h.parent_beacon_block_root, list.next_fixed<32>());
  if (list.empty()) return h;
  ASHLAR_TRY(h.requests_hash, list.next_fixed<32>());
  ASHLAR_CHECK(list.finish());
  return h;
}

/// Fields that forks added are there or not from one point on.
bool optionals_are_contiguous(const block_header& h) noexcept {
  const bool present[] = {h.base_fee_per_gas.has_value(),
                          h.withdrawals_root.has_value(),
                          h.blob_gas_used.has_value(),
                          h.excess_blob_gas.has_value(),
                          h.parent_beacon_block_root.has_value(),
                          h.requests_hash.has_value()};
  for (std::size_t i = 1; i < std::size(present); ++i)
    if (present[i] && !present[i - 1]) return false;
  return true;
}

void write_header(bytes& out, const block_header& h) {
  ensure(optionals_are_contiguous(h));
  rlp::list_scope list{out};
  rlp::encode_fixed(out, h.parent_hash);
  rlp::encode_fixed(out, h.ommers_hash);
  rlp::encode_fixed(out, h.beneficiary);
  rlp::encode_fixed(out, h.state_root);
  rlp::encode_fixed(out, h.transactions_root);
  rlp::encode_fixed(out, h.receipts_root);
  rlp::encode_fixed(out, h.logs_bloom);
  rlp::encode_u256(out, h.difficulty);
  rlp::encode_u64(out, h.number.value);
  rlp::encode_u64(out, h.gas_limit);
  rlp::encode_u64(out, h.gas_used);
  rlp::encode_u64(out, h.timestamp.value);
  rlp::encode_string(out, h.extra_data);
  rlp::encode_fixed(out, h.mix_hash);
  rlp::encode_fixed(out, h.nonce);
  if (h.base_fee_per_gas) rlp::encode_u256(out, *h.base_fee_per_gas);
  if (h.withdrawals_root) rlp::encode_fixed(out, *h.withdrawals_root);
  if (h.blob_gas_used) rlp::encode_u64(out, *h.blob_gas_used);
  if (h.excess_blob_gas) rlp::encode_u64(out, *h.excess_blob_gas);
  if (h.parent_beacon_block_root) rlp::encode_fixed(out, *h.parent_beacon_block_root);
  if (h.requests_hash) rlp::encode_fixed(out, *h.requests_hash);
}

}  // namespace

const char* to_text(block_error_code code) noexcept {
  switch (code) {
    case block_error_code::malformed_rlp:
      return "the block is not canonical RLP";
    case block_error_code::bad_version:
      return "the block record has an unknown version";
    case block_error_code::bad_txn:
      return "a transaction of the block does not decode";
  }
  return "unknown";
}

bytes encode_header(const block_header& h) {
  bytes out;
  out.reserve(700);
  write_header(out, h);
  return out;
}

hash256 header_hash(const block_header& h) {
  return crypto::keccak256(encode_header(h));
}

result<block_header, block_error> decode_header(bytes_view raw) {
  rlp::reader in{raw};
  auto header = read_header(in);
  if (!header) return from_rlp(header.error());
  if (auto end = in.finish(); !end) return from_rlp(end.error());
  return std::move(*header);
}

bytes encode_block(const block& b) {
  bytes out{block_record_version};
  rlp::list_scope record{out};
  write_header(out, b.header);
  rlp::list_scope txns{out};
  for (const txn& t : b.txns) rlp::encode_string(out, encode_txn(t));
  txns.close();
  record.close();
  return out;
}

result<block, block_error> decode_block(bytes_view raw) {
  if (raw.empty() || raw[0] != block_record_version)
    return fail(block_error{
        block_error_code::bad_version, block_record_version, raw.empty() ? 0u : raw[0], {}, {}});
  rlp::reader envelope{raw.subspan(1)};
  auto record = envelope.next_list();
  if (!record) return from_rlp(record.error());
  if (auto end = envelope.finish(); !end) return from_rlp(end.error());
  block b;
  auto header = read_header(*record);
  if (!header) return from_rlp(header.error());
  b.header = std::move(*header);
  auto txns = record->next_list();
  if (!txns) return from_rlp(txns.error());
  while (!txns->empty()) {
    auto one = txns->next_string();
    if (!one) return from_rlp(one.error());
    auto t = decode_txn(*one, txn_source::log);
    if (!t) return fail(block_error{block_error_code::bad_txn, 0, b.txns.size(), {}, t.error()});
    b.txns.push_back(std::move(*t));
  }
  if (auto end = record->finish(); !end) return from_rlp(end.error());
  return b;
}

}  // namespace ashlar

#include "runtime/types/compact_header.hpp"

#include <type_traits>

namespace ashlar {
namespace {

constexpr unsigned bloom_bit = 6, difficulty_bit = 7;
constexpr unsigned appended_shift = 13;
constexpr unsigned appended_max = 6;
constexpr std::size_t extra_data_bytes_max = 32;
constexpr std::size_t bloom_map_bytes = 32;

unsigned appended_fields(const block_header& h) noexcept {
  return unsigned{h.base_fee_per_gas.has_value()} + h.withdrawals_root.has_value() +
         h.blob_gas_used.has_value() + h.excess_blob_gas.has_value() +
         h.parent_beacon_block_root.has_value() + h.requests_hash.has_value();
}

void append_defaults(block_header& h, unsigned count) {
  if (count >= 1) h.base_fee_per_gas = u256{};
  if (count >= 2) h.withdrawals_root = empty_trie_root;
  if (count >= 3) h.blob_gas_used = 0;
  if (count >= 4) h.excess_blob_gas = 0;
  if (count >= 5) h.parent_beacon_block_root = hash256{};
  if (count >= 6) h.requests_hash = empty_requests_hash;
}

/// Calls visit(bit, field, default) for the fixed-size fields that are there.
template <class Header, class Visit>
void visit_fixed(Header& h, Visit visit) {
  visit(0, h.parent_hash, hash256{});
  visit(1, h.ommers_hash, empty_ommers_hash);
  visit(2, h.beneficiary, address{});
  visit(3, h.state_root, hash256{});
  visit(4, h.transactions_root, empty_trie_root);
  visit(5, h.receipts_root, empty_trie_root);
  visit(8, h.mix_hash, hash256{});
  visit(9, h.nonce, fixed_bytes<8>{});
  if (h.withdrawals_root) visit(10, *h.withdrawals_root, empty_trie_root);
  if (h.parent_beacon_block_root) visit(11, *h.parent_beacon_block_root, hash256{});
  if (h.requests_hash) visit(12, *h.requests_hash, empty_requests_hash);
}

void put_bloom(bytes& to, const bloom& b) {
  u8 map[bloom_map_bytes] = {};
  for (std::size_t i = 0; i < b.size(); ++i)
    if (b[i] != 0) map[i / 8] = static_cast<u8>(map[i / 8] | (1u << (i % 8)));
  append(to, map);
  for (u8 byte : b)
    if (byte != 0) to.push_back(byte);
}

status<pubdata_error> next_bloom(pubdata_reader& in, bloom& to) {
  ASHLAR_TRY(const auto map, in.next_fixed<bloom_map_bytes>());
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (((map[i / 8] >> (i % 8)) & 1) == 0) continue;
    ASHLAR_TRY(to[i], in.next_byte());
    if (to[i] == 0) return in.refuse(pubdata_error_code::bad_header);
  }
  return nothing{};
}

void put_sized(bytes& to, const u256& value) {
  to.push_back(static_cast<u8>(value.byte_length()));
  put_magnitude(to, value);
}

}  // namespace

void put_compact_header(bytes& to, const block_header& h) {
  ensure(h.extra_data.size() <= extra_data_bytes_max);
  const unsigned appended = appended_fields(h);
  unsigned flags = appended << appended_shift;
  bytes fields;
  visit_fixed(h, [&](unsigned bit, const auto& field, const auto& usual) {
    if (field == usual) return;
    flags |= 1u << bit;
    append(fields, field.data_);
  });
  if (!h.logs_bloom.is_zero()) {
    flags |= 1u << bloom_bit;
    put_bloom(fields, h.logs_bloom);
  }
  if (h.difficulty) {
    flags |= 1u << difficulty_bit;
    put_sized(fields, h.difficulty);
  }
  to.push_back(static_cast<u8>(flags >> 8));
  to.push_back(static_cast<u8>(flags));
  append(to, fields);
  put_varint(to, h.number.value);
  put_varint(to, h.gas_limit);
  put_varint(to, h.gas_used);
  to.push_back(static_cast<u8>(h.extra_data.size()));
  append(to, h.extra_data);
  if (appended >= 1) put_sized(to, *h.base_fee_per_gas);
  if (appended >= 3) put_varint(to, *h.blob_gas_used);
  if (appended >= 4) put_varint(to, *h.excess_blob_gas);
}

result<block_header, pubdata_error> next_compact_header(pubdata_reader& in) {
  const auto bad = [&] { return in.refuse(pubdata_error_code::bad_header); };
  ASHLAR_TRY(const auto flag_bytes, in.next_fixed<2>());
  unsigned flags = flag_bytes[0] * 256u + flag_bytes[1];
  const unsigned appended = flags >> appended_shift;
  if (appended > appended_max) return bad();
  flags &= (1u << appended_shift) - 1;
  block_header h;
  append_defaults(h, appended);
  std::optional<pubdata_error> error;
  visit_fixed(h, [&](unsigned bit, auto& field, const auto& usual) {
    if (error || ((flags >> bit) & 1) == 0) return;
    flags &= ~(1u << bit);
    auto read = in.next_fixed<std::remove_cvref_t<decltype(field)>::size()>();
    if (!read)
      error = read.error();
    else if (*read == usual)
      error = bad().error;
    else
      field = *read;
  });
  if (error) return fail(*error);
  if ((flags >> bloom_bit) & 1) {
    ASHLAR_CHECK(next_bloom(in, h.logs_bloom));
    if (h.logs_bloom.is_zero()) return bad();
  }
  if ((flags >> difficulty_bit) & 1) {
    ASHLAR_TRY(const u8 size, in.next_byte());
    ASHLAR_TRY(h.difficulty, in.next_magnitude(size));
    if (h.difficulty.is_zero()) return bad();
  }
  flags &= ~(1u << bloom_bit | 1u << difficulty_bit);
  if (flags != 0) return bad();
  ASHLAR_TRY(h.number.value, in.next_varint());
  ASHLAR_TRY(h.gas_limit, in.next_varint());
  ASHLAR_TRY(h.gas_used, in.next_varint());
  ASHLAR_TRY(const u8 extra_size, in.next_byte());
  if (extra_size > extra_data_bytes_max) return bad();
  ASHLAR_TRY(const bytes_view extra, in.next_bytes(extra_size));
  h.extra_data = to_bytes(extra);
  if (appended >= 1) {
    ASHLAR_TRY(const u8 size, in.next_byte());
    ASHLAR_TRY(h.base_fee_per_gas, in.next_magnitude(size));
  }
  if (appended >= 3) {
    ASHLAR_TRY(h.blob_gas_used, in.next_varint());
  }
  if (appended >= 4) {
    ASHLAR_TRY(h.excess_blob_gas, in.next_varint());
  }
  return h;
}

}  // namespace ashlar

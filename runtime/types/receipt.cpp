#include "runtime/types/receipt.hpp"

#include "runtime/crypto/keccak.hpp"

namespace ashlar {
namespace {

/// The three bit positions of an item: the low 11 bits of the hash's first three 16-bit words.
struct bloom_bits {
  std::size_t byte[3];
  u8 mask[3];
};

bloom_bits bits_of(bytes_view item) noexcept {
  const hash256 hash = crypto::keccak256(item);
  bloom_bits out;
  for (unsigned i = 0; i < 3; ++i) {
    const unsigned bit = (hash[2 * i] * 256u + hash[2 * i + 1]) & 2047u;
    out.byte[i] = bloom::size() - 1 - bit / 8;
    out.mask[i] = static_cast<u8>(1u << (bit % 8));
  }
  return out;
}

/// visit(at, word) for each four words of which one is not zero: few bits of a bloom are set. By
/// words, which every machine loads from where they are aligned.
template <class Visit>
void for_each_word(const bloom& in, Visit&& visit) {
  constexpr std::size_t step = 16;
  for (std::size_t at = 0; at < bloom::size(); at += step) {
    u32 words[4];
    for (std::size_t i = 0; i < 4; ++i) words[i] = load_le32(in.data() + at + 4 * i);
    if ((words[0] | words[1] | words[2] | words[3]) == 0) continue;
    for (std::size_t i = 0; i < 4; ++i) visit(at + 4 * i, words[i]);
  }
}

void write_bloom(bytes& out, const bloom& b) {
  static constexpr u8 header[] = {0xb9, bloom::size() >> 8, bloom::size() & 0xff};
  append(out, header);
  const std::size_t begin = out.size();
  out.resize(begin + bloom::size());
  for_each_word(b, [&](std::size_t at, const u32 word) {
    std::memcpy(out.data() + begin + at, &word, sizeof word);
  });
}

void write_logs(bytes& out, const std::vector<log_entry>& logs) {
  rlp::list_scope list{out, logs.empty() ? 1u : 2u};
  for (const log_entry& log : logs) {
    rlp::list_scope fields{out, 2};
    rlp::encode_fixed(out, log.account);
    constexpr std::size_t topic_bytes = 33;
    rlp::encode_list_header(out, topic_bytes * log.topics.size());
    for (const hash256& topic : log.topics) rlp::encode_fixed(out, topic);
    rlp::encode_string(out, log.data);
  }
}

result<std::vector<log_entry>, rlp::error> read_logs(rlp::reader& in) {
  constexpr std::size_t topics_max = 4;
  ASHLAR_TRY(rlp::reader list, in.next_list());
  std::vector<log_entry> logs;
  while (!list.empty()) {
    ASHLAR_TRY(rlp::reader fields, list.next_list());
    log_entry& log = logs.emplace_back();
    ASHLAR_TRY(log.account, fields.next_fixed<20>());
    ASHLAR_TRY(rlp::reader topics, fields.next_list());
    while (!topics.empty()) {
      ASHLAR_TRY(const hash256 topic, topics.next_fixed<32>());
      log.topics.push_back(topic);
      if (log.topics.size() > topics_max)
        return fail(rlp::error{rlp::error_code::oversize, topics_max, log.topics.size()});
    }
    ASHLAR_TRY(const bytes_view data, fields.next_string());
    log.data = to_bytes(data);
    ASHLAR_CHECK(fields.finish());
  }
  return logs;
}

/// Splits the EIP-2718 type byte off; legacy has none.
result<txn_type, rlp::error> read_type(bytes_view& raw) {
  if (raw.empty()) return fail(rlp::error{rlp::error_code::end_of_list, 1, 0});
  const u8 first = raw[0];
  if (first >= 0xc0) return txn_type::legacy;
  switch (static_cast<txn_type>(first)) {
    case txn_type::access_list:
    case txn_type::dynamic_fee:
    case txn_type::set_code:
    case txn_type::priority:
      raw = raw.subspan(1);
      return static_cast<txn_type>(first);
    case txn_type::legacy:
    case txn_type::blob:
      break;
  }
  return fail(rlp::error{rlp::error_code::expected_list, 0xc0, first});
}

}  // namespace

void bloom_add(bloom& to, bytes_view item) noexcept {
  const bloom_bits bits = bits_of(item);
  for (unsigned i = 0; i < 3; ++i) to[bits.byte[i]] |= bits.mask[i];
}

void bloom_merge(bloom& to, const bloom& from) noexcept {
  for_each_word(from, [&](std::size_t at, const u32 word) {
    u32 merged;
    std::memcpy(&merged, to.data() + at, sizeof merged);
    merged |= word;
    std::memcpy(to.data() + at, &merged, sizeof merged);
  });
}

bool bloom_may_contain(const bloom& in, bytes_view item) noexcept {
  const bloom_bits bits = bits_of(item);
  for (unsigned i = 0; i < 3; ++i)
    if ((in[bits.byte[i]] & bits.mask[i]) == 0) return false;
  return true;
}

bloom logs_bloom(const std::vector<log_entry>& logs) noexcept {
  bloom out;
  for (const log_entry& log : logs) {
    bloom_add(out, log.account.data_);
    for (const hash256& topic : log.topics) bloom_add(out, topic.data_);
  }
  return out;
}

hash256 logs_hash(const std::vector<log_entry>& logs) {
  bytes out;
  write_logs(out, logs);
  return crypto::keccak256(out);
}

bytes encode_receipt(const receipt& r) {
  bytes out;
  out.reserve(300 + 200 * r.logs.size());
  encode_receipt(out, r);
  return out;
}

void encode_receipt(bytes& out, const receipt& r) {
  if (r.type != txn_type::legacy) out.push_back(static_cast<u8>(r.type));
  rlp::list_scope list{out, 3};
  rlp::encode_u64(out, r.success ? 1 : 0);
  rlp::encode_u64(out, r.cumulative_gas_used);
  write_bloom(out, r.bloom);
  write_logs(out, r.logs);
}

result<receipt, rlp::error> decode_receipt(bytes_view raw) {
  receipt r;
  ASHLAR_TRY(r.type, read_type(raw));
  rlp::reader envelope{raw};
  ASHLAR_TRY(rlp::reader list, envelope.next_list());
  ASHLAR_CHECK(envelope.finish());
  ASHLAR_TRY(r.success, list.next_bool());
  ASHLAR_TRY(r.cumulative_gas_used, list.next_u64());
  ASHLAR_TRY(r.bloom, list.next_fixed<256>());
  ASHLAR_TRY(r.logs, read_logs(list));
  ASHLAR_CHECK(list.finish());
  return r;
}

bytes encode_stored_receipt(const receipt& r) {
  bytes out;
  rlp::list_scope list{out};
  rlp::encode_u64(out, static_cast<u8>(r.type));
  rlp::encode_u64(out, r.success ? 1 : 0);
  rlp::encode_u64(out, r.cumulative_gas_used);
  rlp::encode_u64(out, r.gas_used);
  rlp::encode_u256(out, r.effective_gas_price);
  rlp::encode_string(out,
                     r.contract_address ? bytes_view{r.contract_address->data_} : bytes_view{});
  write_logs(out, r.logs);
  list.close();
  return out;
}

result<receipt, rlp::error> decode_stored_receipt(bytes_view raw) {
  receipt r;
  rlp::reader envelope{raw};
  ASHLAR_TRY(rlp::reader list, envelope.next_list());
  ASHLAR_CHECK(envelope.finish());
  ASHLAR_TRY(const u64 type, list.next_u64());
  if (type > static_cast<u8>(txn_type::priority))
    return fail(rlp::error{rlp::error_code::integer_too_large, 0x7f, type});
  r.type = static_cast<txn_type>(type);
  ASHLAR_TRY(r.success, list.next_bool());
  ASHLAR_TRY(r.cumulative_gas_used, list.next_u64());
  ASHLAR_TRY(r.gas_used, list.next_u64());
  ASHLAR_TRY(r.effective_gas_price, list.next_u256());
  ASHLAR_TRY(const bytes_view contract, list.next_string());
  if (contract.size() == address::size())
    r.contract_address = address::copy_of(contract.data());
  else if (!contract.empty())
    return fail(rlp::error{rlp::error_code::wrong_length, address::size(), contract.size()});
  ASHLAR_TRY(r.logs, read_logs(list));
  ASHLAR_CHECK(list.finish());
  r.bloom = logs_bloom(r.logs);
  return r;
}

}  // namespace ashlar

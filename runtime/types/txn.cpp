#include "runtime/types/txn.hpp"

#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/secp256k1.hpp"
#include "runtime/types/priority.hpp"

namespace ashlar {
namespace {

constexpr u64 unprotected_v = 27;
constexpr u64 eip155_v = 35;

txn_error from_rlp(const rlp::error& e) noexcept {
  using rlp::error_code;
  txn_error_code code = txn_error_code::malformed_rlp;
  switch (e.code) {
    case error_code::end_of_list:
      code = txn_error_code::missing_field;
      break;
    case error_code::trailing_bytes:
      code = txn_error_code::trailing_bytes;
      break;
    case error_code::leading_zero:
      code = txn_error_code::non_canonical_integer;
      break;
    case error_code::integer_too_large:
      code = txn_error_code::integer_too_large;
      break;
    case error_code::wrong_length:
      code = txn_error_code::wrong_length;
      break;
    case error_code::too_short:
    case error_code::non_canonical_length:
    case error_code::non_canonical_byte:
    case error_code::expected_string:
    case error_code::expected_list:
    case error_code::oversize:
    case error_code::too_deep:
      break;
  }
  return txn_error{code, e.expected, e.got, e};
}

failure<txn_error> refuse(txn_error_code code, u64 expected = 0, u64 got = 0) {
  return fail(txn_error{code, expected, got, {}});
}

}  // namespace

// Like ASHLAR_TRY, with the reader's error as the transaction's.
#define TXN_TRY(target, expression)                      \
  do {                                                   \
    auto read = (expression);                            \
    if (!read.ok()) return fail(from_rlp(read.error())); \
    target = std::move(read).value();                    \
  } while (false)

namespace {

status<txn_error> read_chain_id(rlp::reader& in, txn& t) {
  u256 id;
  TXN_TRY(id, in.next_u256());
  if (!id.fits_u64()) return refuse(txn_error_code::chain_id_too_large, 64, id.bit_length());
  t.chain_id = id.low();
  return nothing{};
}

status<txn_error> read_destination(rlp::reader& in, txn& t) {
  bytes_view to;
  TXN_TRY(to, in.next_string());
  if (to.empty()) return nothing{};
  if (to.size() != address::size())
    return refuse(txn_error_code::wrong_length, address::size(), to.size());
  t.to = address::copy_of(to.data());
  return nothing{};
}

status<txn_error> read_access_list(rlp::reader& in, txn& t) {
  rlp::reader entries;
  TXN_TRY(entries, in.next_list());
  while (!entries.empty()) {
    rlp::reader entry, keys;
    TXN_TRY(entry, entries.next_list());
    access_list_entry& to = t.access_list.emplace_back();
    TXN_TRY(to.account, entry.next_fixed<20>());
    TXN_TRY(keys, entry.next_list());
    while (!keys.empty()) TXN_TRY(to.storage_keys.emplace_back(), keys.next_fixed<32>());
    if (auto end = entry.finish(); !end) return fail(from_rlp(end.error()));
  }
  return nothing{};
}

status<txn_error> read_authorizations(rlp::reader& in, txn& t) {
  rlp::reader tuples;
  TXN_TRY(tuples, in.next_list());
  while (!tuples.empty()) {
    rlp::reader tuple;
    TXN_TRY(tuple, tuples.next_list());
    authorization& to = t.authorizations.emplace_back();
    u64 y_parity = 0;
    TXN_TRY(to.chain_id, tuple.next_u256());
    TXN_TRY(to.account, tuple.next_fixed<20>());
    TXN_TRY(to.nonce, tuple.next_u64());
    TXN_TRY(y_parity, tuple.next_u64());
    if (y_parity > 0xff) return refuse(txn_error_code::integer_too_large, 0xff, y_parity);
    to.y_parity = static_cast<u8>(y_parity);
    TXN_TRY(to.r, tuple.next_u256());
    TXN_TRY(to.s, tuple.next_u256());
    if (auto end = tuple.finish(); !end) return fail(from_rlp(end.error()));
  }
  return nothing{};
}

/// gas limit, to, value, data: the run of fields that every type shares.
status<txn_error> read_call(rlp::reader& in, txn& t) {
  TXN_TRY(t.gas_limit, in.next_u64());
  ASHLAR_CHECK(read_destination(in, t));
  TXN_TRY(t.value, in.next_u256());
  bytes_view data;
  TXN_TRY(data, in.next_string());
  t.data = to_bytes(data);
  return nothing{};
}

status<txn_error> read_r_and_s(rlp::reader& in, txn& t) {
  TXN_TRY(t.signature.r, in.next_u256());
  TXN_TRY(t.signature.s, in.next_u256());
  return nothing{};
}

status<txn_error> read_legacy(rlp::reader& in, txn& t) {
  TXN_TRY(t.nonce, in.next_u64());
  TXN_TRY(t.max_fee_per_gas, in.next_u256());
  t.max_priority_fee_per_gas = t.max_fee_per_gas;
  ASHLAR_CHECK(read_call(in, t));
  u256 v;
  TXN_TRY(v, in.next_u256());
  ASHLAR_CHECK(read_r_and_s(in, t));
  if (v == u256{unprotected_v} || v == u256{unprotected_v + 1}) {
    t.signature.y_parity = static_cast<u8>(v.low() - unprotected_v);
    return nothing{};
  }
  if (v < u256{eip155_v}) return refuse(txn_error_code::bad_v, eip155_v, v.low());
  const u256 above = v - u256{eip155_v};
  const u256 id = above >> 1;
  if (!id.fits_u64()) return refuse(txn_error_code::chain_id_too_large, 64, id.bit_length());
  t.signature.y_parity = static_cast<u8>(above.low() & 1);
  t.chain_id = id.low();
  return nothing{};
}

status<txn_error> read_typed(rlp::reader& in, txn& t) {
  ASHLAR_CHECK(read_chain_id(in, t));
  TXN_TRY(t.nonce, in.next_u64());
  TXN_TRY(t.max_priority_fee_per_gas, in.next_u256());
  if (t.type == txn_type::access_list)
    t.max_fee_per_gas = t.max_priority_fee_per_gas;
  else
    TXN_TRY(t.max_fee_per_gas, in.next_u256());
  ASHLAR_CHECK(read_call(in, t));
  ASHLAR_CHECK(read_access_list(in, t));
  if (t.type == txn_type::set_code) ASHLAR_CHECK(read_authorizations(in, t));
  u256 y_parity;
  TXN_TRY(y_parity, in.next_u256());
  if (y_parity > u256{1}) return refuse(txn_error_code::bad_y_parity, 1, y_parity.low());
  t.signature.y_parity = static_cast<u8>(y_parity.low());
  return read_r_and_s(in, t);
}

status<txn_error> check_signature_range(const txn_signature& s) {
  if (s.r.is_zero() || s.s.is_zero() || s.r >= crypto::secp256k1_order ||
      s.s >= crypto::secp256k1_order)
    return refuse(txn_error_code::signature_out_of_range);
  if (s.s > crypto::secp256k1_half_order) return refuse(txn_error_code::high_s);
  return nothing{};
}

/// What holds for every signed transaction, whatever the state and the chain.
status<txn_error> check_fields(const txn& t) {
  if (t.nonce == ~0ull) return refuse(txn_error_code::nonce_too_large, ~0ull - 1, t.nonce);
  if (t.max_priority_fee_per_gas > t.max_fee_per_gas)
    return refuse(txn_error_code::tip_above_fee, t.max_fee_per_gas.low(),
                  t.max_priority_fee_per_gas.low());
  // The value on top may overflow: that is a matter of the sender's funds.
  if (!checked_mul(u256{t.gas_limit}, t.max_fee_per_gas))
    return refuse(txn_error_code::cost_overflow);
  if (t.type == txn_type::set_code) {
    if (!t.to) return refuse(txn_error_code::missing_to);
    if (t.authorizations.empty()) return refuse(txn_error_code::empty_authorizations, 1, 0);
  }
  return check_signature_range(t.signature);
}

result<txn, txn_error> decode_priority(bytes_view raw, txn_source source) {
  if (source != txn_source::log) return refuse(txn_error_code::priority_not_allowed);
  auto canonical = abi_decode_priority(raw.subspan(1));
  if (!canonical) return refuse(txn_error_code::bad_priority_encoding);
  auto t = to_txn(*canonical);
  if (!t) return refuse(txn_error_code::bad_priority_encoding);
  return std::move(*t);
}

result<txn, txn_error> decode_signed(bytes_view fields, txn_type type) {
  txn t;
  t.type = type;
  rlp::reader envelope{fields};
  rlp::reader list;
  TXN_TRY(list, envelope.next_list());
  if (auto end = envelope.finish(); !end) return fail(from_rlp(end.error()));
  ASHLAR_CHECK(type == txn_type::legacy ? read_legacy(list, t) : read_typed(list, t));
  if (auto end = list.finish(); !end) return fail(from_rlp(end.error()));
  ASHLAR_CHECK(check_fields(t));
  return t;
}

}  // namespace

result<txn, txn_error> decode_txn(bytes_view raw, txn_source source) {
  if (raw.empty()) return refuse(txn_error_code::empty, 1, 0);
  if (source == txn_source::wallet && raw.size() > txn_bytes_max)
    return refuse(txn_error_code::oversize, txn_bytes_max, raw.size());
  const u8 first = raw[0];
  if (first >= 0xc0) return decode_signed(raw, txn_type::legacy);
  switch (static_cast<txn_type>(first)) {
    case txn_type::access_list:
    case txn_type::dynamic_fee:
    case txn_type::set_code:
      return decode_signed(raw.subspan(1), static_cast<txn_type>(first));
    case txn_type::blob:
      return refuse(txn_error_code::blob_unsupported, 0, first);
    case txn_type::priority:
      return decode_priority(raw, source);
    case txn_type::legacy:
      break;  // Legacy has no envelope: a zero type byte is not a type.
  }
  return refuse(txn_error_code::unknown_type, 0, first);
}

namespace {

void write_access_list(bytes& out, const std::vector<access_list_entry>& entries) {
  rlp::list_scope list{out};
  for (const access_list_entry& entry : entries) {
    rlp::list_scope tuple{out};
    rlp::encode_fixed(out, entry.account);
    constexpr std::size_t key_bytes = 33;
    rlp::encode_list_header(out, key_bytes * entry.storage_keys.size());
    for (const hash256& key : entry.storage_keys) rlp::encode_fixed(out, key);
  }
}

void write_authorizations(bytes& out, const std::vector<authorization>& tuples) {
  rlp::list_scope list{out};
  for (const authorization& a : tuples) {
    rlp::list_scope tuple{out};
    rlp::encode_u256(out, a.chain_id);
    rlp::encode_fixed(out, a.account);
    rlp::encode_u64(out, a.nonce);
    rlp::encode_u64(out, a.y_parity);
    rlp::encode_u256(out, a.r);
    rlp::encode_u256(out, a.s);
  }
}

void write_call(bytes& out, const txn& t) {
  rlp::encode_u64(out, t.gas_limit);
  rlp::encode_string(out, t.to ? bytes_view{t.to->data(), address::size()} : bytes_view{});
  rlp::encode_u256(out, t.value);
  rlp::encode_string(out, t.data);
}

/// The fields that the signature covers, without the list's header.
void write_signed_fields(bytes& out, const txn& t) {
  if (t.type == txn_type::legacy) {
    rlp::encode_u64(out, t.nonce);
    rlp::encode_u256(out, t.max_fee_per_gas);
    write_call(out, t);
    return;
  }
  rlp::encode_u64(out, t.chain_id.value_or(0));
  rlp::encode_u64(out, t.nonce);
  if (t.type != txn_type::access_list) rlp::encode_u256(out, t.max_priority_fee_per_gas);
  rlp::encode_u256(out, t.max_fee_per_gas);
  write_call(out, t);
  write_access_list(out, t.access_list);
  if (t.type == txn_type::set_code) write_authorizations(out, t.authorizations);
}

/// Bytes of an integer's RLP.
std::size_t integer_bytes(const u256& n) noexcept {
  return n < u256{0x80} ? 1 : 1 + n.byte_length();
}

u256 v_of(const txn& t) {
  if (t.type != txn_type::legacy) return t.signature.y_parity;
  if (!t.chain_id) return unprotected_v + t.signature.y_parity;
  return (u256{*t.chain_id} << 1) + u256{eip155_v + t.signature.y_parity};
}

}  // namespace

bytes encode_txn(const txn& t) {
  ensure(t.type != txn_type::blob);
  bytes out;
  out.reserve(160 + t.data.size());
  if (t.type != txn_type::legacy) out.push_back(static_cast<u8>(t.type));
  if (t.is_priority()) {
    append(out, abi_encode(to_canonical(t)));
    return out;
  }
  rlp::list_scope list{out};
  write_signed_fields(out, t);
  rlp::encode_u256(out, v_of(t));
  rlp::encode_u256(out, t.signature.r);
  rlp::encode_u256(out, t.signature.s);
  list.close();
  return out;
}

status<txn_error> check_chain_id(const txn& t, u64 chain_id, bool allow_unprotected) {
  if (t.is_priority()) return nothing{};
  if (!t.chain_id) {
    if (allow_unprotected) return nothing{};
    return refuse(txn_error_code::chain_id_missing, chain_id, 0);
  }
  if (*t.chain_id != chain_id) return refuse(txn_error_code::wrong_chain_id, chain_id, *t.chain_id);
  return nothing{};
}

hash256 txn_hash(const txn& t) {
  if (t.is_priority()) return t.priority.canonical_hash;
  return crypto::keccak256(encode_txn(t));
}

hash256 txn_hash(const txn& t, bytes_view encoded) {
  if (t.is_priority()) return t.priority.canonical_hash;
  return crypto::keccak256(encoded);
}

hash256 signing_hash(const txn& t) {
  return signing_hash(t, encode_txn(t));
}

// The signature's three fields end the list, and what they cover stands before them as it is.
hash256 signing_hash(const txn& t, bytes_view encoded) {
  ensure(!t.is_priority());
  rlp::reader envelope{t.type == txn_type::legacy ? encoded : encoded.subspan(1)};
  const auto fields = envelope.next_list();
  ensure(fields.ok());
  const std::size_t signature_bytes =
      integer_bytes(v_of(t)) + integer_bytes(t.signature.r) + integer_bytes(t.signature.s);
  ensure(fields->rest().size() >= signature_bytes);
  const bytes_view covered = fields->rest().first(fields->rest().size() - signature_bytes);
  bytes protection;
  if (t.type == txn_type::legacy && t.chain_id) {
    rlp::encode_u64(protection, *t.chain_id);
    rlp::encode_u64(protection, 0);
    rlp::encode_u64(protection, 0);
  }
  bytes out;
  out.reserve(24 + covered.size());
  if (t.type != txn_type::legacy) out.push_back(static_cast<u8>(t.type));
  rlp::encode_list_header(out, covered.size() + protection.size());
  append(out, covered);
  append(out, protection);
  return crypto::keccak256(out);
}

const char* to_text(txn_error_code code) noexcept {
  switch (code) {
    case txn_error_code::empty:
      return "the transaction is empty";
    case txn_error_code::oversize:
      return "oversized data";
    case txn_error_code::malformed_rlp:
      return "rlp: malformed transaction";
    case txn_error_code::trailing_bytes:
      return "rlp: bytes follow the transaction's last field";
    case txn_error_code::missing_field:
      return "rlp: too few fields";
    case txn_error_code::non_canonical_integer:
      return "rlp: an integer has a leading zero";
    case txn_error_code::integer_too_large:
      return "rlp: an integer is too large for its field";
    case txn_error_code::wrong_length:
      return "rlp: an address or hash has the wrong size";
    case txn_error_code::unknown_type:
      return "transaction type not supported";
    case txn_error_code::blob_unsupported:
      return "blob transactions are not supported";
    case txn_error_code::priority_not_allowed:
      return "type 0x7f transactions come from L1 alone";
    case txn_error_code::bad_priority_encoding:
      return "malformed L1 to L2 transaction";
    case txn_error_code::bad_v:
      return "invalid transaction v, r, s values: v";
    case txn_error_code::bad_y_parity:
      return "invalid transaction v, r, s values: y parity";
    case txn_error_code::signature_out_of_range:
      return "invalid transaction v, r, s values: r or s out of range";
    case txn_error_code::high_s:
      return "invalid transaction v, r, s values: high s";
    case txn_error_code::chain_id_too_large:
      return "the chain id is over 64 bits";
    case txn_error_code::chain_id_missing:
      return "only replay-protected (EIP-155) transactions allowed over RPC";
    case txn_error_code::wrong_chain_id:
      return "invalid chain id for signer";
    case txn_error_code::nonce_too_large:
      return "nonce has max value";
    case txn_error_code::tip_above_fee:
      return "max priority fee per gas higher than max fee per gas";
    case txn_error_code::cost_overflow:
      return "gas limit times price plus value overflows";
    case txn_error_code::missing_to:
      return "EIP-7702 transaction cannot be used to create contract";
    case txn_error_code::empty_authorizations:
      return "EIP-7702 transaction with empty auth list";
  }
  return "unknown";
}

}  // namespace ashlar

#include "runtime/store/state_rows.hpp"

#include "runtime/store/codec.hpp"

namespace ashlar::store::rows {

namespace {

bytes key(char table, auto&& write) {
  bytes out;
  out.reserve(64);
  encoder to{out};
  to.u8_(static_cast<u8>(table));
  write(to);
  return out;
}

void put_slot(encoder& to, const slot_key& k) {
  to.fixed(k.who);
  to.fixed(k.slot.to_be());
}

}  // namespace

bytes meta_key() {
  return key('M', [](encoder&) {});
}
bytes newest_key(const address& who) {
  return key('A', [&](encoder& to) { to.fixed(who); });
}
bytes newest_key(const slot_key& k) {
  return key('S', [&](encoder& to) { put_slot(to, k); });
}
bytes version_key(const address& who, u64 block) {
  return key('a', [&](encoder& to) {
    to.fixed(who);
    to.be64(~block);
  });
}
bytes version_key(const slot_key& k, u64 block) {
  return key('s', [&](encoder& to) {
    put_slot(to, k);
    to.be64(~block);
  });
}
bytes code_key(const hash256& code_hash) {
  return key('C', [&](encoder& to) { to.fixed(code_hash); });
}
bytes info_key(u64 number) {
  return key('N', [&](encoder& to) { to.be64(number); });
}
bytes number_key(const hash256& block_hash) {
  return key('H', [&](encoder& to) { to.fixed(block_hash); });
}
bytes txn_key(const hash256& txn_hash) {
  // 128 bits of a keccak hash do not collide; a reader compares the whole hash all the same.
  return key('T', [&](encoder& to) { to.raw({txn_hash.data(), 16}); });
}
bytes receipts_key(u64 number) {
  return key('R', [&](encoder& to) { to.be64(number); });
}
bytes bloom_key(u64 number) {
  return key('B', [&](encoder& to) { to.be64(number); });
}

bytes encode_account(u64 block, const account_value& a) {
  bytes out;
  encoder to{out};
  to.varint(block);
  if (!a) return out;
  to.varint(a->nonce);
  to.number(a->balance);
  if (a->has_code() || a->code_hash != evm::empty_code_hash) {
    to.fixed(a->code_hash);
    to.varint(a->code_size);
  }
  return out;
}

std::optional<versioned<account_value>> decode_account(bytes_view raw) {
  decoder from{raw};
  versioned<account_value> v;
  v.block = from.varint();
  if (from.done()) return v;
  evm::account a;
  a.nonce = from.varint();
  a.balance = from.number();
  if (from.left() != 0) {
    a.code_hash = from.fixed<32>();
    a.code_size = static_cast<u32>(from.varint());
  }
  if (!from.done()) return std::nullopt;
  v.value = a;
  return v;
}

bytes encode_slot(u64 block, const u256& value) {
  bytes out;
  encoder to{out};
  to.varint(block);
  to.number(value);
  return out;
}

std::optional<versioned<u256>> decode_slot(bytes_view raw) {
  decoder from{raw};
  versioned<u256> v;
  v.block = from.varint();
  v.value = from.number();
  if (!from.done()) return std::nullopt;
  return v;
}

bytes encode_meta(const meta_row& m) {
  bytes out;
  encoder to{out};
  to.varint(m.schema);
  to.fixed(m.identity);
  to.be64(m.flushed);
  to.fixed(m.chain);
  return out;
}

std::optional<meta_row> decode_meta(bytes_view raw) {
  decoder from{raw};
  meta_row m;
  m.schema = from.varint();
  m.identity = from.fixed<32>();
  m.flushed = from.be64();
  m.chain = from.fixed<32>();
  if (!from.done()) return std::nullopt;
  return m;
}

bytes encode_info(const head_info& i) {
  bytes out;
  encoder to{out};
  to.fixed(i.hash);
  to.varint(i.timestamp.value);
  to.varint(i.txns_total);
  to.varint(i.priority_next);
  return out;
}

std::optional<head_info> decode_info(u64 number, bytes_view raw) {
  decoder from{raw};
  head_info i;
  i.number = block_number{number};
  i.hash = from.fixed<32>();
  i.timestamp = unix_seconds{from.varint()};
  i.txns_total = from.varint();
  i.priority_next = from.varint();
  if (!from.done()) return std::nullopt;
  return i;
}

bytes encode_location(const txn_location& l) {
  bytes out;
  encoder to{out};
  to.varint(l.number.value);
  to.varint(l.index);
  return out;
}

std::optional<txn_location> decode_location(bytes_view raw) {
  decoder from{raw};
  txn_location l;
  l.number = block_number{from.varint()};
  l.index = static_cast<u32>(from.varint());
  if (!from.done()) return std::nullopt;
  return l;
}

bytes encode_receipts(const std::vector<receipt>& receipts) {
  bytes out;
  encoder to{out};
  to.varint(receipts.size());
  for (const receipt& r : receipts) to.blob(encode_stored_receipt(r));
  return out;
}

std::optional<std::vector<receipt>> decode_receipts(bytes_view raw) {
  decoder from{raw};
  std::vector<receipt> out;
  const u64 n = from.count();
  out.reserve(n);
  for (u64 i = 0; i < n; ++i) {
    auto r = decode_stored_receipt(from.blob());
    if (!r) return std::nullopt;
    out.push_back(std::move(*r));
  }
  if (!from.done()) return std::nullopt;
  return out;
}

}  // namespace ashlar::store::rows

#include "runtime/store/tree_records.hpp"

namespace ashlar::store {

namespace {

constexpr u8 record_version = 1;

void put_u64(bytes& to, u64 v) {
  to.resize(to.size() + 8);
  store_be64(to.data() + to.size() - 8, v);
}

void put_varint(bytes& to, u64 v) {
  for (; v >= 0x80; v >>= 7) to.push_back(static_cast<u8>(v | 0x80));
  to.push_back(static_cast<u8>(v));
}

/// Reads that go past the end give zeros and leave `good` false.
struct reader {
  bytes_view rest;
  bool good = true;

  bytes_view take(std::size_t n) {
    static constexpr u8 zeros[tree::leaf_bytes] = {};
    if (rest.size() < n) {
      good = false;
      rest = {};
      return bytes_view(zeros).first(n);
    }
    const bytes_view taken = rest.first(n);
    rest = rest.subspan(n);
    return taken;
  }
  u64 number() { return load_be64(take(8).data()); }
  hash256 hash() { return hash256::copy_of(take(32).data()); }
  u64 varint() {
    u64 v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const u8 b = take(1)[0];
      v |= u64{static_cast<u8>(b & 0x7f)} << shift;
      if ((b & 0x80) == 0) return v;
    }
    good = false;
    return 0;
  }
  bool done() const { return good && rest.empty(); }
};

tree::leaf read_leaf(const u8* from) {
  return {hash256::copy_of(from), hash256::copy_of(from + 32), load_be64(from + 64)};
}

}  // namespace

bytes meta_key() {
  return {'m'};
}

bytes delta_key(batch_number batch) {
  bytes key(9);
  key[0] = 'd';
  store_be64(key.data() + 1, batch.value);
  return key;
}

bytes page_key(u64 page, batch_number batch) {
  bytes key(17);
  key[0] = 'p';
  store_be64(key.data() + 1, page);
  store_be64(key.data() + 9, batch.value);
  return key;
}

key_range delta_keys() {
  return {{'d'}, {'e'}};
}

key_range page_keys() {
  return {{'p'}, {'q'}};
}

std::optional<batch_number> parse_delta_key(bytes_view key) {
  if (key.size() != 9 || key[0] != 'd') return std::nullopt;
  return batch_number{load_be64(key.data() + 1)};
}

std::optional<page_version> parse_page_key(bytes_view key) {
  if (key.size() != 17 || key[0] != 'p') return std::nullopt;
  return page_version{load_be64(key.data() + 1), batch_number{load_be64(key.data() + 9)}};
}

bytes encode(const tree_meta& m) {
  bytes out;
  out.reserve(128);
  out.push_back(record_version);
  put_u64(out, m.height.value);
  append(out, m.state.root.data_);
  put_u64(out, m.state.leaf_count);
  put_u64(out, m.cursor);
  put_u64(out, m.round_start.value);
  out.push_back(m.done ? 1 : 0);
  put_u64(out, m.done ? m.done->start.value : 0);
  put_u64(out, m.done ? m.done->end.value : 0);
  put_u64(out, m.rollback_first.value);
  return out;
}

std::optional<tree_meta> decode_meta(bytes_view from) {
  reader in{from};
  tree_meta m;
  if (in.take(1)[0] != record_version) return std::nullopt;
  m.height = batch_number{in.number()};
  m.state.root = in.hash();
  m.state.leaf_count = in.number();
  m.cursor = in.number();
  m.round_start = batch_number{in.number()};
  const bool done = in.take(1)[0] != 0;
  const tree_round round{batch_number{in.number()}, batch_number{in.number()}};
  if (done) m.done = round;
  m.rollback_first = batch_number{in.number()};
  if (!in.done()) return std::nullopt;
  return m;
}

bytes encode(const tree_delta& d) {
  bytes out;
  out.reserve(65 + d.values.size() * 36 + d.links.size() * 12 + d.appended.size() * 72);
  out.push_back(record_version);
  append(out, d.after.root.data_);
  put_u64(out, d.after.leaf_count);
  put_u64(out, d.values.size());
  put_u64(out, d.links.size());
  put_u64(out, d.appended.size());
  u64 last = 0;
  for (const auto& v : d.values) {
    put_varint(out, v.index - last);
    append(out, v.now.data_);
    last = v.index;
  }
  last = 0;
  for (const auto& l : d.links) {
    put_varint(out, l.index - last);
    put_varint(out, l.next);
    last = l.index;
  }
  for (const tree::leaf& l : d.appended) {
    append(out, l.key.data_);
    append(out, l.value.data_);
    put_u64(out, l.next);
  }
  return out;
}

std::optional<tree_delta> decode_delta(bytes_view from) {
  reader in{from};
  tree_delta d;
  if (in.take(1)[0] != record_version) return std::nullopt;
  d.after.root = in.hash();
  d.after.leaf_count = in.number();
  const u64 values = in.number();
  const u64 links = in.number();
  const u64 appended = in.number();
  // Each takes some bytes, so that counts beyond the input end the loops early.
  u64 last = 0;
  for (u64 i = 0; i < values && in.good; ++i) {
    last += in.varint();
    d.values.push_back({last, in.hash()});
  }
  last = 0;
  for (u64 i = 0; i < links && in.good; ++i) {
    last += in.varint();
    d.links.push_back({last, in.varint()});
  }
  for (u64 i = 0; i < appended && in.good; ++i)
    d.appended.push_back(read_leaf(in.take(tree::leaf_bytes).data()));
  if (!in.done()) return std::nullopt;
  return d;
}

bytes encode_page(std::span<const tree::leaf> leaves) {
  bytes out(leaves.size() * tree::leaf_bytes);
  for (std::size_t i = 0; i < leaves.size(); ++i)
    tree::write_leaf(leaves[i], out.data() + i * tree::leaf_bytes);
  return out;
}

bool decode_page(bytes_view from, std::vector<tree::leaf>& to) {
  to.clear();
  if (from.size() % tree::leaf_bytes != 0 || from.size() > page_leaves * tree::leaf_bytes)
    return false;
  for (; !from.empty(); from = from.subspan(tree::leaf_bytes)) to.push_back(read_leaf(from.data()));
  return true;
}

}  // namespace ashlar::store

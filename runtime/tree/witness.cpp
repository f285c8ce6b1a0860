#include "runtime/tree/witness.hpp"

namespace ashlar::tree {

namespace {

constexpr u8 flag_appends = 1;
constexpr std::size_t leaf_bytes_min = 1 + 32 + 32 + 1;

void put_varint(bytes& to, u64 v) {
  for (; v >= 0x80; v >>= 7) to.push_back(static_cast<u8>(v | 0x80));
  to.push_back(static_cast<u8>(v));
}

class reader {
 public:
  explicit reader(bytes_view from) : rest_(from) {}
  std::size_t left() const noexcept { return rest_.size(); }

  result<u8, tree_error> byte() {
    if (rest_.empty()) return fail(tree_error::truncated);
    const u8 b = rest_[0];
    rest_ = rest_.subspan(1);
    return b;
  }

  /// Whole hashes at once, where they are wanted: most of a witness is these.
  status<tree_error> hashes(hash256* to, std::size_t count) {
    if (rest_.size() / 32 < count) return fail(tree_error::truncated);
    if (count != 0) std::memcpy(to->data(), rest_.data(), 32 * count);
    rest_ = rest_.subspan(32 * count);
    return nothing{};
  }

  result<u64, tree_error> varint() {
    u64 v = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      ASHLAR_TRY(const u8 b, byte());
      if (shift == 63 && b > 1) break;
      v |= u64{static_cast<u8>(b & 0x7f)} << shift;
      if ((b & 0x80) != 0) continue;
      if (b == 0 && shift != 0) break;
      return v;
    }
    return fail(tree_error::malformed_varint);
  }

 private:
  bytes_view rest_;
};

}  // namespace

bytes encode(const witness& w) {
  bytes out;
  out.reserve(12 + w.leaves.size() * (leaf_bytes_min + 8) + w.siblings.size() * 32);
  out.push_back(witness_version);
  out.push_back(w.appends ? flag_appends : 0);
  put_varint(out, w.leaves.size());
  u64 least = 0;  // the smallest index this leaf may have
  for (const placed_leaf& l : w.leaves) {
    ensure(l.index >= least);
    put_varint(out, l.index - least);
    append(out, l.content.key.data_);
    append(out, l.content.value.data_);
    put_varint(out, l.content.next);
    least = l.index + 1;
  }
  for (const hash256& h : w.siblings) append(out, h.data_);
  return out;
}

result<witness, tree_error> decode_witness(bytes_view from) {
  reader in(from);
  witness w;
  ASHLAR_TRY(const u8 version, in.byte());
  if (version != witness_version) return fail(tree_error::unknown_version);
  ASHLAR_TRY(const u8 flags, in.byte());
  if ((flags & ~flag_appends) != 0) return fail(tree_error::unknown_flags);
  w.appends = flags != 0;
  ASHLAR_TRY(const u64 count, in.varint());
  if (count > in.left() / leaf_bytes_min) return fail(tree_error::truncated);
  w.leaves.reserve(static_cast<std::size_t>(count));
  u64 least = 0;
  for (u64 i = 0; i < count; ++i) {
    placed_leaf& l = w.leaves.emplace_back();
    ASHLAR_TRY(const u64 step, in.varint());
    l.index = least + step;
    if (l.index < least || l.index == ~u64{0}) return fail(tree_error::index_order);
    ASHLAR_CHECK(in.hashes(&l.content.key, 1));
    ASHLAR_CHECK(in.hashes(&l.content.value, 1));
    ASHLAR_TRY(l.content.next, in.varint());
    least = l.index + 1;
  }
  if (in.left() % 32 != 0) return fail(tree_error::trailing_bytes);
  w.siblings.resize(in.left() / 32);
  ASHLAR_CHECK(in.hashes(w.siblings.data(), w.siblings.size()));
  return w;
}

}  // namespace ashlar::tree

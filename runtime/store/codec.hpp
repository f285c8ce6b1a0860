#pragma once

#include <string>

#include "runtime/base/bytes.hpp"
#include "runtime/base/u256.hpp"

namespace ashlar::store {

/// Writes fields one after another: what the store's own records are made of. Private to the
/// store: nothing that leaves the process is encoded so.
class encoder {
 public:
  explicit encoder(bytes& to) noexcept : to_(to) {}

  void u8_(u8 v) { to_.push_back(v); }
  void be64(u64 v) {
    u8 b[8];
    store_be64(b, v);
    raw({b, 8});
  }
  /// LEB128.
  void varint(u64 v) {
    for (; v >= 0x80; v >>= 7) to_.push_back(static_cast<u8>(v) | 0x80);
    to_.push_back(static_cast<u8>(v));
  }
  void raw(bytes_view v) { append(to_, v); }
  template <std::size_t N>
  void fixed(const fixed_bytes<N>& v) {
    raw({v.data(), N});
  }
  /// Its length, then the bytes.
  void blob(bytes_view v) {
    varint(v.size());
    raw(v);
  }
  void text(const std::string& v) { blob({reinterpret_cast<const u8*>(v.data()), v.size()}); }
  /// Length byte, then no leading zeros.
  void number(const u256& v) {
    u8 b[32];
    v.to_be(b);
    const unsigned n = v.byte_length();
    to_.push_back(static_cast<u8>(n));
    raw({b + 32 - n, n});
  }

 private:
  bytes& to_;
};

/// Reads what `encoder` wrote. The first field that does not fit makes `ok()` false, and every
/// field from then on zero.
class decoder {
 public:
  explicit decoder(bytes_view from) noexcept : rest_(from) {}

  bool ok() const noexcept { return ok_; }
  /// All was read, and nothing failed.
  bool done() const noexcept { return ok_ && rest_.empty(); }
  std::size_t left() const noexcept { return rest_.size(); }

  bytes_view raw(u64 n) noexcept {
    if (!ok_ || n > rest_.size()) {
      ok_ = false;
      return {};
    }
    const bytes_view out = rest_.first(static_cast<std::size_t>(n));
    rest_ = rest_.subspan(static_cast<std::size_t>(n));
    return out;
  }
  u8 u8_() noexcept {
    const bytes_view v = raw(1);
    return v.empty() ? u8{0} : v[0];
  }
  u64 be64() noexcept {
    const bytes_view v = raw(8);
    return v.empty() ? 0 : load_be64(v.data());
  }
  u64 varint() noexcept {
    u64 value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const u8 b = u8_();
      value |= static_cast<u64>(b & 0x7f) << shift;
      if (!(b & 0x80)) return value;
    }
    ok_ = false;
    return 0;
  }
  template <std::size_t N>
  fixed_bytes<N> fixed() noexcept {
    const bytes_view v = raw(N);
    return v.empty() ? fixed_bytes<N>{} : fixed_bytes<N>::copy_of(v.data());
  }
  bytes_view blob() noexcept { return raw(varint()); }
  std::string text() {
    const bytes_view v = blob();
    return {v.begin(), v.end()};
  }
  u256 number() noexcept {
    const u8 n = u8_();
    if (n > 32) {
      ok_ = false;
      return {};
    }
    return u256::from_be(raw(n));
  }
  /// A count of items that take at least one byte each: more than what is left is an error.
  u64 count() noexcept {
    const u64 n = varint();
    if (n > rest_.size()) ok_ = false;
    return ok_ ? n : 0;
  }

 private:
  bytes_view rest_;
  bool ok_ = true;
};

}  // namespace ashlar::store

#pragma once

#include "runtime/base/u256.hpp"
#include "runtime/stark/field/gl3.hpp"

namespace ashlar::stark {

/// Writes a fixture: everything is words of 32 bytes, big-endian, or bytes behind their length.
class word_writer {
 public:
  void number(u64 v) { digest(u256(v).to_be()); }
  void digest(const hash256& v) { append(out, {v.data(), v.size()}); }
  /// As the contracts hold elements in memory: three lanes of 85 bits.
  void packed(const gl3& v) {
    u256 w;
    for (unsigned i = 3; i-- > 0;) w = (w << 85) | u256(v.c[i].value());
    digest(w.to_be());
  }
  void text(bytes_view v) {
    number(v.size());
    append(out, v);
  }
  void text(std::string_view v) {
    text(bytes_view(reinterpret_cast<const u8*>(v.data()), v.size()));
  }
  bytes out;
};

}  // namespace ashlar::stark

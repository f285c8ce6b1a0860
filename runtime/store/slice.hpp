#pragma once

#include <leveldb/slice.h>

#include "runtime/base/bytes.hpp"

namespace ashlar::store {

/// LevelDB's name for bytes, and ours for LevelDB's: neither owns them, so both end with what does.
inline leveldb::Slice slice(bytes_view v) {
  return {reinterpret_cast<const char*>(v.data()), v.size()};
}

inline bytes_view view(const leveldb::Slice& s) {
  return {reinterpret_cast<const u8*>(s.data()), s.size()};
}

}  // namespace ashlar::store

#pragma once

#include <string>

#include <leveldb/env.h>

#include "runtime/base/bytes.hpp"

namespace ashlar::store {

/// An environment whose write-ahead logs (*.log) are written into space that the file has already.
/// A synchronous write that makes a file longer waits for the file system's journal, too, and for
/// whatever else stands in it; one that overwrites zeros waits for its own bytes.
///
/// A log that is closed is as long as what was written to it. One whose process died has zeros
/// behind its last record, up to `reserve_bytes`: LevelDB takes them for its end, and so does
/// cut_torn_wal where every write is synchronous. POSIX only; it writes those files by itself.
class reserved_logs final : public leveldb::EnvWrapper {
 public:
  static constexpr u64 reserve_bytes = 256u << 10;

  /// `base` does the rest, and outlives this.
  explicit reserved_logs(leveldb::Env* base) : EnvWrapper(base) {}

  leveldb::Status NewWritableFile(const std::string& path, leveldb::WritableFile** made) override;
};

}  // namespace ashlar::store

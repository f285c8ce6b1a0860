#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"
#include "runtime/store/error.hpp"
#include "runtime/store/wal_tail.hpp"

namespace leveldb {
class DB;
class Env;
class Iterator;
class WriteBatch;
}  // namespace leveldb

namespace ashlar::store {

/// Where LevelDB compacts (compaction_thread.hpp).
enum class compaction_rule : u8 {
  shared,      ///< on the one thread that LevelDB has for a process
  own_thread,  ///< on a thread of this database's
  background,  ///< the same, and it yields to all others: writes may come to wait for it
};

struct database_config {
  std::string folder;                 ///< created where it is missing
  u64 write_buffer_bytes = 8u << 20;  ///< also what recovery may have to replay
  u64 block_cache_bytes = 8u << 20;
  u32 bloom_bits_per_key = 10;  ///< 0: no bloom filter
  u32 open_files_max = 500;
  bool compress = true;
  /// What a power cut may have done to the newest writes. `whole_prefix` where some writes are not
  /// synchronous.
  wal_rule wal = wal_rule::last_record;
  compaction_rule compaction = compaction_rule::shared;
  /// Writes overwrite space that the logs have (reserved_logs.hpp), where `env` is null. Every
  /// write must be synchronous.
  bool reserve_logs = false;
  leveldb::Env* env = nullptr;  ///< null: the system's; tests inject faults here
};

/// Several writes that happen together or not at all.
class write_batch {
 public:
  write_batch();
  ~write_batch();
  write_batch(write_batch&&) noexcept;
  write_batch& operator=(write_batch&&) noexcept;
  void put(bytes_view key, bytes_view value);
  void erase(bytes_view key);
  void clear();
  u64 size_bytes() const;
  leveldb::WriteBatch& raw() { return *batch_; }

 private:
  std::unique_ptr<leveldb::WriteBatch> batch_;
};

/// Walks keys in order. The views are valid until the next move.
class cursor {
 public:
  explicit cursor(leveldb::Iterator* owned);
  ~cursor();
  cursor(cursor&&) noexcept;
  /// Moves to the first key at or behind `key`.
  void seek(bytes_view key);
  void seek_to_last();
  void next();
  void previous();
  bool valid() const;
  bytes_view key() const;
  bytes_view value() const;
  /// An error that ended the walk early.
  status<error> check() const;

 private:
  std::unique_ptr<leveldb::Iterator> it_;
};

/// One LevelDB, opened with every check it has. Thread-safe. A write that is not OK poisons the
/// object: LevelDB may answer OK to later writes and lose them, so they are refused here.
class database {
 public:
  static result<std::unique_ptr<database>, error> open(const database_config& config);
  ~database();
  database(const database&) = delete;

  result<std::optional<bytes>, error> get(bytes_view key) const;
  status<error> write(write_batch& batch, bool sync);
  status<error> put(bytes_view key, bytes_view value, bool sync);
  /// Over a snapshot taken now. `fill_cache` off for long scans.
  cursor walk(bool fill_cache = true) const;

 private:
  struct parts;
  explicit database(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};

}  // namespace ashlar::store

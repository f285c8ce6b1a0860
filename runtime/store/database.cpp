#include "runtime/store/database.hpp"

#include <atomic>

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/env.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>

#include "runtime/base/ensure.hpp"
#include "runtime/store/compaction_thread.hpp"
#include "runtime/store/folder.hpp"
#include "runtime/store/open_leveldb.hpp"
#include "runtime/store/reserved_logs.hpp"
#include "runtime/store/slice.hpp"

namespace ashlar::store {

write_batch::write_batch() : batch_(std::make_unique<leveldb::WriteBatch>()) {}
write_batch::~write_batch() = default;
write_batch::write_batch(write_batch&&) noexcept = default;
write_batch& write_batch::operator=(write_batch&&) noexcept = default;
void write_batch::put(bytes_view key, bytes_view value) {
  batch_->Put(slice(key), slice(value));
}
void write_batch::erase(bytes_view key) {
  batch_->Delete(slice(key));
}
void write_batch::clear() {
  batch_->Clear();
}
u64 write_batch::size_bytes() const {
  return batch_->ApproximateSize();
}

cursor::cursor(leveldb::Iterator* owned) : it_(owned) {}
cursor::~cursor() = default;
cursor::cursor(cursor&&) noexcept = default;
void cursor::seek(bytes_view key) {
  it_->Seek(slice(key));
}
void cursor::seek_to_last() {
  it_->SeekToLast();
}
void cursor::next() {
  it_->Next();
}
void cursor::previous() {
  it_->Prev();
}
bool cursor::valid() const {
  return it_->Valid();
}
bytes_view cursor::key() const {
  return view(it_->key());
}
bytes_view cursor::value() const {
  return view(it_->value());
}
status<error> cursor::check() const {
  const leveldb::Status s = it_->status();
  if (!s.ok()) return fail(error{error_code::read_failed, 0, 0, s.ToString()});
  return nothing{};
}

struct database::parts {
  // Members outlive `db` in reverse order of destruction.
  std::unique_ptr<const leveldb::FilterPolicy> filter;
  std::unique_ptr<leveldb::Cache> cache;
  std::unique_ptr<reserved_logs> reserving;
  std::unique_ptr<compaction_thread> compacting;
  std::unique_ptr<leveldb::DB> db;
  std::atomic<bool> poisoned{false};
  bool always_sync = false;
};

database::database(std::unique_ptr<parts> p) : parts_(std::move(p)) {}
database::~database() = default;

result<std::unique_ptr<database>, error> database::open(const database_config& config) {
  auto p = std::make_unique<parts>();
  leveldb::Options options;
  options.write_buffer_size = config.write_buffer_bytes;
  options.max_open_files = static_cast<int>(config.open_files_max);
  options.compression = config.compress ? leveldb::kSnappyCompression : leveldb::kNoCompression;
  if (config.env) options.env = config.env;
  if (config.reserve_logs && !config.env) {
    ensure(config.wal == wal_rule::last_record);
    p->always_sync = true;
    p->reserving = std::make_unique<reserved_logs>(options.env);
    options.env = p->reserving.get();
  }
  if (config.compaction != compaction_rule::shared) {
    const bool yields = config.compaction == compaction_rule::background;
    p->compacting = std::make_unique<compaction_thread>(options.env, yields);
    options.env = p->compacting.get();
  }
  if (config.bloom_bits_per_key) {
    p->filter.reset(leveldb::NewBloomFilterPolicy(static_cast<int>(config.bloom_bits_per_key)));
    options.filter_policy = p->filter.get();
  }
  p->cache.reset(leveldb::NewLRUCache(config.block_cache_bytes));
  options.block_cache = p->cache.get();

  ASHLAR_CHECK(make_folder(config.folder));
  ASHLAR_TRY(p->db, open_leveldb(options, config.folder, config.wal, config.env));
  return std::unique_ptr<database>(new database(std::move(p)));
}

result<std::optional<bytes>, error> database::get(bytes_view key) const {
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  std::string value;
  const leveldb::Status s = parts_->db->Get(options, slice(key), &value);
  if (s.IsNotFound()) return std::optional<bytes>{};
  if (!s.ok()) return fail(error{error_code::read_failed, 0, 0, s.ToString()});
  const auto* p = reinterpret_cast<const u8*>(value.data());
  return std::optional<bytes>{bytes(p, p + value.size())};
}

status<error> database::write(write_batch& batch, bool sync) {
  ensure(sync || !parts_->always_sync);
  if (parts_->poisoned.load())
    return fail(error{error_code::write_failed, 0, 0, "an earlier write failed"});
  leveldb::WriteOptions options;
  options.sync = sync;
  const leveldb::Status s = parts_->db->Write(options, &batch.raw());
  if (!s.ok()) {
    parts_->poisoned.store(true);
    return fail(error{error_code::write_failed, 0, 0, s.ToString()});
  }
  return nothing{};
}

status<error> database::put(bytes_view key, bytes_view value, bool sync) {
  write_batch batch;
  batch.put(key, value);
  return write(batch, sync);
}

cursor database::walk(bool fill_cache) const {
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = fill_cache;
  return cursor{parts_->db->NewIterator(options)};
}

}  // namespace ashlar::store

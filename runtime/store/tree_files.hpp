#pragma once

#include <deque>
#include <memory>
#include <string>

#include "runtime/base/result.hpp"
#include "runtime/store/error.hpp"
#include "runtime/store/tree_records.hpp"

namespace leveldb {
class Cache;
class DB;
class Env;
class WriteBatch;
}  // namespace leveldb

namespace ashlar::store {

struct tree_store_config {
  std::string folder;  ///< created where it is missing
  /// Address space is reserved for so many leaves; memory, about 170 bytes a leaf, is taken as
  /// they come. A batch that could exceed this is refused.
  u64 leaves_max = u64{1} << 26;
  unsigned threads = 2;
  /// How many batches `rollback` can undo. Costs disk for what it keeps, no time.
  u64 rollback_batches_max = 64;
  /// Bytes of pages written per byte of deltas, in percent. The deltas that a start has to read
  /// grow to the size of all leaves times 100 / this.
  u32 checkpoint_percent = 100;
  u64 write_buffer_bytes = 32u << 20;
  u64 table_file_bytes = 16u << 20;
  /// Whether a batch is on the disk, and not only with the operating system, when `apply` returns.
  bool sync = true;
  leveldb::Env* env = nullptr;  ///< null: the system's; tests inject faults here

  /// What is wrong, or nothing.
  std::optional<std::string> validate() const;
};

/// The disk side of tree_store. Each batch is one write: its delta, the meta record, and a few
/// pages as they are now, round and round, so that old deltas can go. What is on disk is always
/// the state after some batch, whole.
///
/// Opened with paranoid_checks; everything read at start is read with verify_checksums.
class tree_files {
 public:
  static result<std::unique_ptr<tree_files>, error> open(const tree_store_config& config);
  ~tree_files();
  tree_files(const tree_files&) = delete;
  tree_files& operator=(const tree_files&) = delete;

  /// Nothing before the first batch.
  const std::optional<tree_meta>& meta() const noexcept { return meta_; }

  /// Fills `leaves` with the state of meta(). Does not compare the root. Error: damaged,
  /// read_failed.
  status<error> load(reserved_array<tree::leaf>& leaves);

  /// Makes a batch durable; `leaves` are as it left them. Error: write_failed.
  status<error> commit(batch_number batch, const tree_delta& delta,
                       const reserved_array<tree::leaf>& leaves);

  /// Writes all leaves as the state after `batch`. Precondition: no meta.
  status<error> import(batch_number batch, const tree::summary& state,
                       const reserved_array<tree::leaf>& leaves);

  /// Forgets the batches after `batch`. Precondition of later use: load(). Error: not_found where
  /// `batch` is older than what is kept; `expected` is the oldest possible.
  status<error> rollback(batch_number batch);

 private:
  /// A page record that is no longer the youngest of its page.
  struct stale_page {
    u64 page = 0;
    batch_number version, replaced;
  };

  explicit tree_files(const tree_store_config& config);
  status<error> read_meta();
  status<error> erase_leftovers();
  status<error> load_pages(reserved_array<tree::leaf>& leaves);
  status<error> load_deltas(reserved_array<tree::leaf>& leaves);
  bool redo(batch_number batch, const tree_delta& delta, reserved_array<tree::leaf>& leaves) const;
  void add_pages(leveldb::WriteBatch& to, tree_meta& meta,
                 const reserved_array<tree::leaf>& leaves);
  void drop_old(leveldb::WriteBatch& to, batch_number tip);
  status<error> write(leveldb::WriteBatch& batch, bool sync);

  tree_store_config config_;
  std::unique_ptr<leveldb::Cache> cache_;
  std::unique_ptr<leveldb::DB> db_;
  std::unique_ptr<leveldb::WriteBatch> scratch_;  // keeps its memory from batch to batch
  std::optional<tree_meta> meta_;
  bool poisoned_ = false;

  static constexpr u64 never = ~u64{0};
  std::vector<u64> versions_;      // youngest record of each page, or never
  std::deque<stale_page> stale_;   // in the order they were replaced
  std::deque<tree_round> rounds_;  // finished, not yet used to drop deltas
  u64 log_first_ = never;          // oldest delta kept
  u64 credit_bytes_ = 0;           // of pages that may be written
};

}  // namespace ashlar::store

#pragma once

#include <functional>

#include "runtime/store/crew.hpp"
#include "runtime/store/tree_files.hpp"
#include "runtime/store/tree_index.hpp"
#include "runtime/store/tree_levels.hpp"
#include "runtime/tree/witness.hpp"

namespace ashlar::store {

/// The state tree of a chain: all of it in memory, every batch on LevelDB before it is answered.
/// See runtime/tree for what the tree is, and README.md for the records and the costs.
///
/// One user at a time; `apply` uses the configured number of threads inside. Any error with
/// is_fatal() leaves the object unusable and the process should end: what was committed before is
/// on disk.
class tree_store {
 public:
  /// Loads what is in the folder, replays what the pages lack, and compares the root with the one
  /// that was committed. Errors: open_failed (no folder, address space or threads), read_failed,
  /// damaged, too_many (leaves_max). Cost: about 0.5 s per million leaves.
  static result<std::unique_ptr<tree_store>, error> open(const tree_store_config& config);

  /// The last batch applied; nothing before the first.
  std::optional<batch_number> height() const noexcept;
  u64 leaf_count() const noexcept { return leaves_.size(); }
  hash256 root() const { return state_.root; }
  const tree::summary& state() const noexcept { return state_; }

  /// The value of a leaf; nothing where there is none.
  std::optional<hash256> get(const hash256& key) const;
  std::optional<u64> leaf_index(const hash256& key) const { return find(key); }

  /// Applies the net updates of the next batch (the first may have any number). Precondition:
  /// `updates` is proper (tree::is_proper). Errors: not_contiguous, too_many (leaves_max, or 2^24
  /// updates), write_failed.
  result<tree::summary, error> apply(batch_number batch, const std::vector<tree::update>& updates);

  /// The same as apply, for the first batch only and any number of updates: how a genesis, a
  /// snapshot or a restored state comes in. Error: not_contiguous, too_many, write_failed.
  result<tree::summary, error> import(batch_number batch, const std::vector<tree::update>& updates);

  /// Undoes the batches after `batch`. Error: not_found where that is older than the
  /// rollback_batches_max last ones (`expected` is the oldest possible), or read and write errors.
  /// Cost: as open.
  status<error> rollback(batch_number batch);

  /// Whether an apply did not come to its end (an error, or an exception): memory is then ahead of
  /// the disk. `rollback(*height())` reads the tree again.
  bool is_torn() const noexcept { return torn_; }

  /// The witness of a batch against the present state. See tree::make_witness.
  tree::witness make_witness(const std::vector<hash256>& keys_read,
                             const std::vector<tree::update>& updates) const;

  /// All leaves by index, until `visit` returns false.
  void for_each_leaf(const std::function<bool(u64, const tree::leaf&)>& visit) const;

  /// Memory for leaves, nodes and the key index.
  u64 memory_bytes() const noexcept;

  // What tree::make_witness needs; see memory_tree.
  std::optional<u64> find(const hash256& key) const { return index_.find(key); }
  u64 predecessor(const hash256& key) const { return index_.predecessor(key); }
  const tree::leaf& at(u64 index) const { return leaves_[index]; }
  hash256 node(unsigned level, u64 position) const { return levels_.node(level, position); }

 private:
  tree_store(const tree_store_config& config, std::unique_ptr<tree_files> files,
             reserved_array<tree::leaf> leaves, tree_levels levels);
  status<error> load();
  status<error> check_next(batch_number batch, std::size_t updates) const;
  std::vector<u64> locate(const std::vector<tree::update>& updates);
  tree_delta plan(const std::vector<tree::update>& updates);
  void write_leaves(const tree_delta& delta);
  std::vector<u64> changed_by(const tree_delta& delta) const;

  tree_store_config config_;
  std::unique_ptr<tree_files> files_;
  crew crew_;
  reserved_array<tree::leaf> leaves_;
  tree_index index_;
  tree_levels levels_;
  tree::summary state_;
  bool torn_ = false;
};

}  // namespace ashlar::store

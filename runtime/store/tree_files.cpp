#include "runtime/store/tree_files.hpp"

#include <algorithm>

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include "runtime/store/folder.hpp"
#include "runtime/store/open_leveldb.hpp"
#include "runtime/store/slice.hpp"

namespace ashlar::store {

namespace {

constexpr std::size_t block_cache_bytes = 4u << 20;
constexpr std::size_t import_write_bytes = 8u << 20;
constexpr std::size_t erase_keys_max = 10'000;
constexpr u64 page_bytes = page_leaves * tree::leaf_bytes;

error damaged(std::string what) {
  return {error_code::damaged, 0, 0, std::move(what)};
}

error read_failed(const leveldb::Status& s) {
  return {s.IsCorruption() ? error_code::damaged : error_code::read_failed, 0, 0, s.ToString()};
}

leveldb::ReadOptions scan_options() {
  leveldb::ReadOptions o;
  o.verify_checksums = true;
  o.fill_cache = false;
  return o;
}

u64 page_count(u64 leaf_count) {
  return (leaf_count + page_leaves - 1) / page_leaves;
}

std::span<const tree::leaf> page_of(const reserved_array<tree::leaf>& leaves, u64 page) {
  const u64 first = page * page_leaves;
  return {leaves.data() + first,
          static_cast<std::size_t>(std::min(page_leaves, leaves.size() - first))};
}

}  // namespace

std::optional<std::string> tree_store_config::validate() const {
  if (folder.empty()) return "tree.folder is empty";
  if (leaves_max < 1024 || leaves_max > u64{1} << 38) return "tree.leaves_max is not in 2^10..2^38";
  if (threads < 1 || threads > 64) return "tree.threads is not in 1..64";
  if (rollback_batches_max > 1'000'000) return "tree.rollback_batches_max is above 1000000";
  if (checkpoint_percent < 1 || checkpoint_percent > 10'000)
    return "tree.checkpoint_percent is not in 1..10000";
  return std::nullopt;
}

tree_files::tree_files(const tree_store_config& config)
    : config_(config), scratch_(std::make_unique<leveldb::WriteBatch>()) {}

tree_files::~tree_files() = default;

result<std::unique_ptr<tree_files>, error> tree_files::open(const tree_store_config& config) {
  std::unique_ptr<tree_files> files(new tree_files(config));
  files->cache_.reset(leveldb::NewLRUCache(block_cache_bytes));
  leveldb::Options o;
  o.compression = leveldb::kNoCompression;  // hashes do not compress
  o.write_buffer_size = config.write_buffer_bytes;
  o.max_file_size = config.table_file_bytes;
  o.block_cache = files->cache_.get();
  if (config.env != nullptr) o.env = config.env;
  if (config.env == nullptr) ASHLAR_CHECK(make_folder(config.folder));
  ASHLAR_TRY(files->db_, open_leveldb(o, config.folder, wal_rule::last_record, config.env));
  ASHLAR_CHECK(files->read_meta());
  if (!files->meta_) ASHLAR_CHECK(files->erase_leftovers());
  return files;
}

status<error> tree_files::read_meta() {
  std::string raw;
  leveldb::ReadOptions o;
  o.verify_checksums = true;
  const leveldb::Status s = db_->Get(o, slice(meta_key()), &raw);
  if (s.IsNotFound()) return nothing{};
  if (!s.ok()) return fail(read_failed(s));
  meta_ = decode_meta(view(leveldb::Slice(raw)));
  if (!meta_) return fail(damaged("tree meta record"));
  if (meta_->state.leaf_count > config_.leaves_max)
    return fail(error{error_code::too_many, config_.leaves_max, meta_->state.leaf_count,
                      "leaves on disk exceed tree.leaves_max"});
  return nothing{};
}

/// An import that did not come to its end has left pages without a meta record.
status<error> tree_files::erase_leftovers() {
  for (;;) {
    leveldb::WriteBatch batch;
    std::size_t keys = 0;
    const std::unique_ptr<leveldb::Iterator> it(db_->NewIterator(scan_options()));
    for (it->SeekToFirst(); it->Valid() && keys < erase_keys_max; it->Next(), ++keys)
      batch.Delete(it->key());
    if (!it->status().ok()) return fail(read_failed(it->status()));
    if (keys == 0) return nothing{};
    ASHLAR_CHECK(write(batch, true));
  }
}

status<error> tree_files::load(reserved_array<tree::leaf>& leaves) {
  leaves.resize(std::max(tree::leaf_count_initial, meta_ ? meta_->state.leaf_count : 0));
  leaves[0] = tree::low_sentinel();
  leaves[1] = tree::high_sentinel();
  versions_.clear();
  stale_.clear();
  rounds_.clear();
  log_first_ = never;
  if (!meta_) return nothing{};
  if (meta_->done) rounds_.push_back(*meta_->done);
  ASHLAR_CHECK(load_pages(leaves));
  return load_deltas(leaves);
}

status<error> tree_files::load_pages(reserved_array<tree::leaf>& leaves) {
  const u64 leaf_count = leaves.size();
  versions_.assign(static_cast<std::size_t>(page_count(leaf_count)), never);
  std::vector<tree::leaf> page;
  const key_range range = page_keys();
  const std::unique_ptr<leveldb::Iterator> it(db_->NewIterator(scan_options()));
  for (it->Seek(slice(range.first)); it->Valid() && it->key().compare(slice(range.end)) < 0;
       it->Next()) {
    const auto v = parse_page_key(view(it->key()));
    if (!v || v->page >= versions_.size() || v->batch > meta_->height ||
        !decode_page(view(it->value()), page) || v->page * page_leaves + page.size() > leaf_count)
      return fail(damaged("tree page record"));
    // Versions of a page come oldest first: the last one stays.
    std::copy(page.begin(), page.end(), leaves.data() + v->page * page_leaves);
    u64& youngest = versions_[static_cast<std::size_t>(v->page)];
    if (youngest != never) stale_.push_back({v->page, batch_number{youngest}, v->batch});
    youngest = v->batch.value;
  }
  if (!it->status().ok()) return fail(read_failed(it->status()));
  std::sort(stale_.begin(), stale_.end(),
            [](const stale_page& a, const stale_page& b) { return a.replaced < b.replaced; });
  return nothing{};
}

status<error> tree_files::load_deltas(reserved_array<tree::leaf>& leaves) {
  const key_range range = delta_keys();
  u64 due = never;
  const std::unique_ptr<leveldb::Iterator> it(db_->NewIterator(scan_options()));
  for (it->Seek(slice(range.first)); it->Valid() && it->key().compare(slice(range.end)) < 0;
       it->Next()) {
    const auto batch = parse_delta_key(view(it->key()));
    if (!batch) return fail(damaged("tree delta key"));
    if (due == never) log_first_ = due = batch->value;
    if (batch->value != due++) return fail(damaged("a tree delta is missing"));
    const auto delta = decode_delta(view(it->value()));
    if (!delta || !redo(*batch, *delta, leaves)) return fail(damaged("tree delta record"));
  }
  if (!it->status().ok()) return fail(read_failed(it->status()));
  if (due != meta_->height.value + 1) return fail(damaged("the last tree delta is missing"));
  return nothing{};
}

bool tree_files::redo(batch_number batch, const tree_delta& delta,
                      reserved_array<tree::leaf>& leaves) const {
  const u64 after = delta.after.leaf_count;
  if (after > leaves.size() || delta.appended.size() > after) return false;
  const u64 before = after - delta.appended.size();
  const auto is_older = [&](u64 index) {
    const u64 version = versions_[static_cast<std::size_t>(index / page_leaves)];
    return version == never || version < batch.value;
  };
  for (const auto& v : delta.values) {
    if (v.index >= before) return false;
    if (is_older(v.index)) leaves[v.index].value = v.now;
  }
  for (const auto& l : delta.links) {
    if (l.index >= before) return false;
    if (is_older(l.index)) leaves[l.index].next = l.next;
  }
  for (std::size_t i = 0; i < delta.appended.size(); ++i)
    if (is_older(before + i)) leaves[before + i] = delta.appended[i];
  return true;
}

status<error> tree_files::commit(batch_number batch, const tree_delta& delta,
                                 const reserved_array<tree::leaf>& leaves) {
  tree_meta meta = meta_.value_or(tree_meta{batch, {}, 0, batch, std::nullopt, batch});
  meta.height = batch;
  meta.state = delta.after;
  const u64 reach = std::min(config_.rollback_batches_max, batch.value);
  meta.rollback_first = std::max(meta.rollback_first, batch_number{batch.value - reach});
  if (log_first_ == never) log_first_ = batch.value;
  leveldb::WriteBatch& to = *scratch_;
  to.Clear();
  {
    const bytes raw = encode(delta);
    to.Put(slice(delta_key(batch)), slice(raw));
    credit_bytes_ += raw.size() * config_.checkpoint_percent / 100;
  }
  versions_.resize(static_cast<std::size_t>(page_count(leaves.size())), never);
  add_pages(to, meta, leaves);
  drop_old(to, batch);
  meta.done.reset();
  if (!rounds_.empty()) meta.done = rounds_.front();
  to.Put(slice(meta_key()), slice(encode(meta)));
  ASHLAR_CHECK(write(to, config_.sync));
  meta_ = meta;
  return nothing{};
}

void tree_files::add_pages(leveldb::WriteBatch& to, tree_meta& meta,
                           const reserved_array<tree::leaf>& leaves) {
  const u64 pages = versions_.size();
  for (u64 written = 0; credit_bytes_ >= page_bytes; ++written) {
    if (written == pages) {  // no page twice in a batch
      credit_bytes_ = 0;
      break;
    }
    credit_bytes_ -= page_bytes;
    to.Put(slice(page_key(meta.cursor, meta.height)),
           slice(encode_page(page_of(leaves, meta.cursor))));
    u64& version = versions_[static_cast<std::size_t>(meta.cursor)];
    if (version != never) stale_.push_back({meta.cursor, batch_number{version}, meta.height});
    version = meta.height.value;
    if (++meta.cursor == pages) {
      rounds_.push_back({meta.round_start, meta.height});
      meta.round_start = meta.height;
      meta.cursor = 0;
    }
  }
}

/// Whatever a rollback to any of the last `rollback_batches_max` batches does not need.
void tree_files::drop_old(leveldb::WriteBatch& to, batch_number tip) {
  const auto is_settled = [&](batch_number b) {
    return b.value + config_.rollback_batches_max <= tip.value;
  };
  while (!stale_.empty() && is_settled(stale_.front().replaced)) {
    to.Delete(slice(page_key(stale_.front().page, stale_.front().version)));
    stale_.pop_front();
  }
  // After a settled round every page has a record at its start or later, so that older deltas
  // have nothing to add. The start's own delta stays: it has the root to roll back to.
  while (!rounds_.empty() && is_settled(rounds_.front().end)) {
    for (; log_first_ < rounds_.front().start.value; ++log_first_)
      to.Delete(slice(delta_key(batch_number{log_first_})));
    rounds_.pop_front();
  }
}

status<error> tree_files::write(leveldb::WriteBatch& batch, bool sync) {
  if (poisoned_) return fail(error{error_code::write_failed, 0, 0, "an earlier write failed"});
  leveldb::WriteOptions o;
  o.sync = sync;
  const leveldb::Status s = db_->Write(o, &batch);
  if (s.ok()) return nothing{};
  poisoned_ = true;
  return fail(error{error_code::write_failed, 0, 0, s.ToString()});
}

status<error> tree_files::import(batch_number batch, const tree::summary& state,
                                 const reserved_array<tree::leaf>& leaves) {
  ensure(!meta_);
  leveldb::WriteBatch to;
  const u64 pages = page_count(leaves.size());
  for (u64 page = 0; page < pages; ++page) {
    to.Put(slice(page_key(page, batch)), slice(encode_page(page_of(leaves, page))));
    if (to.ApproximateSize() < import_write_bytes) continue;
    ASHLAR_CHECK(write(to, false));
    to.Clear();
  }
  tree_delta delta;
  delta.after = state;
  to.Put(slice(delta_key(batch)), slice(encode(delta)));
  const tree_meta meta{batch, state, 0, batch, tree_round{batch, batch}, batch};
  to.Put(slice(meta_key()), slice(encode(meta)));
  ASHLAR_CHECK(write(to, config_.sync));
  meta_ = meta;
  log_first_ = batch.value;
  versions_.assign(static_cast<std::size_t>(pages), batch.value);
  rounds_.push_back({batch, batch});
  return nothing{};
}

status<error> tree_files::rollback(batch_number batch) {
  if (!meta_) return fail(error{error_code::not_found, 0, batch.value, "no batch yet"});
  const u64 oldest = std::max(meta_->rollback_first.value, log_first_);
  if (batch > meta_->height || batch.value < oldest)
    return fail(error{error_code::not_found, oldest, batch.value, "batch to roll back to"});
  if (batch == meta_->height) return nothing{};

  std::string raw;
  leveldb::ReadOptions o;
  o.verify_checksums = true;
  const leveldb::Status s = db_->Get(o, slice(delta_key(batch)), &raw);
  if (!s.ok()) return fail(read_failed(s));
  const auto delta = decode_delta(view(leveldb::Slice(raw)));
  if (!delta) return fail(damaged("tree delta record"));

  leveldb::WriteBatch to;
  for (u64 b = batch.value + 1; b <= meta_->height.value; ++b)
    to.Delete(slice(delta_key(batch_number{b})));
  const key_range range = page_keys();
  const std::unique_ptr<leveldb::Iterator> it(db_->NewIterator(scan_options()));
  for (it->Seek(slice(range.first)); it->Valid() && it->key().compare(slice(range.end)) < 0;
       it->Next()) {
    const auto v = parse_page_key(view(it->key()));
    if (v && v->batch > batch) to.Delete(it->key());
  }
  if (!it->status().ok()) return fail(read_failed(it->status()));
  // A new round begins, since pages of the one under way are gone.
  tree_meta meta = *meta_;
  meta.height = meta.round_start = batch;
  meta.state = delta->after;
  meta.cursor = 0;
  if (meta.done && meta.done->end > batch) meta.done.reset();
  to.Put(slice(meta_key()), slice(encode(meta)));
  ASHLAR_CHECK(write(to, true));
  meta_ = meta;
  return nothing{};
}

}  // namespace ashlar::store

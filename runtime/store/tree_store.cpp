#include "runtime/store/tree_store.hpp"

#include <algorithm>
#include <bit>
#include <system_error>

#include "runtime/tree/witness_builder.hpp"

namespace ashlar::store {

namespace {

constexpr std::size_t updates_max = std::size_t{1} << 24;
constexpr std::size_t leaves_ahead = 24;

/// An update of an existing leaf: where it goes, and which of the updates it is.
struct move {
  u64 index;
  u64 update;
};

/// By index, which is below 2^bits: least significant digit first.
void sort_moves(std::vector<move>& moves, unsigned bits) {
  constexpr unsigned digit_bits = 11;
  std::vector<move> other(moves.size());
  for (unsigned shift = 0; shift < bits; shift += digit_bits) {
    std::array<u32, (1u << digit_bits) + 1> ends{};
    constexpr u64 mask = (1u << digit_bits) - 1;
    for (const move& m : moves) ++ends[((m.index >> shift) & mask) + 1];
    for (std::size_t d = 1; d < ends.size(); ++d) ends[d] += ends[d - 1];
    for (const move& m : moves) other[ends[(m.index >> shift) & mask]++] = m;
    moves.swap(other);
  }
}

error no_memory() {
  return {error_code::write_failed, 0, 0, "no memory for the key index"};
}

}  // namespace

tree_store::tree_store(const tree_store_config& config, std::unique_ptr<tree_files> files,
                       reserved_array<tree::leaf> leaves, tree_levels levels)
    : config_(config),
      files_(std::move(files)),
      crew_(config.threads),
      leaves_(std::move(leaves)),
      index_(leaves_),
      levels_(std::move(levels)) {}

result<std::unique_ptr<tree_store>, error> tree_store::open(const tree_store_config& config) {
  if (auto wrong = config.validate())
    return fail(error{error_code::open_failed, 0, 0, std::move(*wrong)});
  auto leaves = reserved_array<tree::leaf>::make(config.leaves_max);
  auto levels = tree_levels::make(config.leaves_max);
  if (!leaves || !levels)
    return fail(error{error_code::open_failed, 0, 0, "no address space for tree.leaves_max"});
  ASHLAR_TRY(auto files, tree_files::open(config));
  std::unique_ptr<tree_store> store;
  try {
    store.reset(new tree_store(config, std::move(files), std::move(*leaves), std::move(*levels)));
  } catch (const std::system_error& e) {
    return fail(error{error_code::open_failed, config.threads, 0,
                      std::string("the system gives no threads for tree.threads: ") + e.what()});
  }
  ASHLAR_CHECK(store->load());
  return store;
}

status<error> tree_store::load() {
  ASHLAR_CHECK(files_->load(leaves_));
  levels_.build(leaves_, crew_);
  state_ = {levels_.root(), leaves_.size()};
  if (const auto& meta = files_->meta(); meta && meta->state != state_)
    return fail(error{error_code::damaged, 0, 0, "tree leaves do not give the committed root"});
  if (!index_.rebuild())
    return fail(error{error_code::open_failed, 0, 0, "no memory for the key index"});
  torn_ = false;
  return nothing{};
}

std::optional<batch_number> tree_store::height() const noexcept {
  if (!files_->meta()) return std::nullopt;
  return files_->meta()->height;
}

std::optional<hash256> tree_store::get(const hash256& key) const {
  const auto index = find(key);
  if (!index) return std::nullopt;
  return leaves_[*index].value;
}

status<error> tree_store::check_next(batch_number batch, std::size_t updates) const {
  if (const auto last = height(); last && batch != last->next())
    return fail(error{error_code::not_contiguous, last->next().value, batch.value, "tree batch"});
  if (updates > config_.leaves_max - leaves_.size())
    return fail(error{error_code::too_many, config_.leaves_max, leaves_.size() + updates,
                      "tree.leaves_max"});
  return nothing{};
}

result<tree::summary, error> tree_store::apply(batch_number batch,
                                               const std::vector<tree::update>& updates) {
  ensure(tree::is_proper(updates));
  ASHLAR_CHECK(check_next(batch, updates.size()));
  if (updates.size() > updates_max)
    return fail(error{error_code::too_many, updates_max, updates.size(), "updates in a batch"});

  tree_delta delta = plan(updates);
  torn_ = true;
  write_leaves(delta);
  std::vector<u64> changed = changed_by(delta);
  levels_.update(leaves_, changed, crew_);
  for (u64 i = leaves_.size() - delta.appended.size(); i < leaves_.size(); ++i)
    if (!index_.insert(i)) return fail(no_memory());
  delta.after = {levels_.root(), leaves_.size()};
  ASHLAR_CHECK(files_->commit(batch, delta, leaves_));
  state_ = delta.after;
  torn_ = false;
  return state_;
}

/// The leaf index of each update, or tree_index::none.
std::vector<u64> tree_store::locate(const std::vector<tree::update>& updates) {
  std::vector<u64> found(updates.size());
  const std::size_t members = crew_.members();
  crew_.run([&](unsigned member) {
    const std::size_t first = updates.size() * member / members;
    const std::size_t end = updates.size() * (member + 1) / members;
    // Every step is a cache miss of its own: the slot of the index, then the leaf it names.
    // Each is asked for some rounds before it is used.
    const auto slot = [&](std::size_t i) {
      if (i < end) index_.prefetch(updates[i].key);
    };
    const auto leaf = [&](std::size_t i) {
      if (i < first || i >= end) return;
      found[i] = index_.candidate(updates[i].key);
      if (found[i] == tree_index::none) return;
      const auto* at = reinterpret_cast<const u8*>(leaves_.data() + found[i]);
      __builtin_prefetch(at, 1);
      __builtin_prefetch(at + sizeof(tree::leaf) - 1, 1);
    };
    const auto check = [&](std::size_t i) {
      if (found[i] != tree_index::none && leaves_[found[i]].key != updates[i].key)
        found[i] = index_.find(updates[i].key).value_or(tree_index::none);
    };
    for (std::size_t i = first; i < end + 2 * leaves_ahead; ++i) {
      slot(i);
      if (i >= first + leaves_ahead) leaf(i - leaves_ahead);
      if (i >= first + 2 * leaves_ahead) check(i - 2 * leaves_ahead);
    }
  });
  return found;
}

/// What the batch does to the leaves. `after` is left open.
tree_delta tree_store::plan(const std::vector<tree::update>& updates) {
  const std::vector<u64> found = locate(updates);
  tree_delta delta;
  std::vector<move> moves;
  moves.reserve(updates.size());
  u64 last_before = tree_index::none;  // the leaf that the last new key comes behind
  for (std::size_t i = 0; i < updates.size(); ++i) {
    const tree::update& u = updates[i];
    if (found[i] != tree_index::none) {
      moves.push_back({found[i], i});
      continue;
    }
    if (u.value.is_zero()) continue;
    const u64 before = predecessor(u.key);
    const u64 index = leaves_.size() + delta.appended.size();
    // New keys come in order: those behind the same leaf follow each other.
    if (before == last_before)
      delta.appended.back().next = index;
    else
      delta.links.push_back({before, index});
    delta.appended.push_back({u.key, u.value, leaves_[before].next});
    last_before = before;
  }
  sort_moves(moves, static_cast<unsigned>(std::bit_width(leaves_.size())));
  delta.values.reserve(moves.size());
  for (const move& m : moves) delta.values.push_back({m.index, updates[m.update].value});
  std::sort(delta.links.begin(), delta.links.end(),
            [](const auto& a, const auto& b) { return a.index < b.index; });
  return delta;
}

void tree_store::write_leaves(const tree_delta& delta) {
  for (const auto& v : delta.values) leaves_[v.index].value = v.now;
  for (const auto& l : delta.links) leaves_[l.index].next = l.next;
  u64 index = leaves_.size();
  leaves_.resize(index + delta.appended.size());
  for (const tree::leaf& l : delta.appended) leaves_[index++] = l;
}

/// Ascending, each once.
std::vector<u64> tree_store::changed_by(const tree_delta& delta) const {
  std::vector<u64> changed;
  changed.reserve(delta.values.size() + delta.links.size() + delta.appended.size());
  auto link = delta.links.begin();
  for (const auto& v : delta.values) {
    for (; link != delta.links.end() && link->index <= v.index; ++link)
      if (link->index != v.index) changed.push_back(link->index);
    changed.push_back(v.index);
  }
  for (; link != delta.links.end(); ++link) changed.push_back(link->index);
  for (u64 i = leaves_.size() - delta.appended.size(); i < leaves_.size(); ++i)
    changed.push_back(i);
  return changed;
}

result<tree::summary, error> tree_store::import(batch_number batch,
                                                const std::vector<tree::update>& updates) {
  ensure(tree::is_proper(updates));
  if (height())
    return fail(error{error_code::not_contiguous, height()->next().value, batch.value,
                      "tree import into a tree that has batches"});
  ASHLAR_CHECK(check_next(batch, updates.size()));
  u64 count = leaves_.size();
  leaves_.resize(count + updates.size());
  for (const tree::update& u : updates)
    if (!u.value.is_zero()) {
      leaves_[count] = {u.key, u.value, count + 1};
      ++count;
    }
  leaves_.resize(count);
  if (count > tree::leaf_count_initial) {
    leaves_[0].next = tree::leaf_count_initial;
    leaves_[count - 1].next = 1;
  }
  levels_.build(leaves_, crew_);
  if (!index_.rebuild()) return fail(no_memory());
  const tree::summary state{levels_.root(), count};
  ASHLAR_CHECK(files_->import(batch, state, leaves_));
  return state_ = state;
}

status<error> tree_store::rollback(batch_number batch) {
  ASHLAR_CHECK(files_->rollback(batch));
  return load();
}

tree::witness tree_store::make_witness(const std::vector<hash256>& keys_read,
                                       const std::vector<tree::update>& updates) const {
  return tree::make_witness(*this, keys_read, updates);
}

void tree_store::for_each_leaf(const std::function<bool(u64, const tree::leaf&)>& visit) const {
  for (u64 i = 0; i < leaves_.size(); ++i)
    if (!visit(i, leaves_[i])) return;
}

u64 tree_store::memory_bytes() const noexcept {
  return leaves_.size() * (sizeof(tree::leaf) + 2 * sizeof(hash256)) + index_.memory_bytes();
}

}  // namespace ashlar::store

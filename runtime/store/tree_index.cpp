#include "runtime/store/tree_index.hpp"

#include <algorithm>

namespace ashlar::store {

namespace {

constexpr u64 homes_min = 1024;
constexpr u64 slack_min = 256;
constexpr unsigned linear_steps_max = 16;

}  // namespace

bool tree_index::rebuild() {
  // Dealt into ranges of keys first, so that each is sorted inside the cache.
  constexpr unsigned range_bits = 12;
  const u64 count = leaves_.size();
  std::vector<u64> ends((u64{1} << range_bits) + 1);
  for (u64 i = 0; i < count; ++i) ++ends[(prefix_of(leaves_[i].key) >> (64 - range_bits)) + 1];
  for (std::size_t r = 1; r < ends.size(); ++r) ends[r] += ends[r - 1];
  auto sorted = reserved_array<slot>::make(count + 1);
  if (!sorted) return false;
  sorted->resize(count);
  std::vector<u64> at = ends;
  for (u64 i = 0; i < count; ++i) {
    const u64 prefix = prefix_of(leaves_[i].key);
    (*sorted)[at[prefix >> (64 - range_bits)]++] = {prefix, i + 1};
  }
  for (std::size_t r = 0; r + 1 < ends.size(); ++r)
    std::sort(sorted->data() + ends[r], sorted->data() + ends[r + 1],
              [&](const slot& a, const slot& b) {
                if (a.prefix != b.prefix) return a.prefix < b.prefix;
                return leaves_[a.index_plus_one - 1].key < leaves_[b.index_plus_one - 1].key;
              });
  slots_ = std::move(sorted);
  filled_ = count;
  homes_ = 0;
  return regrow(std::max(homes_min, count * 2), slack_min);
}

bool tree_index::regrow(u64 homes, u64 slack) {
  for (;; slack *= 2) {
    auto grown = reserved_array<slot>::make(homes + slack);
    if (!grown) return false;
    grown->resize(homes + slack);
    u64 next = 0;
    bool fits = true;
    for (u64 i = 0; i < slots_->size() && fits; ++i) {
      const slot s = (*slots_)[i];
      if (s.index_plus_one == 0) continue;
      next = std::max(next, mul_wide(s.prefix, homes).high);
      fits = next + 1 < grown->size();
      if (fits) (*grown)[next++] = s;
    }
    if (!fits) continue;
    slots_ = std::move(grown);
    homes_ = homes;
    return true;
  }
}

bool tree_index::is_less(u64 i, u64 prefix, const hash256& key) const noexcept {
  const slot& s = at(i);
  if (s.index_plus_one == 0 || s.prefix > prefix) return false;
  return s.prefix < prefix || leaves_[s.index_plus_one - 1].key < key;
}

/// The first slot, from the key's home on, that is empty or has no smaller key.
u64 tree_index::lower(const hash256& key) const noexcept {
  const u64 prefix = prefix_of(key);
  u64 low = home(prefix);
  for (unsigned step = 0; step < linear_steps_max; ++step, ++low)
    if (!is_less(low, prefix, key)) return low;
  // If the entry of a smaller key lies at some slot behind the home, so do smaller keys at all
  // slots between: "is less" is true up to a point and false behind it.
  const u64 last = slots_->size() - 1;
  u64 stride = linear_steps_max;
  u64 high = std::min(low + stride, last);
  while (is_less(high, prefix, key)) {
    low = high + 1;
    stride *= 2;
    high = std::min(low + stride, last);
  }
  while (low < high) {
    const u64 middle = low + (high - low) / 2;
    if (is_less(middle, prefix, key))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

std::optional<u64> tree_index::find(const hash256& key) const {
  const slot& s = at(lower(key));
  if (s.index_plus_one == 0 || s.prefix != prefix_of(key)) return std::nullopt;
  const u64 index = s.index_plus_one - 1;
  if (leaves_[index].key != key) return std::nullopt;
  return index;
}

u64 tree_index::predecessor(const hash256& key) const {
  u64 i = lower(key);
  do {
    ensure(i > 0);
    --i;
  } while (at(i).index_plus_one == 0);
  return at(i).index_plus_one - 1;
}

u64 tree_index::candidate(const hash256& key) const noexcept {
  const u64 prefix = prefix_of(key);
  u64 i = home(prefix);
  for (unsigned step = 0; step < linear_steps_max; ++step, ++i) {
    const slot& s = at(i);
    if (s.index_plus_one == 0 || s.prefix > prefix) return none;
    if (s.prefix == prefix) return s.index_plus_one - 1;
  }
  return find(key).value_or(none);
}

bool tree_index::insert(u64 index) {
  if ((filled_ + 1) * 4 > homes_ * 3 && !regrow(homes_ * 2, slack_min)) return false;
  const hash256& key = leaves_[index].key;
  for (;;) {
    const u64 here = lower(key);
    u64 gap = here;
    while (gap + 1 < slots_->size() && at(gap).index_plus_one != 0) ++gap;
    if (gap + 1 == slots_->size()) {
      if (!regrow(homes_, (slots_->size() - homes_) * 2)) return false;
      continue;
    }
    std::memmove(slots_->data() + here + 1, slots_->data() + here, (gap - here) * sizeof(slot));
    (*slots_)[here] = {prefix_of(key), index + 1};
    ++filled_;
    return true;
  }
}

}  // namespace ashlar::store

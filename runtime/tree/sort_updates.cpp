#include "runtime/tree/sort_updates.hpp"

#include <algorithm>

namespace ashlar::tree {

namespace {

constexpr std::size_t few = 64;
constexpr unsigned bucket_bits_max = 16;

/// What is compared almost always, and where the rest is.
struct handle {
  u64 prefix;
  u32 at;
};

}  // namespace

void sort_updates(std::vector<update>& updates) {
  const std::size_t count = updates.size();
  if (count < few || count > 0xffffffffu) {
    std::sort(updates.begin(), updates.end(),
              [](const update& a, const update& b) { return a.key < b.key; });
    return;
  }
  // Dealt by the first bits into buckets of a few; then 16 bytes move instead of 64.
  unsigned bits = 1;
  while (bits < bucket_bits_max && (count >> (bits + 2)) != 0) ++bits;
  const auto bucket_of = [bits](u64 prefix) {
    return static_cast<std::size_t>(prefix >> (64 - bits));
  };
  std::vector<u32> ends((std::size_t{1} << bits) + 1);
  for (const update& u : updates) ++ends[bucket_of(load_be64(u.key.data())) + 1];
  for (std::size_t b = 1; b < ends.size(); ++b) ends[b] += ends[b - 1];
  std::vector<handle> handles(count);
  std::vector<u32> next = ends;
  for (std::size_t i = 0; i < count; ++i) {
    const u64 prefix = load_be64(updates[i].key.data());
    handles[next[bucket_of(prefix)]++] = {prefix, static_cast<u32>(i)};
  }
  for (std::size_t b = 0; b + 1 < ends.size(); ++b)
    std::sort(handles.begin() + ends[b], handles.begin() + ends[b + 1],
              [&](const handle& x, const handle& y) {
                if (x.prefix != y.prefix) return x.prefix < y.prefix;
                return updates[x.at].key < updates[y.at].key;
              });
  std::vector<update> sorted;
  sorted.reserve(count);
  for (const handle& h : handles) sorted.push_back(updates[h.at]);
  updates.swap(sorted);
}

}  // namespace ashlar::tree

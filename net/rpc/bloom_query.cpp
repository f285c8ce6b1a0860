#include "net/rpc/bloom_query.hpp"

#include <algorithm>

namespace ashlar::rpc {

bloom_query::bloom_query(const log_filter& filter) {
  const auto add = [&](const auto& any_of) {
    if (any_of.empty()) return;
    std::vector<positions>& place = all_of_.emplace_back();
    place.reserve(any_of.size());
    for (const auto& item : any_of) place.push_back(positions_of({item.data(), item.size()}));
  };
  add(filter.addresses);
  for (const auto& any_of : filter.topics) add(any_of);
}

bool bloom_query::may_match(const bloom& of_block) const noexcept {
  const auto is_there = [&](const positions& item) {
    return std::all_of(item.begin(), item.end(),
                       [&](u16 bit) { return (of_block[bit / 8] >> (bit % 8)) & 1; });
  };
  return std::all_of(all_of_.begin(), all_of_.end(), [&](const auto& any_of) {
    return std::any_of(any_of.begin(), any_of.end(), is_there);
  });
}

bloom_query::positions bloom_query::positions_of(bytes_view item) noexcept {
  bloom alone;
  bloom_add(alone, item);
  positions out{};
  std::size_t found = 0;
  for (u16 bit = 0; bit < 8 * bloom::size() && found < out.size(); ++bit)
    if ((alone[bit / 8] >> (bit % 8)) & 1) out[found++] = bit;
  // Two of the three may be the same bit.
  for (; found < out.size(); ++found) out[found] = out[0];
  return out;
}

}  // namespace ashlar::rpc

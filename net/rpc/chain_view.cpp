#include "net/rpc/chain_view.hpp"

#include <algorithm>

namespace ashlar::rpc {

std::size_t alternatives_of(const log_filter& filter) noexcept {
  std::size_t out = filter.addresses.size();
  for (const auto& any_of : filter.topics) out += any_of.size();
  return out;
}

std::size_t log_bytes(const log_entry& entry) noexcept {
  return entry.data.size() + entry.topics.size() * hash256::size();
}

bool log_matches(const log_filter& filter, const log_entry& entry) noexcept {
  const auto& addresses = filter.addresses;
  if (!addresses.empty() &&
      std::find(addresses.begin(), addresses.end(), entry.account) == addresses.end())
    return false;
  if (filter.topics.size() > entry.topics.size()) return false;
  for (std::size_t i = 0; i < filter.topics.size(); ++i) {
    const auto& any_of = filter.topics[i];
    if (!any_of.empty() && std::find(any_of.begin(), any_of.end(), entry.topics[i]) == any_of.end())
      return false;
  }
  return true;
}

bool bloom_may_match(const log_filter& filter, const bloom& of_block) noexcept {
  const auto may_hold = [&](const auto& item) { return bloom_may_contain(of_block, item); };
  if (!filter.addresses.empty() &&
      std::none_of(filter.addresses.begin(), filter.addresses.end(), may_hold))
    return false;
  return std::all_of(filter.topics.begin(), filter.topics.end(), [&](const auto& any_of) {
    return any_of.empty() || std::any_of(any_of.begin(), any_of.end(), may_hold);
  });
}

}  // namespace ashlar::rpc

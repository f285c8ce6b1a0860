#include "net/rpc/backend.hpp"

#include <algorithm>

namespace ashlar::rpc {

std::optional<block_number> backend::number_of(const hash256& block_hash) {
  const sealed_block_ptr found = block_by_hash(block_hash);
  if (!found) return std::nullopt;
  return found->header.number;
}

std::optional<hash256> backend::hash_of(block_number n) {
  const sealed_block_ptr found = block_by_number(n);
  if (!found) return std::nullopt;
  return found->hash;
}

answer<std::vector<found_log>> backend::logs(const log_filter& filter, const log_limits& limits) {
  std::vector<found_log> out;
  std::size_t bytes_so_far = 0;
  const block_number last = std::min(filter.to, heads().latest);
  for (block_number n = filter.from; n <= last; n = n.next()) {
    if (limits.expired && limits.expired()) return fail(backend_error{backend_errc::timeout, {}});
    const sealed_block_ptr block = block_by_number(n);
    if (!block) return fail(backend_error{backend_errc::unknown_block, {}});
    if (!bloom_may_match(filter, block->header.logs_bloom)) continue;
    for (u32 i = 0; i < block->txns.size(); ++i) {
      const sealed_txn& t = block->txns[i];
      for (u32 k = 0; k < t.outcome.logs.size(); ++k) {
        if (!log_matches(filter, t.outcome.logs[k])) continue;
        if (out.size() == limits.results_max)
          return fail(backend_error{backend_errc::too_many_results, {}});
        bytes_so_far += log_bytes(t.outcome.logs[k]);
        if (bytes_so_far > limits.bytes_max)
          return fail(backend_error{backend_errc::too_many_bytes, {}});
        out.push_back({t.outcome.logs[k], n, block->hash, block->header.timestamp, t.hash, i,
                       t.first_log_index + k});
      }
    }
  }
  return out;
}

namespace {

/// The tips at the given percentiles of the block's gas.
std::vector<u256> tips_at(const sealed_block& block, std::span<const double> percentiles) {
  struct paid {
    u256 tip;
    u64 gas;
  };
  std::vector<paid> all;
  const u256 base_fee = block.header.base_fee_per_gas.value_or(u256{});
  for (const sealed_txn& t : block.txns) {
    const u256& price = t.outcome.effective_gas_price;
    all.push_back({price < base_fee ? u256{} : price - base_fee, t.outcome.gas_used});
  }
  std::sort(all.begin(), all.end(), [](const paid& a, const paid& b) { return a.tip < b.tip; });
  std::vector<u256> out(percentiles.size());
  if (all.empty()) return out;
  std::size_t at = 0;
  u64 gas_so_far = all[0].gas;
  for (std::size_t i = 0; i < percentiles.size(); ++i) {
    const double threshold = static_cast<double>(block.header.gas_used) * percentiles[i] / 100;
    while (static_cast<double>(gas_so_far) < threshold && at + 1 < all.size())
      gas_so_far += all[++at].gas;
    out[i] = all[at].tip;
  }
  return out;
}

}  // namespace

answer<fee_history> backend::fees_of(u64 blocks, block_number newest,
                                     std::span<const double> percentiles,
                                     const look_meter& goes_on) {
  const chain_heads now = heads();
  if (newest > now.latest || newest < now.earliest)
    return fail(backend_error{backend_errc::unknown_block, {}});
  const u64 count = std::min(blocks, newest.value - now.earliest.value + 1);
  fee_history out;
  out.oldest = block_number{newest.value + 1 - count};
  for (u64 i = 0; i < count; ++i) {
    const sealed_block_ptr block = block_by_number(block_number{out.oldest.value + i});
    if (!block) return fail(backend_error{backend_errc::unknown_block, {}});
    const block_header& h = block->header;
    out.base_fees.push_back(h.base_fee_per_gas.value_or(u256{}));
    out.gas_used_ratios.push_back(h.gas_limit == 0 ? 0.0
                                                   : static_cast<double>(h.gas_used) /
                                                         static_cast<double>(h.gas_limit));
    if (!percentiles.empty()) out.rewards.push_back(tips_at(*block, percentiles));
    if (goes_on && !goes_on(block->txns.size()))
      return fail(backend_error{backend_errc::timeout, {}});
  }
  const sealed_block_ptr after = block_by_number(newest.next());
  out.base_fees.push_back(after ? after->header.base_fee_per_gas.value_or(u256{})
                                : fees().next_base_fee);
  return out;
}

}  // namespace ashlar::rpc

#include <algorithm>

#include "actors/l1_listener/chain_follower.hpp"

namespace ashlar::l1_listener {

using l1::l1_block_number;
using l1::l1_error;
using l1::l1_error_code;

/// Headers of a range, each the parent of the next; empty where the chain moved meanwhile.
sure<std::vector<l1::l1_block>> chain_follower::read_headers(u64 from, u64 to) {
  std::vector<l1::l1_block> out;
  for (u64 n = from; n <= to; ++n) {
    if (n == head_->number.value) {
      out.push_back(*head_);
    } else {
      ASHLAR_TRY(const auto header, l1_.block(l1_block_number{n}));
      if (!header) return std::vector<l1::l1_block>{};
      out.push_back(*header);
    }
    if (out.size() > 1 && out.back().parent_hash != out[out.size() - 2].hash)
      return std::vector<l1::l1_block>{};
  }
  return out;
}

/// Reads the next blocks, or finds that it has to ask for fewer; false where the chain moved under
/// it (the next poll looks again).
sure<bool> chain_follower::read_range() {
  const seen_block cursor = *view_.cursor();
  const u64 from = cursor.number.value + 1;
  const u64 head = head_->number.value;
  const u64 to = std::min(head, cursor.number.value + range_.blocks());
  // Only the newest blocks can be reorganised: below the window one header in a range is enough.
  const u64 window_from = head >= config_.hash_window ? head - config_.hash_window + 1 : 0;
  ASHLAR_TRY(const auto headers, read_headers(std::min(to, std::max(from, window_from)), to));
  if (headers.empty()) return false;
  if (headers.front().number.value == from && headers.front().parent_hash != cursor.hash)
    return false;
  auto logs = l1_.logs(l1_block_number{from}, l1_block_number{to}, config_.contract,
                       l1::chain_event_topics());
  if (!logs) {
    const bool narrower = range_.narrow(to - from + 1, logs.error());
    if (narrower && !logs.error().transient()) return true;
    return fail(trouble(logs.error()));
  }
  range_.widen();
  // The same end before and after: the logs between are of this chain.
  ASHLAR_TRY(const auto again, l1_.block(l1_block_number{to}));
  if (!again || again->hash != headers.back().hash) return false;
  for (const l1::l1_log& log : *logs)
    for (const l1::l1_block& h : headers)
      if (h.number == log.block && h.hash != log.block_hash) return false;
  ASHLAR_TRY(const auto events, complete(std::move(*logs), headers));
  if (const std::string gap = gap_in(events); !gap.empty()) {
    ASHLAR_CHECK(rescan(gap));
  }

  view_.begin(cursor);
  for (const read_event& e : events)
    if (const auto done = apply(e); !done.ok()) return fail(ending(done.error()));
  view_.set_seen({headers.back().timestamp, time_.steady()});
  std::vector<seen_block> read;
  for (const l1::l1_block& h : headers) read.push_back({h.number, h.hash});
  if (const auto done = view_.finish(read, config_.hash_window); !done.ok())
    return fail(ending(done.error()));
  for (const u64 n : changed_) {
    ASHLAR_CHECK(mirror_row(n));
  }
  changed_.clear();
  if (!events.empty()) {
    ASHLAR_CHECK(update_heads());
  }
  return true;
}

/// Everything that L1 has to be asked for is asked for before anything changes.
sure<std::vector<chain_follower::read_event>> chain_follower::complete(
    std::vector<l1::l1_log> logs, const std::vector<l1::l1_block>& headers) {
  std::sort(logs.begin(), logs.end(), [](const l1::l1_log& a, const l1::l1_log& b) {
    return std::pair(a.block, a.index) < std::pair(b.block, b.index);
  });
  std::vector<read_event> out;
  std::optional<l1::l1_block> below;  // of a block below the window
  for (l1::l1_log& log : logs) {
    auto event = l1::decode_chain_event(log.entry);
    if (!event)
      return fail(inconsistent("an event of the contract in block " +
                               std::to_string(log.block.value) + " does not decode"));
    read_event e{std::move(log), std::move(*event), {}, 0};
    if (std::holds_alternative<l1::batches_reverted>(e.event)) {
      out.push_back(std::move(e));
      continue;
    }
    const l1_block_number number = e.log.block;
    const auto known = std::find_if(headers.begin(), headers.end(),
                                    [&](const l1::l1_block& h) { return h.number == number; });
    if (known == headers.end() && (!below || below->number != number)) {
      ASHLAR_TRY(below, l1_.block(number));
      if (!below || below->hash != e.log.block_hash)
        return fail(inconsistent("block " + std::to_string(number.value) +
                                 " is not the one its events are of"));
    }
    e.at = known != headers.end() ? known->timestamp : below->timestamp;
    if (!std::holds_alternative<l1::priority_requested>(e.event)) {
      ASHLAR_TRY(const auto receipt, l1_.receipt(e.log.txn_hash));
      if (!receipt || receipt->block_hash != e.log.block_hash)
        return fail(
            inconsistent("no receipt for an event in block " + std::to_string(number.value)));
      e.gas_used = receipt->gas_used;
    }
    out.push_back(std::move(e));
  }
  return out;
}

}  // namespace ashlar::l1_listener

#include <algorithm>

#include "runtime/store/chain_parts.hpp"

namespace ashlar::store {

const chain_store::parts::pending_block* chain_store::parts::find_pending(u64 number) const {
  if (pending.empty() || number < pending.front().info.number.value) return nullptr;
  const u64 back = number - pending.front().info.number.value;
  return back < pending.size() ? &pending[back] : nullptr;
}

std::optional<head_info> chain_store::parts::info_on_disk(u64 number) {
  const auto raw = must(db->get(rows::info_key(number)));
  if (!raw) return std::nullopt;
  const auto info = rows::decode_info(number, *raw);
  if (!info) unreadable({error_code::damaged, 0, number, "state database: a block's row"});
  return info;
}

head_info chain_store::head() const {
  std::shared_lock lock{parts_->mutex};
  return parts_->published;
}

head_info chain_store::staged_head() const {
  std::shared_lock lock{parts_->mutex};
  return parts_->staged;
}

stored_block_ptr chain_store::block_at(block_number number) const {
  parts& p = *parts_;
  {
    std::shared_lock lock{p.mutex};
    if (number > p.published.number) return nullptr;
    if (number.value == 0) return p.genesis_block;
    if (const auto* b = p.find_pending(number.value)) return b->block;
  }
  if (auto cached = p.blocks.find(number.value)) return cached;
  log_record record = p.must(p.log->read(number));
  auto block = std::make_shared<stored_block>();
  block->hash = header_hash(record.block.header);
  u64 size = 1024;
  for (const txn& t : record.block.txns) {
    block->txn_hashes.push_back(txn_hash(t));
    size += sizeof(txn) + t.data.size() + 64;
  }
  block->block = std::move(record.block);
  block->senders = std::move(record.senders);
  p.blocks.put(number.value, block, size);
  return block;
}

stored_block_ptr chain_store::block_by_hash(const hash256& hash) const {
  const auto number = number_of(hash);
  return number ? block_at(*number) : nullptr;
}

std::optional<block_number> chain_store::number_of(const hash256& block_hash) const {
  parts& p = *parts_;
  {
    std::shared_lock lock{p.mutex};
    const auto it = p.pending_numbers.find(block_hash);
    if (it != p.pending_numbers.end())
      return it->second <= p.published.number.value ? std::optional(block_number{it->second})
                                                    : std::nullopt;
  }
  const auto raw = p.must(p.db->get(rows::number_key(block_hash)));
  if (!raw) return std::nullopt;
  const auto at = rows::decode_location(*raw);
  if (!at) p.unreadable({error_code::damaged, 0, 0, "state database: a block hash's row"});
  return at->number;
}

std::optional<hash256> chain_store::hash_of(block_number number) const {
  parts& p = *parts_;
  {
    std::shared_lock lock{p.mutex};
    if (number > p.staged.number) return std::nullopt;
    const u64 back = p.staged.number.value - number.value;
    if (back < p.hashes.size()) return p.hashes[p.hashes.size() - 1 - back];
  }
  const auto info = info_at(number);
  return info ? std::optional(info->hash) : std::nullopt;
}

std::optional<head_info> chain_store::info_at(block_number number) const {
  parts& p = *parts_;
  {
    std::shared_lock lock{p.mutex};
    if (number > p.published.number) return std::nullopt;
    if (const auto* b = p.find_pending(number.value)) return b->info;
  }
  return p.info_on_disk(number.value);
}

std::optional<txn_location> chain_store::locate(const hash256& txn_hash) const {
  parts& p = *parts_;
  {
    std::shared_lock lock{p.mutex};
    const auto it = p.pending_txns.find(txn_hash);
    if (it != p.pending_txns.end())
      return it->second.number <= p.published.number ? std::optional(it->second) : std::nullopt;
  }
  const auto raw = p.must(p.db->get(rows::txn_key(txn_hash)));
  if (!raw) return std::nullopt;
  const auto at = rows::decode_location(*raw);
  if (!at) p.unreadable({error_code::damaged, 0, 0, "state database: a transaction's row"});
  // The key holds half of the hash; the block has all of it.
  const auto block = block_at(at->number);
  if (!block || at->index >= block->txn_hashes.size() || block->txn_hashes[at->index] != txn_hash)
    return std::nullopt;
  return at;
}

bool chain_store::is_staged(const hash256& txn_hash) const {
  std::shared_lock lock{parts_->mutex};
  const auto it = parts_->pending_txns.find(txn_hash);
  return it != parts_->pending_txns.end() && it->second.number > parts_->published.number;
}

receipts_ptr chain_store::receipts_at(block_number number) const {
  parts& p = *parts_;
  {
    std::shared_lock lock{p.mutex};
    if (number > p.published.number) return nullptr;
    if (const auto* b = p.find_pending(number.value))
      return receipts_ptr(b->block, &b->block->receipts);
  }
  if (auto cached = p.receipts.find(number.value)) return cached;
  const auto raw = p.must(p.db->get(rows::receipts_key(number.value)));
  if (!raw) return number.value == 0 ? std::make_shared<const std::vector<receipt>>() : nullptr;
  auto decoded = rows::decode_receipts(*raw);
  if (!decoded)
    p.unreadable({error_code::damaged, 0, number.value, "state database: a block's receipts"});
  const u64 size = raw->size() * 2 + decoded->size() * sizeof(receipt);
  auto out = std::make_shared<const std::vector<receipt>>(std::move(*decoded));
  p.receipts.put(number.value, out, size);
  return out;
}

namespace {

bool may_match(const bloom& in, const log_filter& f) {
  const auto any_in = [&](const auto& wanted) {
    return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const auto& item) {
             return bloom_may_contain(in, {item.data(), item.size()});
           });
  };
  return any_in(f.accounts) && std::all_of(f.topics.begin(), f.topics.end(), any_in);
}

bool matches(const log_entry& l, const log_filter& f) {
  const auto holds = [](const auto& wanted, const auto& item) {
    return std::find(wanted.begin(), wanted.end(), item) != wanted.end();
  };
  if (!f.accounts.empty() && !holds(f.accounts, l.account)) return false;
  for (std::size_t i = 0; i < f.topics.size(); ++i) {
    if (f.topics[i].empty()) continue;
    if (i >= l.topics.size() || !holds(f.topics[i], l.topics[i])) return false;
  }
  return true;
}

/// The logs found so far, and what more there may be.
class log_collector {
 public:
  log_collector(const log_filter& filter, const log_limits& limits)
      : filter_(filter), limits_(limits) {}

  /// To be asked before a block is looked at.
  status<error> check_time() const {
    if (limits_.expired && limits_.expired())
      return fail(error{error_code::timed_out, 0, 0, "logs"});
    return nothing{};
  }

  status<error> add(const stored_block& b, const std::vector<receipt>& receipts) {
    u32 log_index = 0;
    for (u32 i = 0; i < receipts.size(); ++i) {
      for (const log_entry& l : receipts[i].logs) {
        const u32 index = log_index++;
        if (!matches(l, filter_)) continue;
        // Before the copy: a log may be as large as a transaction's pubdata.
        if (found_.size() >= limits_.logs_max)
          return fail(error{error_code::too_many, limits_.logs_max, 0, "logs"});
        bytes_ += l.data.size() + l.topics.size() * hash256::size();
        if (bytes_ > limits_.bytes_max)
          return fail(error{error_code::too_large, limits_.bytes_max, 0, "logs"});
        const block_header& h = b.block.header;
        found_.push_back({h.number, b.hash, h.timestamp, b.txn_hashes[i], i, index, l});
      }
    }
    return nothing{};
  }

  std::vector<located_log> take() && { return std::move(found_); }

 private:
  const log_filter& filter_;
  const log_limits& limits_;
  std::vector<located_log> found_;
  u64 bytes_ = 0;
};

}  // namespace

result<std::vector<located_log>, error> chain_store::logs(const log_filter& filter,
                                                          const log_limits& limits) const {
  parts& p = *parts_;
  log_collector found(filter, limits);
  const u64 last = std::min(filter.last.value, head().number.value);
  const u64 on_disk = std::min(p.flushed.load(), last);
  const auto look_into = [&](u64 n) {
    const auto block = block_at(block_number{n});
    const auto receipts = receipts_at(block_number{n});
    return found.add(*block, *receipts);
  };

  cursor walk = p.db->walk();
  for (walk.seek(rows::bloom_key(filter.first.value)); walk.valid(); walk.next()) {
    const bytes_view key = walk.key();
    if (key.size() != 9 || key[0] != 'B' || walk.value().size() != bloom::size()) break;
    const u64 n = load_be64(key.data() + 1);
    if (n > on_disk) break;
    ASHLAR_CHECK(found.check_time());
    if (may_match(bloom::copy_of(walk.value().data()), filter)) ASHLAR_CHECK(look_into(n));
  }
  ASHLAR_CHECK(walk.check());
  for (u64 n = std::max(on_disk + 1, filter.first.value); n <= last; ++n) {
    ASHLAR_CHECK(found.check_time());
    const auto block = block_at(block_number{n});
    if (may_match(block->block.header.logs_bloom, filter)) ASHLAR_CHECK(look_into(n));
  }
  return std::move(found).take();
}

}  // namespace ashlar::store

#include <chrono>
#include <unordered_set>

#include "runtime/store/chain_parts.hpp"

namespace ashlar::store {

namespace {

constexpr u64 flush_bytes_max = 32u << 20;  // of pending blocks in one write batch
constexpr std::size_t flush_blocks_max = 512;

void put_block_rows(write_batch& batch, const executed_block& b, const head_info& info) {
  const u64 n = info.number.value;
  for (const auto& a : b.diff.accounts)
    batch.put(rows::version_key(a.who, n), rows::encode_account(n, a.after));
  for (const auto& s : b.diff.slots)
    batch.put(rows::version_key(slot_key{s.who, s.slot}, n), rows::encode_slot(n, s.after));
  for (const auto& [hash, code] : b.diff.codes) batch.put(rows::code_key(hash), code);
  batch.put(rows::info_key(n), rows::encode_info(info));
  batch.put(rows::number_key(info.hash), rows::encode_location({info.number, 0}));
  for (u32 i = 0; i < b.txn_hashes.size(); ++i)
    batch.put(rows::txn_key(b.txn_hashes[i]), rows::encode_location({info.number, i}));
  batch.put(rows::receipts_key(n), rows::encode_receipts(b.receipts));
  const bloom& logs = b.block.header.logs_bloom;
  if (!logs.is_zero()) batch.put(rows::bloom_key(n), {logs.data(), logs.size()});
}

/// The newest value of every key that the blocks wrote, once.
void put_newest_rows(write_batch& batch,
                     const std::vector<chain_store::parts::pending_block>& blocks, u64 seed) {
  std::unordered_set<address> accounts;
  std::unordered_set<slot_key, keyed_hash> slots(64, keyed_hash{seed});
  for (auto it = blocks.rbegin(); it != blocks.rend(); ++it) {
    const u64 n = it->info.number.value;
    for (const auto& a : it->block->diff.accounts)
      if (accounts.insert(a.who).second)
        batch.put(rows::newest_key(a.who), rows::encode_account(n, a.after));
    for (const auto& s : it->block->diff.slots)
      if (const slot_key k{s.who, s.slot}; slots.insert(k).second)
        batch.put(rows::newest_key(k), rows::encode_slot(n, s.after));
  }
}

}  // namespace

status<error> chain_store::parts::flush_some(bool& more) {
  std::lock_guard one_at_a_time{flush_mutex};
  std::vector<pending_block> todo;
  u64 size = 0, txns = 0;
  {
    std::shared_lock lock{mutex};
    for (const pending_block& b : pending) {
      if (b.info.number > published.number) break;
      if (todo.size() == flush_blocks_max || (size > 0 && size + b.bytes > flush_bytes_max)) break;
      todo.push_back(b);
      size += b.bytes;
      txns += b.block->block.txns.size();
    }
    more = !todo.empty() && todo.back().info.number < published.number;
  }
  if (todo.empty()) return nothing{};

  write_batch batch;
  for (const pending_block& b : todo) put_block_rows(batch, *b.block, b.info);
  put_newest_rows(batch, todo, reinterpret_cast<std::uintptr_t>(this));
  rows::meta_row meta;
  meta.identity = identity;
  meta.flushed = todo.back().info.number.value;
  ASHLAR_TRY(meta.chain, log->chain_at(block_number{meta.flushed}));
  batch.put(rows::meta_key(), rows::encode_meta(meta));
  // Not synchronous: the log is. What the system loses of this is executed again, and since the
  // height is in the same batch, what is left is whole.
  ASHLAR_CHECK(db->write(batch, false));

  flushed = meta.flushed;
  for (const pending_block& b : todo) {
    const u64 n = b.info.number.value;
    for (const auto& a : b.block->diff.accounts) accounts.settle(a.who, meta.flushed);
    for (const auto& s : b.block->diff.slots) slots.settle(slot_key{s.who, s.slot}, meta.flushed);
    for (const auto& [hash, code] : b.block->diff.codes)
      codes.put(hash, std::make_shared<const bytes>(code), code.size() + 64);
    blocks.put(n, b.block, b.bytes);
    receipts.put(n, receipts_ptr(b.block, &b.block->receipts), 64);
  }
  {
    std::unique_lock lock{mutex};
    for (const pending_block& b : todo) {
      pending_numbers.erase(b.info.hash);
      for (const hash256& h : b.block->txn_hashes) {
        const auto it = pending_txns.find(h);
        if (it != pending_txns.end() && it->second.number <= b.info.number) pending_txns.erase(it);
      }
      for (const auto& [hash, code] : b.block->diff.codes) {
        const auto it = pending_codes.find(hash);
        if (it != pending_codes.end() && it->second.get() == &code) pending_codes.erase(it);
      }
      pending.pop_front();
    }
  }
  blocks_flushed += todo.size();
  bytes_flushed += batch.size_bytes();
  ++flushes;
  {
    std::lock_guard lock{wake_mutex};
    lag.blocks -= todo.size();
    lag.txns -= txns;
    lag.bytes -= size;
  }
  room.notify_all();
  return nothing{};
}

void chain_store::parts::run_flusher() {
  std::unique_lock lock{wake_mutex};
  for (;;) {
    wake.wait(lock, [&] { return stop || lag.blocks > 0; });
    if (stop) return;
    const auto enough = [&] {
      return stop || lag.blocks >= config.unflushed_blocks_max / 4 ||
             lag.txns >= config.unflushed_txns_max / 4 ||
             lag.bytes >= config.unflushed_bytes_max / 4;
    };
    wake.wait_for(lock, std::chrono::milliseconds(config.flush_interval_ms), enough);
    if (stop) return;
    lock.unlock();
    bool more = true;
    status<error> done = nothing{};
    while (more && done.ok()) done = flush_some(more);
    lock.lock();
    if (!done.ok()) {
      failed = done.error();
      room.notify_all();
      lock.unlock();
      return fatal(done.error());
    }
  }
}

status<error> chain_store::flush() {
  bool more = true;
  while (more) {
    if (auto done = parts_->flush_some(more); !done.ok()) {
      {
        std::lock_guard lock{parts_->wake_mutex};
        parts_->failed = done.error();
      }
      parts_->fatal(done.error());
      return done;
    }
  }
  return nothing{};
}

}  // namespace ashlar::store

#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <unordered_map>

#include "runtime/store/chain_store.hpp"
#include "runtime/store/read_cache.hpp"
#include "runtime/store/state_rows.hpp"
#include "runtime/store/version_table.hpp"

namespace ashlar::store {

/// The inside of chain_store, shared by the files that write and those that read.
struct chain_store::parts {
  explicit parts(const chain_store_config& c, u64 seed)
      : config(c),
        accounts(c.state_cache_bytes / 2, seed),
        slots(c.state_cache_bytes / 2, seed ^ 0x9e3779b97f4a7c15ull),
        codes(c.code_cache_bytes),
        blocks(c.block_cache_bytes / 2),
        receipts(c.block_cache_bytes / 2) {}

  chain_store_config config;
  hash256 identity;  // of genesis
  stored_block_ptr genesis_block;
  std::unique_ptr<database> db;
  std::unique_ptr<block_log> log;

  // State: versions in memory, then the database.
  mutable version_table<address, rows::account_value> accounts;
  mutable version_table<slot_key, u256> slots;
  mutable read_cache<hash256, bytes> codes;
  mutable std::atomic<u64> cache_hits{0}, cache_misses{0};

  /// Staged and published blocks that are not on disk, numbers without a gap from flushed + 1.
  struct pending_block {
    executed_block_ptr block;
    head_info info;
    u64 bytes = 0;
  };
  mutable std::shared_mutex mutex;  // guards what follows
  std::deque<pending_block> pending;
  std::unordered_map<hash256, u64> pending_numbers;
  std::unordered_map<hash256, txn_location> pending_txns;
  std::unordered_map<hash256, std::shared_ptr<const bytes>> pending_codes;
  std::deque<hash256> hashes;  // the newest staged block's last
  head_info published, staged;
  std::atomic<u64> flushed{0};

  // Blocks read back from disk, or flushed lately.
  mutable read_cache<u64, stored_block> blocks;
  mutable read_cache<u64, std::vector<receipt>> receipts;

  // The flusher.
  std::mutex flush_mutex;  // one flush at a time
  std::mutex wake_mutex;
  std::condition_variable wake;  // the flusher has work, or must stop
  std::condition_variable room;  // something was flushed, or failed
  bool stop = false;
  std::optional<error> failed;
  struct backlog {
    u64 blocks = 0, txns = 0, bytes = 0;
  } lag;  // published and not flushed
  std::thread flusher;

  std::atomic<u64> blocks_flushed{0}, flushes{0}, bytes_flushed{0}, stage_waits{0};
  std::once_flag fatal_once;

  static constexpr std::size_t hashes_kept = 512;

  /// Tells the owner; the process is to end.
  void fatal(const error& e);
  /// A read error has no answer that would be right: tells the owner and ends the process.
  [[noreturn]] void unreadable(const error& e);
  template <class T>
  T must(result<T, error> r) {
    if (!r) unreadable(r.error());
    return std::move(*r);
  }

  status<error> load();
  status<error> write_genesis(const genesis& origin);
  status<error> flush_some(bool& more);
  void run_flusher();
  bool over_bounds() const;  // wake_mutex held

  const pending_block* find_pending(u64 number) const;  // mutex held
  std::optional<head_info> info_on_disk(u64 number);
  rows::account_value account_at(const address& who, u64 at);
  u256 slot_at(const slot_key& k, u64 at);
  std::shared_ptr<const bytes> code_of(const hash256& code_hash);
};

}  // namespace ashlar::store

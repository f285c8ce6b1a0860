#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/strong.hpp"
#include "runtime/evm/state_reader.hpp"
#include "runtime/store/block_log.hpp"
#include "runtime/store/executed_block.hpp"

namespace ashlar::store {

struct chain_store_config {
  std::string folder;  ///< holds `log` and `state`
  /// How far what is on disk may lag behind what readers see; `stage` waits at the bound. Also what
  /// a restart may have to execute again.
  u32 unflushed_blocks_max = 2'048;
  u64 unflushed_txns_max = 100'000;
  u64 unflushed_bytes_max = 256u << 20;
  /// The flusher gathers this long, or until a quarter of a bound is reached.
  u32 flush_interval_ms = 50;
  u64 state_cache_bytes = 256u << 20;  ///< latest accounts and slots, shared by all readers
  u64 code_cache_bytes = 32u << 20;
  u64 block_cache_bytes = 64u << 20;  ///< decoded blocks and receipts read back from disk
  u64 write_buffer_bytes = 32u << 20;
  bool flush_thread = true;     ///< off: only `flush()` moves blocks to disk (tests)
  leveldb::Env* env = nullptr;  ///< null: the system's
  /// Called once, from any thread, when a write failed: the process must end.
  std::function<void(const error&)> on_fatal;
};

/// Block 0 and the state that it starts from.
struct genesis {
  stored_block block;
  evm::state_diff diff;  ///< `before` all none or zero
};

struct head_info {
  block_number number;
  hash256 hash;
  unix_seconds timestamp;
  u64 txns_total = 0;     ///< transactions in blocks up to this one
  u64 priority_next = 0;  ///< id of the first priority operation that is in no block yet
};

struct txn_location {
  block_number number;
  u32 index = 0;
};

/// eth_getLogs: an address matches any of `accounts` (empty: all); position i of the topics any of
/// `topics[i]` (empty: all).
struct log_filter {
  block_number first, last;
  std::vector<address> accounts;
  std::array<std::vector<hash256>, 4> topics;
};

/// What one log query may take.
struct log_limits {
  u64 logs_max = 10'000;
  u64 bytes_max = 5u << 20;  ///< of the logs' data and topics together
  /// Asked once a block that is looked at; true ends the query. Empty: never.
  std::function<bool()> expired{};
};

struct located_log {
  block_number number;
  hash256 block_hash;
  unix_seconds timestamp;
  hash256 txn_hash;
  u32 txn_index = 0;
  u32 log_index = 0;  ///< in the block
  log_entry entry;
};

/// Blocks, receipts, indexes and the state at every height. Thread-safe.
///
/// A block becomes known in three steps. `stage`: its state can be built upon by the sequencer
/// (state_at_staged). The block log makes it durable. `publish`: readers see it, from memory. A
/// thread then moves it into LevelDB, several blocks in one write batch together with the flushed
/// height, so that disk always shows some height whole. After a crash the blocks between the
/// flushed height and the log's are executed again.
///
/// State is versioned: every value carries the block that wrote it, nothing is forgotten, so a
/// view of any height stays right while blocks are added. Lookups go to memory first and to disk
/// second; memory is pruned only behind a write that succeeded.
class chain_store {
 public:
  /// Opens or creates. Errors: those of block_log::open, wrong_genesis, wrong_schema.
  static result<std::unique_ptr<chain_store>, error> open(const chain_store_config& config,
                                                          const genesis& origin);
  /// Flushes what is published.
  ~chain_store();
  chain_store(const chain_store&) = delete;

  block_log& log() noexcept;
  const block_log& log() const noexcept;

  /// Height up to which the state database is complete: where re-execution starts.
  block_number flushed_height() const noexcept;

  /// The next block's effects, for state_at_staged alone. One thread stages and publishes.
  /// Waits while the flusher is too far behind. Errors: not_contiguous, wrong_parent, write_failed
  /// (fatal; from the flusher).
  status<error> stage(executed_block_ptr next);
  /// Shows the oldest staged block to readers. Precondition: the log holds it. Never waits.
  /// Errors: not_contiguous.
  status<error> publish(block_number number);
  /// Writes all that is published. Errors: write_failed (fatal).
  status<error> flush();

  /// The newest published block.
  head_info head() const;
  /// The newest staged block.
  head_info staged_head() const;

  /// Published blocks; null where there is none. A read error of the disk ends in on_fatal.
  stored_block_ptr block_at(block_number number) const;
  stored_block_ptr block_by_hash(const hash256& hash) const;
  std::optional<block_number> number_of(const hash256& block_hash) const;
  /// Staged blocks too: BLOCKHASH and the next block's parent ask here.
  std::optional<hash256> hash_of(block_number number) const;
  std::optional<head_info> info_at(block_number number) const;
  std::optional<txn_location> locate(const hash256& txn_hash) const;
  /// Whether a block that is staged and not published has it.
  bool is_staged(const hash256& txn_hash) const;
  receipts_ptr receipts_at(block_number number) const;
  /// Holds no more than `limits` allow, whatever matches. Errors: too_many, too_large, timed_out.
  result<std::vector<located_log>, error> logs(const log_filter& filter,
                                               const log_limits& limits) const;

  /// The state after a published block; null above the head. Cheap; use it from one thread; it
  /// must not outlive the store.
  std::unique_ptr<evm::state_reader> state_at(block_number number) const;
  /// The state after the newest staged block. From any thread; for the sequencer and its pool: it
  /// may hold what is not durable yet.
  std::unique_ptr<evm::state_reader> state_at_staged() const;
  /// Empty where unknown.
  std::shared_ptr<const bytes> code(const hash256& code_hash) const;

  struct counters {
    u64 blocks_flushed = 0, flushes = 0, bytes_flushed = 0;
    u64 unflushed_blocks = 0, unflushed_bytes = 0;
    u64 stage_waits = 0;  ///< times that stage had to wait for the flusher
    u64 cache_hits = 0, cache_misses = 0, cache_bytes = 0;
  };
  counters totals() const;

  struct parts;

 private:
  explicit chain_store(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};

}  // namespace ashlar::store

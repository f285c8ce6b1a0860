#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/strong.hpp"
#include "runtime/store/database.hpp"
#include "runtime/store/watermark.hpp"
#include "runtime/types/block.hpp"

namespace ashlar::store {

struct block_log_config {
  std::string folder;
  u64 record_bytes_max = 256u << 20;  ///< a larger block is a programmer error
  u64 write_buffer_bytes = 8u << 20;
  leveldb::Env* env = nullptr;  ///< null: the system's
};

/// What the log keeps of a block: all that re-execution needs. Senders are kept because
/// recovering them costs more than executing a transfer.
struct log_record {
  ashlar::block block;
  std::vector<address> senders;  ///< one a transaction
};

bytes encode_log_record(const ashlar::block& b, std::span<const address> senders);
result<log_record, error> decode_log_record(bytes_view payload);

/// The authority on what happened: blocks in order, one synchronous put each. Everything else on
/// disk can be built from it.
///
/// A running hash ties the records: chain(n) = BLAKE3(chain(n-1) | n be | epoch be |
/// BLAKE3(payload)), chain(0) = BLAKE3("ashlar block log" | genesis hash). A small file beside the
/// database, written after each append, holds the least height that is durable: LevelDB opens a log
/// that was cut short without an error, and this is how it is noticed.
///
/// One thread appends; any thread reads.
class block_log {
 public:
  /// Opens, and verifies the chain from `checked` on: a height and its chain hash that the caller
  /// knows to be good, or height 0. Errors: open_failed, damaged, truncated, wrong_genesis,
  /// watermark_missing.
  struct checkpoint {
    block_number height;
    hash256 chain;
  };
  static result<std::unique_ptr<block_log>, error> open(const block_log_config& config,
                                                        const hash256& genesis_hash,
                                                        const checkpoint* checked = nullptr);
  ~block_log();

  /// Durable when it returns. `payload` is encode_log_record's. Errors: not_contiguous,
  /// stale_epoch (nothing was written), write_failed (fatal).
  status<error> append(block_number number, bytes_view payload, epoch writer = epoch{});

  /// Height of the last durable block; 0 when there is none.
  block_number height() const noexcept { return block_number{height_.load()}; }
  /// Chain hash at the head.
  hash256 chain() const;
  /// The highest epoch that appended.
  epoch writer_epoch() const;

  /// A record, checked against its own link. Errors: not_found, damaged, read_failed.
  result<log_record, error> read(block_number number) const;
  result<hash256, error> chain_at(block_number number) const;
  /// Reads and checks every record of (after, to]; the cost of reading them all.
  status<error> verify_range(checkpoint after, block_number to) const;

 private:
  struct record;
  block_log(const block_log_config& config, const hash256& genesis_hash);
  status<error> recover(const checkpoint* checked);
  result<record, error> raw(block_number number) const;

  block_log_config config_;
  hash256 origin_;  ///< chain(0)
  std::unique_ptr<database> db_;
  std::unique_ptr<watermark> watermark_;
  std::atomic<u64> height_{0};
  mutable std::mutex mutex_;           ///< guards what follows
  std::deque<hash256> recent_chains_;  ///< up to the head; at least the head's
  epoch epoch_;
};

}  // namespace ashlar::store

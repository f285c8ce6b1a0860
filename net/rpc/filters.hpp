#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/http/rate_limiter.hpp"
#include "net/rpc/backend.hpp"
#include "net/rpc/config.hpp"
#include "runtime/base/random.hpp"

namespace ashlar::rpc {

enum class filter_kind : u8 { logs, blocks, pending };

/// What eth_newFilter and its like remember between polls.
struct filter_state {
  filter_kind kind = filter_kind::logs;
  log_filter logs;          ///< from and to as asked for; to = max where it is open
  block_number next_block;  ///< first block not yet reported
  u64 next_pending = 0;     ///< first sequence number not yet reported
};

enum class filter_errc : u8 { too_many, too_many_of_address, too_many_alternatives };

/// Installed filters, by an id that cannot be guessed. Thread-safe.
class filter_store {
 public:
  using time = std::chrono::nanoseconds;  ///< steady

  filter_store(const rpc_config& config, random_source& random)
      : config_(config), random_(random) {}

  /// The id: 16 bytes.
  result<fixed_bytes<16>, filter_errc> add(filter_state state, const http::address_key& owner,
                                           time now);
  /// Counts as a poll: the time-out starts again. None: unknown or timed out.
  std::optional<filter_state> find(const fixed_bytes<16>& id, time now);
  void advance(const fixed_bytes<16>& id, block_number next_block, u64 next_pending);
  bool remove(const fixed_bytes<16>& id);
  std::size_t size() const;
  bool any_pending() const noexcept { return pending_filters_ > 0; }

 private:
  struct entry {
    filter_state state;
    http::address_key owner;
    time used;
  };
  using table = std::unordered_map<fixed_bytes<16>, entry>;
  void expire(time now);
  table::iterator drop(table::iterator at);

  const rpc_config& config_;
  random_source& random_;
  mutable std::mutex mutex_;
  table filters_;
  struct share {
    std::size_t filters = 0;
    std::size_t alternatives = 0;
  };
  /// Whether there is room for that filter beside the owner's others.
  status<filter_errc> check_share(const http::address_key& owner, std::size_t alternatives) const;
  std::unordered_map<http::address_key, share> by_owner_;
  std::atomic<std::size_t> pending_filters_{0};
  time swept_{};
};

/// The last accepted transactions, numbered, for pending filters. Thread-safe.
class pending_ring {
 public:
  explicit pending_ring(std::size_t hashes_max) : hashes_max_(hashes_max) {}
  void push(std::span<const pending_txn_ptr> txns);
  /// Sequence number of the next hash to come.
  u64 next() const;
  /// Hashes from `from` on that are still kept; sets `from` to next().
  std::vector<hash256> since(u64& from) const;

 private:
  const std::size_t hashes_max_;
  mutable std::mutex mutex_;
  std::deque<hash256> hashes_;
  u64 next_ = 0;
};

}  // namespace ashlar::rpc

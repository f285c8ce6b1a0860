#pragma once

#include <map>
#include <optional>
#include <unordered_map>

#include "runtime/base/bytes.hpp"
#include "runtime/base/strong.hpp"

namespace ashlar::sequencer {

/// Senders whose transactions were executed for nothing: what takes more proving than a block may
/// is dropped and pays nothing. After each such drop the sender rests for a time that doubles, so
/// that whoever repeats it costs few executions. Not thread-safe.
class resting_senders {
 public:
  static constexpr u64 seconds_max = 3600;
  /// Drops are forgotten so long after the last one.
  static constexpr u64 forgotten_seconds = 24 * 3600;

  /// Holds at most `senders_max` (at least 1), those with the latest drops.
  explicit resting_senders(std::size_t senders_max) : senders_max_(senders_max) {}

  /// A drop of this sender's: it rests for 1, 2, 4 ... seconds, at most `seconds_max`.
  void note(const address& who, unix_seconds now);
  /// When the sender's transactions are taken again; none where they are now. A clock that was set
  /// back makes no rest longer than its length.
  std::optional<unix_seconds> rests_until(const address& who, unix_seconds now) const;
  std::size_t size() const noexcept { return senders_.size(); }

 private:
  struct rest {
    u64 seconds = 0;  ///< length of the last one
    unix_seconds from;
    u64 order = 0;
  };

  std::size_t senders_max_;
  u64 next_order_ = 0;
  std::unordered_map<address, rest> senders_;
  std::map<u64, address> by_order_;  ///< of their last drops
};

}  // namespace ashlar::sequencer

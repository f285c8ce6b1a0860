#pragma once

#include <functional>
#include <span>

#include "net/l1/client.hpp"

namespace ashlar::l1 {

/// Of how many blocks an endpoint is asked for logs at once. Each bounds something else, blocks,
/// logs, bytes or seconds, and refuses in words and codes of its own; so the size of a question is
/// found by asking: half after an error, a quarter more after an answer.
class log_range {
 public:
  /// Precondition: 1 or more.
  explicit log_range(u64 blocks_max) noexcept;

  u64 blocks() const noexcept { return blocks_; }
  /// A question for so many blocks failed: whether a smaller one may be answered, which `blocks`
  /// then gives. Not of one block, nor of errors that have nothing to do with it.
  bool narrow(u64 asked, const l1_error& why) noexcept;
  void widen() noexcept;

 private:
  u64 blocks_max_, blocks_;
};

/// An account's logs with any of these topics, oldest first, from a block to the head as it is at
/// the beginning, 1,000 blocks a question at most, as public endpoints answer them, and fewer where
/// the endpoint wants it so. Ends where `take` answers false. Errors are the client's; they name
/// the block where one block alone is refused.
status<l1_error> scan_logs(client& c, l1_block_number from, const address& account,
                           std::span<const hash256> topics_any_of,
                           const std::function<bool(const l1_log&)>& take);

}  // namespace ashlar::l1

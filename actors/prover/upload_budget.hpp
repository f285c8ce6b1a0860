#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

#include "runtime/base/bytes.hpp"

namespace ashlar::prover {

/// Memory for proofs of workers, over all connections: from their first byte until they are kept or
/// refused. Thread-safe.
class upload_budget {
 public:
  explicit upload_budget(u64 bytes_max) : state_(std::make_shared<state>()) {
    state_->left = bytes_max;
  }
  /// A share, which is given back with the last copy of the pointer, also after the budget's end;
  /// null when so much was not free within the time.
  std::shared_ptr<const void> take(u64 size, u32 wait_ms);

 private:
  struct state {
    std::mutex mutex;
    std::condition_variable freed;
    u64 left = 0;
  };
  struct share;
  std::shared_ptr<state> state_;
};

}  // namespace ashlar::prover

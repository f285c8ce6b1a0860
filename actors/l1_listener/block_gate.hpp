#pragma once

#include <mutex>
#include <string>

#include "runtime/store/batch_store.hpp"

namespace ashlar::l1_listener {

class l1_view;

/// Whether blocks may be made on this node's chain: closed until it is known that L1 has no batch
/// that the chain lacks, and while L1 has what the chain can never settle behind. What was
/// confirmed on an older folder would contradict what had been confirmed before. Thread-safe.
class block_gate {
 public:
  /// Why nothing may be made, for the operator; empty: it may.
  std::string why_closed() const {
    std::lock_guard lock{mutex_};
    return why_;
  }
  /// Empty: it is open.
  void close(std::string why) {
    std::lock_guard lock{mutex_};
    why_ = std::move(why);
  }

 private:
  mutable std::mutex mutex_;
  std::string why_ =
      "L1 was not read to its head since this node started, so it may have batches that this "
      "node's folder lacks";
};

/// That L1 has batches up to `there` and the folder up to `here`; empty where it has them all.
std::string older_than(batch_number there, batch_number here);

/// What the view says against blocks on this chain; empty: nothing. Cost: the view's rows.
std::string contradiction(const l1_view& view, const store::batch_store& batches);

}  // namespace ashlar::l1_listener

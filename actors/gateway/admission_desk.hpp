#pragma once

#include <deque>
#include <mutex>

#include "actors/gateway/admission.hpp"

namespace ashlar::gateway {

/// Where short lists meet that are submitted at about the same time, so that their senders are
/// recovered together. Nothing waits for others to come: a list that finds nobody at work is
/// recovered at once by the thread that brings it, a single transaction alone. What comes while
/// somebody works is left to him, who takes all that lies there, up to eight transactions in one
/// go; whoever completes eight takes them himself, so that no thread is idle while there is a
/// group's work. Thread-safe. What waits is bounded by whoever submits (in_flight).
class admission_desk {
 public:
  using callback = std::function<void(std::vector<admitted>)>;

  /// `admit` for each of 1 to `admitted_together` transactions. `done`, which throws nothing, is
  /// called once, by this thread or another one that is in here, with the answers in order. `raw`'s
  /// bytes stay valid until then.
  void admit(std::span<const bytes_view> raw, const chain_config& chain, revision rules,
             callback done);

 private:
  struct entry {
    std::vector<checked_txn> list;
    callback done;
  };

  void work();
  /// The first entries, eight transactions at most. Under the mutex.
  std::vector<entry> take();

  std::mutex mutex_;
  std::deque<entry> waiting_;
  std::size_t waiting_txns_ = 0;  ///< of the entries that wait
  std::size_t working_ = 0;       ///< threads in `work`; where there is none, nothing waits
};

}  // namespace ashlar::gateway

#pragma once

#include <mutex>

#include "actors/gateway/admission.hpp"

namespace ashlar::gateway {

/// Where short lists meet that are submitted at about the same time, so that their senders are
/// recovered together. Nothing waits for others to come: a list that finds nobody recovering is
/// recovered at once by the thread that brings it, a single transaction alone. What comes while
/// somebody recovers is left to him; whoever completes eight transactions takes all that lies there
/// himself, so that no thread is idle while there is a group's work. Nobody is kept: who recovers
/// serves what he took with his own list and, once, what was left to him meanwhile. Thread-safe.
/// What waits is less than eight transactions.
class admission_desk {
 public:
  using callback = std::function<void(std::vector<admitted>)>;
  /// As many answers as there are transactions, in order.
  using recoverer = std::function<std::vector<admitted>(std::vector<checked_txn>)>;

  explicit admission_desk(recoverer recover = recovered) : recover_(std::move(recover)) {}

  /// `admit` for each of 1 to `admitted_together` transactions. `done` is called once, by this
  /// thread or another one that is in here, with the answers in order; what it throws ends here and
  /// concerns no other list. `raw` is read before the call returns, and after the last `done` the
  /// desk is not touched.
  void admit(std::span<const bytes_view> raw, const chain_config& chain, revision rules,
             callback done);

 private:
  struct entry {
    std::vector<checked_txn> list;
    callback done;
  };
  using group = std::vector<entry>;

  /// All that is to be recovered by who brings `own`: none where it is left to another. Takes
  /// `own` unless it throws.
  group enter(entry& own);
  /// The end of a recovery; what nobody else will see to.
  group leave() noexcept;
  /// All that waits. Under the mutex.
  group take() noexcept;
  /// None where it fails: `tell` has an answer then.
  std::vector<admitted> recover(group& some) const noexcept;
  static void tell(const group& some, std::vector<admitted> answers) noexcept;

  const recoverer recover_;
  std::mutex mutex_;
  group waiting_;
  std::size_t waiting_txns_ = 0;  ///< of the entries that wait
  /// Threads between `enter` and `leave`, each of which looks at what waits when it leaves; where
  /// there is none, nothing waits.
  std::size_t recovering_ = 0;
};

}  // namespace ashlar::gateway

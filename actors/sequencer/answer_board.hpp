#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "actors/api/messages.hpp"
#include "runtime/base/clock.hpp"

namespace ashlar::sequencer {

/// Called once, from any thread.
using answer_function = std::function<void(api::submit_answer_list_ptr)>;

/// Who waits for which transaction. A list of submissions is answered when each of its items is,
/// or when its deadline passes. Thread-safe; answers are given outside the lock.
class answer_board {
 public:
  /// `waits_max`: items that may wait at a time.
  explicit answer_board(u64 waits_max) : waits_max_(waits_max) {}

  class group;
  using group_ptr = std::shared_ptr<group>;
  /// Notes every item of the list as waiting. Null where too many wait already.
  group_ptr open(const api::submission_list_ptr& list, clock::duration deadline,
                 answer_function done);
  /// Answers one item of one group.
  void answer(const group_ptr& g, u32 index, api::submit_answer what);
  /// Answers whoever waits for the transaction. `make` is told whether a signature is wanted.
  void answer_all(const hash256& txn_hash,
                  const std::function<api::submit_answer(bool sign)>& make);
  /// Items of groups whose deadline has passed are answered `not_confirmed_in_time`.
  void expire(clock::duration now);
  /// Answers everybody.
  void close(const api::drop_reason& why);
  bool empty() const;

 private:
  struct place {
    group_ptr g;
    u32 index;
  };
  void set(const group_ptr& g, u32 index, api::submit_answer what,
           std::vector<group_ptr>& finished);
  void answer_rest(const group_ptr& g, const api::drop_reason& why,
                   std::vector<group_ptr>& finished);
  static void tell(const std::vector<group_ptr>& finished);

  const u64 waits_max_;
  mutable std::mutex mutex_;
  std::unordered_multimap<hash256, place> waiting_;
  std::multimap<clock::duration, group_ptr> deadlines_;
};

}  // namespace ashlar::sequencer

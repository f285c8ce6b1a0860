#pragma once

#include <memory>
#include <random>
#include <string>

#include "test/e2e/crash/ledger.hpp"

namespace ashlar::test {

/// When a node is killed. Most kinds wait for it to write somewhere: the kill then falls between
/// that write and the next, give or take the wait that the seed adds.
enum class moment_kind : u8 {
  starting,   ///< before it answers
  any_time,   ///< so long after it answered
  confirmed,  ///< when so many more transactions were confirmed
  block_log,  ///< an append to the log of blocks
  state,      ///< blocks moved to the state database
  witness,    ///< a batch's witness: its tree comes next
  tree,       ///< a batch's tree: its record comes next
  batch,      ///< a batch's record, or its stage
  intent,     ///< the publisher's journal: the transaction to L1 comes next
  l1_view,    ///< what the listener read
};
const char* to_text(moment_kind kind);

struct moment {
  moment_kind kind{};
  u64 count = 0;     ///< of events or transactions
  u64 delay_us = 0;  ///< since then
};
std::string to_text(const moment& m);

/// `number` of a run: each kind comes in turn, the rest is random.
moment choose_moment(unsigned number, std::mt19937_64& random);

/// A number that whoever runs the tests may choose, as a seed or how many kills.
u64 from_environment(const char* name, u64 otherwise);

/// Waits for a moment. Made before the node starts to write, so that nothing is missed.
class moment_watch {
 public:
  moment_watch(const moment& m, const rig& r, const ledger& told);
  ~moment_watch();
  moment_watch(const moment_watch&) = delete;

  /// False where it did not come within the patience: the caller kills anyway.
  bool wait(std::chrono::milliseconds patience);

 private:
  bool wait_for_writes(std::chrono::steady_clock::time_point until);
  moment moment_;
  const ledger& told_;
  int file_ = -1;  // of inotify
};

}  // namespace ashlar::test

#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include <leveldb/env.h>

namespace ashlar::store {

/// An environment whose databases have a background thread of their own. LevelDB has one for the
/// whole process, in order of arrival: a log whose full write buffer waits there behind another
/// database's compaction cannot take the next block. Outlives its databases.
class compaction_thread final : public leveldb::EnvWrapper {
 public:
  /// `base` does the rest, and outlives this. `yields`: to every other thread that wants a core.
  compaction_thread(leveldb::Env* base, bool yields);
  /// Databases wait for their work before they close, so nothing is left to do.
  ~compaction_thread() override;
  compaction_thread(const compaction_thread&) = delete;

  void Schedule(void (*work)(void* of), void* of) override;

 private:
  void run(bool yields);

  std::mutex mutex_;
  std::condition_variable awake_;
  std::deque<std::pair<void (*)(void*), void*>> waiting_;
  bool stopping_ = false;
  std::thread thread_;  ///< last: it uses what is above
};

}  // namespace ashlar::store

#include "runtime/store/compaction_thread.hpp"

#include <sys/resource.h>

namespace ashlar::store {

namespace {

/// As actors/batch's: an eighth of a thread's share remains where every core is busy.
constexpr int background_niceness = 10;

}  // namespace

compaction_thread::compaction_thread(leveldb::Env* base, bool yields)
    : EnvWrapper(base), thread_([this, yields] { run(yields); }) {}

compaction_thread::~compaction_thread() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  awake_.notify_one();
  thread_.join();
}

void compaction_thread::Schedule(void (*work)(void* of), void* of) {
  {
    std::lock_guard lock{mutex_};
    waiting_.emplace_back(work, of);
  }
  awake_.notify_one();
}

void compaction_thread::run(bool yields) {
  // On Linux a thread has its own niceness.
  if (yields) (void)setpriority(PRIO_PROCESS, 0, background_niceness);
  for (;;) {
    std::unique_lock lock{mutex_};
    awake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const auto [work, of] = waiting_.front();
    waiting_.pop_front();
    lock.unlock();
    work(of);
  }
}

}  // namespace ashlar::store

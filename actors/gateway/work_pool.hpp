#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/base/bytes.hpp"

namespace ashlar::gateway {

/// Threads that take tasks in order. A task throws nothing. Thread-safe.
class work_pool {
 public:
  /// Throws std::system_error where the system gives no more threads; none is left then.
  work_pool(u32 threads, std::size_t queue_max);
  /// Runs what waits, then joins. Not from a task.
  ~work_pool();
  work_pool(const work_pool&) = delete;

  /// False: no threads, or the queue is full; the task was not taken.
  bool post(std::function<void()> task);
  std::size_t threads() const noexcept { return threads_.size(); }

 private:
  void serve();
  void end();

  const std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable awake_;
  std::deque<std::function<void()>> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace ashlar::gateway

#include "actors/gateway/work_pool.hpp"

namespace ashlar::gateway {

work_pool::work_pool(u32 threads, std::size_t queue_max) : queue_max_(queue_max) {
  // A thread that cannot be made is an error to report, and those made before it must end first.
  try {
    threads_.reserve(threads);
    for (u32 i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
  } catch (...) {
    end();
    throw;
  }
}

work_pool::~work_pool() {
  end();
}

void work_pool::end() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  awake_.notify_all();
  for (std::thread& t : threads_) t.join();
}

bool work_pool::post(std::function<void()> task) {
  {
    std::lock_guard lock{mutex_};
    if (threads_.empty() || stopping_ || tasks_.size() >= queue_max_) return false;
    tasks_.push_back(std::move(task));
  }
  awake_.notify_one();
  return true;
}

void work_pool::serve() {
  for (;;) {
    std::function<void()> task;
    {
      std::unique_lock lock{mutex_};
      awake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace ashlar::gateway

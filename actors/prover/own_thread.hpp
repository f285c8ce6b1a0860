#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

namespace ashlar::prover {

/// One thread for what must be made, used and destroyed on the same one, as a GPU's backend. It has
/// the priority of the thread that made it. `call` may be called by any thread but its own.
class own_thread {
 public:
  own_thread() : thread_([this] { work(); }) {}
  own_thread(const own_thread&) = delete;
  own_thread& operator=(const own_thread&) = delete;
  /// Precondition: nobody calls any more.
  ~own_thread();

  /// Runs it there, after the calls before it, and waits for it. Gives what it gives, and throws
  /// what it throws.
  template <class F>
  auto call(F&& f) {
    // Shared: it is still in its own call when we hear that it is done.
    const auto task = std::make_shared<std::packaged_task<decltype(f())()>>(std::forward<F>(f));
    auto done = task->get_future();
    run([task] { (*task)(); });
    return done.get();
  }

 private:
  /// Queues it; comes back at once. The caller waits for the task's end.
  void run(std::function<void()> task);
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool ends_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace ashlar::prover

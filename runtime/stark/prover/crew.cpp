#include "runtime/stark/prover/crew.hpp"

#include <algorithm>
#include <utility>

namespace ashlar::stark {

crew::crew(unsigned workers) {
  if (workers == 0) workers = std::max(1u, std::thread::hardware_concurrency());
  // A thread that cannot be made is an error to report, and those made before it must end first.
  try {
    threads_.reserve(workers - 1);
    for (unsigned i = 1; i < workers; ++i) threads_.emplace_back([this] { serve(); });
  } catch (...) {
    end();
    throw;
  }
}

crew::~crew() {
  end();
}

void crew::end() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (auto& t : threads_) t.join();
}

// Takes pieces until none is left. A thread counts as busy from the same moment in which it takes a
// piece, so a loop is done when none is left and nobody is busy: threads that wake too late to find
// a piece are not waited for.
void crew::take_pieces() {
  std::unique_lock lock(mutex_);
  while (next_ < n_) {
    const std::size_t first = next_;
    const std::size_t last = next_ = std::min(n_, first + grain_);
    const auto& work = *work_;
    ++busy_;
    lock.unlock();
    std::exception_ptr thrown;
    try {
      work(first, last);
    } catch (...) {
      thrown = std::current_exception();
    }
    lock.lock();
    --busy_;
    if (!thrown) continue;
    if (!thrown_) thrown_ = thrown;
    next_ = n_;
  }
  if (busy_ == 0) done_.notify_all();
}

void crew::serve() {
  unsigned long seen = 0;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stop_ || round_ != seen; });
      if (stop_) return;
      seen = round_;
    }
    take_pieces();
  }
}

void crew::split(std::size_t n, std::size_t grain,
                 const std::function<void(std::size_t, std::size_t)>& work) {
  if (n == 0) return;
  if (threads_.empty() || n <= grain) {
    work(0, n);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    work_ = &work;
    n_ = n;
    grain_ = grain;
    next_ = 0;
    thrown_ = nullptr;
    ++round_;
  }
  wake_.notify_all();
  take_pieces();
  std::unique_lock lock(mutex_);
  done_.wait(lock, [&] { return busy_ == 0; });
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

}  // namespace ashlar::stark

#include "runtime/store/crew.hpp"

#include "runtime/base/ensure.hpp"

namespace ashlar::store {

crew::crew(unsigned members) {
  ensure(members >= 1);
  // A thread that cannot be made is an error to report, and those made before it must end first.
  try {
    threads_.reserve(members - 1);
    for (unsigned i = 1; i < members; ++i) threads_.emplace_back([this, i] { serve(i); });
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
    closing_ = true;
  }
  start_.notify_all();
  for (std::thread& t : threads_) t.join();
}

void crew::run(const std::function<void(unsigned)>& job) {
  if (!threads_.empty()) {
    const std::lock_guard lock(mutex_);
    job_ = &job;
    busy_ = threads_.size();
    ++round_;
    start_.notify_all();
  }
  job(0);
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return busy_ == 0; });
}

void crew::serve(unsigned member) {
  u64 seen = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    start_.wait(lock, [&] { return closing_ || round_ != seen; });
    if (closing_) return;
    seen = round_;
    const auto* job = job_;
    lock.unlock();
    (*job)(member);
    lock.lock();
    if (--busy_ == 0) done_.notify_one();
  }
}

}  // namespace ashlar::store

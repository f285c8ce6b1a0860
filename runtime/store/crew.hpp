#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/base/bytes.hpp"

namespace ashlar::store {

/// A few threads that do one job together. The caller is one of them, so a crew of one has none.
class crew {
 public:
  /// Throws std::system_error where the system gives no more threads; those it gave are ended.
  explicit crew(unsigned members);
  ~crew();
  crew(const crew&) = delete;
  crew& operator=(const crew&) = delete;

  unsigned members() const noexcept { return static_cast<unsigned>(threads_.size()) + 1; }

  /// Calls job(0) .. job(members() - 1), each on its own thread, and returns when all have.
  /// One call at a time. The job does not throw.
  void run(const std::function<void(unsigned)>& job);

 private:
  void serve(unsigned member);
  void end();

  std::mutex mutex_;
  std::condition_variable start_, done_;
  const std::function<void(unsigned)>* job_ = nullptr;
  u64 round_ = 0;
  std::size_t busy_ = 0;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace ashlar::store

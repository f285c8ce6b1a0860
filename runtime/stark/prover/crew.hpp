#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace ashlar::stark {

/// Threads that share loops. The result of a loop must not depend on who runs which part.
class crew {
 public:
  /// `workers` threads in all, the caller's included; 0 for one a processor. Throws
  /// std::system_error where the system gives no more threads.
  explicit crew(unsigned workers = 0);
  ~crew();
  crew(const crew&) = delete;
  crew& operator=(const crew&) = delete;

  unsigned size() const noexcept { return static_cast<unsigned>(threads_.size()) + 1; }

  /// work(first, last) over [0, n) in pieces of `grain`; returns when all is done. Not reentrant.
  /// What a piece throws, on any thread, is thrown here once nobody works any more; pieces that
  /// were not begun are left out.
  void split(std::size_t n, std::size_t grain,
             const std::function<void(std::size_t, std::size_t)>& work);

 private:
  void serve();
  void end();
  void take_pieces();

  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  const std::function<void(std::size_t, std::size_t)>* work_ = nullptr;
  std::size_t n_ = 0, grain_ = 1, next_ = 0;
  unsigned busy_ = 0;
  std::exception_ptr thrown_;
  unsigned long round_ = 0;
  bool stop_ = false;
};

}  // namespace ashlar::stark

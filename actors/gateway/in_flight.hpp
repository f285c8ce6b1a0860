#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

namespace ashlar::gateway {

/// How much is under way, with a bound. Thread-safe; shared by all who may leave last.
class in_flight {
 public:
  explicit in_flight(std::size_t most) : most_(most) {}

  /// False: it would be more than the bound, or the doors are closed. A single entry larger than
  /// the bound passes when nothing else is under way.
  bool enter(std::size_t n) {
    std::lock_guard lock{mutex_};
    if (closed_ || (now_ != 0 && (now_ >= most_ || n > most_ - now_))) {
      ++refused_;
      return false;
    }
    now_ += n;
    return true;
  }
  void leave(std::size_t n) {
    std::lock_guard lock{mutex_};
    now_ -= n;
    if (now_ == 0) idle_.notify_all();
  }
  /// Nothing enters any more.
  void close() {
    std::lock_guard lock{mutex_};
    closed_ = true;
  }
  void wait_idle() {
    std::unique_lock lock{mutex_};
    idle_.wait(lock, [this] { return now_ == 0; });
  }
  bool is_closed() const {
    std::lock_guard lock{mutex_};
    return closed_;
  }
  std::size_t now() const {
    std::lock_guard lock{mutex_};
    return now_;
  }
  std::size_t refused() const {
    std::lock_guard lock{mutex_};
    return refused_;
  }

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::size_t now_ = 0, refused_ = 0;
  bool closed_ = false;
};

/// `n` that entered: they leave when it is said, at the latest with this object, so that nothing
/// stays under way for ever whose answer was lost to an exception. Owned by the callback of whoever
/// waits; not thread-safe.
class flight {
 public:
  flight(std::shared_ptr<in_flight> where, std::size_t n) : where_(std::move(where)), n_(n) {}
  ~flight() { leave(); }
  flight(const flight&) = delete;

  void leave() {
    if (where_ != nullptr) std::exchange(where_, nullptr)->leave(n_);
  }

 private:
  std::shared_ptr<in_flight> where_;
  const std::size_t n_;
};

}  // namespace ashlar::gateway

#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "net/http/error.hpp"
#include "net/http/rate_limiter.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

namespace ashlar::http {

struct worker_config {
  u32 quick_threads = 2;         ///< 1..256
  u32 heavy_threads = 2;         ///< 1..256
  std::size_t queue_max = 8192;  ///< tasks waiting, each lane; 1..1,000,000
  u32 asking_threads = 2;        ///< 1..256

  status<http_error> validate() const;
};

/// So that work that takes long never holds up what does not: `heavy` computes or reads much
/// (calls, log queries), `asking` waits for others (roles, who may wait for L1: /health, /metrics),
/// `quick` does neither.
enum class lane : u8 { quick, heavy, asking };

/// Threads that run what must not run on an io thread. Thread-safe.
class worker_pool {
 public:
  using task = std::function<void()>;

  /// Precondition: config.validate() is ok. Throws std::system_error where the system gives no more
  /// threads; none is left then.
  explicit worker_pool(worker_config config);
  /// Stops.
  ~worker_pool();
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  /// `who`: whose turn it is when the task runs. Addresses take turns, so that what one of them
  /// sends is passed by another's; tasks of one address run in order. An address has at most as
  /// many tasks waiting as places are left for others. The zero address is the process itself.
  /// False: there is no place, or the pool stops; the task was not taken.
  [[nodiscard]] bool post(lane where, task what, const address_key& who = {});
  /// Runs what waits, then joins. Not from a task.
  void stop();
  std::size_t waiting(lane where) const;

 private:
  struct queue {
    std::mutex mutex;
    std::condition_variable awake;
    std::unordered_map<address_key, std::deque<task>> waiting;
    std::deque<address_key> turns;  ///< whoever waits, once
    std::size_t tasks = 0;          ///< of all
    bool stopping = false;
  };
  queue& of(lane where) noexcept { return queues_[static_cast<std::size_t>(where)]; }
  bool has_place(const queue& in, const address_key& who) const;
  static void work(queue& from);
  static task take(queue& from);

  const worker_config config_;
  mutable queue queues_[3];
  std::vector<std::thread> threads_;
};

}  // namespace ashlar::http

#include "net/http/worker_pool.hpp"

#include <exception>
#include <sys/resource.h>

namespace ashlar::http {
namespace {

/// How much heavy threads yield to others (setpriority, which is of a thread on Linux): what is
/// confirmed and sent comes first.
constexpr int heavy_niceness = 10;

}  // namespace

status<http_error> worker_config::validate() const {
  const auto bad = [](const char* what) { return fail(http_error{http_errc::bad_config, what}); };
  if (quick_threads < 1 || quick_threads > 256) return bad("quick_threads must be 1 to 256");
  if (heavy_threads < 1 || heavy_threads > 256) return bad("heavy_threads must be 1 to 256");
  if (asking_threads < 1 || asking_threads > 256) return bad("asking_threads must be 1 to 256");
  if (queue_max < 1 || queue_max > 1'000'000) return bad("queue_max must be 1 to 1000000");
  return nothing{};
}

worker_pool::worker_pool(worker_config config) : config_(config) {
  ensure(config.validate().ok());
  // A thread that cannot be made is an error to report, and those made before it must end first.
  try {
    threads_.reserve(config.quick_threads + config.heavy_threads + config.asking_threads);
    for (u32 i = 0; i < config.quick_threads; ++i)
      threads_.emplace_back([this] { work(of(lane::quick)); });
    for (u32 i = 0; i < config.heavy_threads; ++i)
      threads_.emplace_back([this] {
        (void)setpriority(PRIO_PROCESS, 0, heavy_niceness);
        work(of(lane::heavy));
      });
    for (u32 i = 0; i < config.asking_threads; ++i)
      threads_.emplace_back([this] { work(of(lane::asking)); });
  } catch (...) {
    stop();
    throw;
  }
}

worker_pool::~worker_pool() {
  stop();
}

bool worker_pool::has_place(const queue& in, const address_key& who) const {
  if (in.tasks >= config_.queue_max) return false;
  if (who == address_key{}) return true;
  const auto mine = in.waiting.find(who);
  return mine == in.waiting.end() || mine->second.size() < config_.queue_max - in.tasks;
}

bool worker_pool::post(lane where, task what, const address_key& who) {
  queue& to = of(where);
  {
    const std::lock_guard lock(to.mutex);
    if (to.stopping || !has_place(to, who)) return false;
    std::deque<task>& mine = to.waiting[who];
    mine.push_back(std::move(what));
    if (mine.size() == 1) to.turns.push_back(who);
    ++to.tasks;
  }
  to.awake.notify_one();
  return true;
}

void worker_pool::stop() {
  for (queue& q : queues_) {
    const std::lock_guard lock(q.mutex);
    q.stopping = true;
    q.awake.notify_all();
  }
  for (std::thread& t : threads_)
    if (t.joinable()) t.join();
}

std::size_t worker_pool::waiting(lane where) const {
  queue& q = queues_[static_cast<std::size_t>(where)];
  const std::lock_guard lock(q.mutex);
  return q.tasks;
}

worker_pool::task worker_pool::take(queue& from) {
  const address_key who = from.turns.front();
  from.turns.pop_front();
  const auto mine = from.waiting.find(who);
  task next = std::move(mine->second.front());
  mine->second.pop_front();
  --from.tasks;
  if (mine->second.empty())
    from.waiting.erase(mine);
  else
    from.turns.push_back(who);
  return next;
}

void worker_pool::work(queue& from) {
  for (;;) {
    task next;
    {
      std::unique_lock lock(from.mutex);
      from.awake.wait(lock, [&] { return from.stopping || from.tasks != 0; });
      if (from.tasks == 0) return;
      next = take(from);
    }
    try {
      next();
    } catch (const std::exception&) {
      // Out of memory at worst: whoever waits for an answer gets a 500 when the task's responder
      // goes away, and the thread lives on.
    }
  }
}

}  // namespace ashlar::http

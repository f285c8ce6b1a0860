#include "actors/prover/upload_budget.hpp"

namespace ashlar::prover {

struct upload_budget::share {
  share(std::shared_ptr<state> s, u64 n) : of(std::move(s)), size(n) {}
  share(const share&) = delete;
  ~share() {
    {
      const std::lock_guard lock(of->mutex);
      of->left += size;
    }
    of->freed.notify_all();
  }
  std::shared_ptr<state> of;
  u64 size;
};

std::shared_ptr<const void> upload_budget::take(u64 size, u32 wait_ms) {
  std::unique_lock lock(state_->mutex);
  if (!state_->freed.wait_for(lock, std::chrono::milliseconds(wait_ms),
                              [&] { return state_->left >= size; }))
    return nullptr;
  state_->left -= size;
  lock.unlock();
  return std::make_shared<const share>(state_, size);
}

}  // namespace ashlar::prover

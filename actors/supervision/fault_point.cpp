#include "actors/supervision/fault_point.hpp"

#include <atomic>
#include <map>
#include <mutex>

namespace ashlar::supervision {
namespace {

struct armed_points {
  std::atomic<bool> any{false};
  std::mutex mutex;
  std::map<std::string, std::string, std::less<>> why;
};

armed_points& armed() {
  static armed_points all;
  return all;
}

}  // namespace

void fault_point(std::string_view point) {
  armed_points& all = armed();
  if (!all.any.load(std::memory_order_relaxed)) return;
  std::string why;
  {
    const std::lock_guard lock{all.mutex};
    const auto it = all.why.find(point);
    if (it == all.why.end()) return;
    why = std::move(it->second);
    all.why.erase(it);
    all.any = !all.why.empty();
  }
  throw injected_fault(why);
}

void arm_fault(const std::string& point, const std::string& why) {
  armed_points& all = armed();
  const std::lock_guard lock{all.mutex};
  all.why[point] = why;
  all.any = true;
}

bool is_armed(const std::string& point) {
  armed_points& all = armed();
  const std::lock_guard lock{all.mutex};
  return all.why.contains(point);
}

}  // namespace ashlar::supervision

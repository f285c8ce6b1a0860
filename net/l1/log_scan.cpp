#include "net/l1/log_scan.hpp"

#include <algorithm>

#include "runtime/base/ensure.hpp"

namespace ashlar::l1 {

log_range::log_range(u64 blocks_max) noexcept : blocks_max_(blocks_max), blocks_(blocks_max) {
  ensure(blocks_max > 0);
}

bool log_range::narrow(u64 asked, const l1_error& why) noexcept {
  if (asked <= 1 || !why.may_be_of_size()) return false;
  blocks_ = asked / 2;
  return true;
}

void log_range::widen() noexcept {
  blocks_ = std::min(blocks_max_, blocks_ + blocks_ / 4 + 1);
}

status<l1_error> scan_logs(client& c, l1_block_number from, const address& account,
                           std::span<const hash256> topics_any_of,
                           const std::function<bool(const l1_log&)>& take) {
  ASHLAR_TRY(const l1_block head, c.latest());
  log_range range(1'000);
  for (u64 at = from.value; at <= head.number.value;) {
    const u64 asked = std::min(range.blocks() - 1, head.number.value - at) + 1;
    const u64 to = at + asked - 1;
    const auto logs = c.logs(l1_block_number{at}, l1_block_number{to}, account, topics_any_of);
    if (!logs) {
      if (range.narrow(asked, logs.error())) continue;
      l1_error why = logs.error();
      if (asked == 1) why.text = "block " + std::to_string(at) + " alone: " + why.text;
      return fail(std::move(why));
    }
    range.widen();
    for (const l1_log& log : *logs)
      if (!take(log)) return nothing{};
    at = to + 1;
  }
  return nothing{};
}

}  // namespace ashlar::l1

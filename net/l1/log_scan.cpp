#include "net/l1/log_scan.hpp"

#include <algorithm>

namespace ashlar::l1 {

status<l1_error> scan_logs(client& c, l1_block_number from, const address& account,
                           std::span<const hash256> topics_any_of,
                           const std::function<bool(const l1_log&)>& take) {
  constexpr u64 range_blocks = 1'000;
  ASHLAR_TRY(const l1_block head, c.latest());
  for (u64 at = from.value; at <= head.number.value; at += range_blocks) {
    const u64 to = std::min(at + range_blocks - 1, head.number.value);
    ASHLAR_TRY(const std::vector<l1_log> logs,
               c.logs(l1_block_number{at}, l1_block_number{to}, account, topics_any_of));
    for (const l1_log& log : logs)
      if (!take(log)) return nothing{};
  }
  return nothing{};
}

}  // namespace ashlar::l1

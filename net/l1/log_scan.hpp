#pragma once

#include <functional>
#include <span>

#include "net/l1/client.hpp"

namespace ashlar::l1 {

/// An account's logs with any of these topics, oldest first, from a block to the head as it is at
/// the beginning, 1,000 blocks a question, as public endpoints answer them. Ends where `take`
/// answers false. Errors are the client's.
status<l1_error> scan_logs(client& c, l1_block_number from, const address& account,
                           std::span<const hash256> topics_any_of,
                           const std::function<bool(const l1_log&)>& take);

}  // namespace ashlar::l1

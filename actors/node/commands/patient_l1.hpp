#pragma once

#include <functional>
#include <memory>
#include <string>

#include "actors/supervision/restart_policy.hpp"
#include "net/l1/client.hpp"

namespace ashlar::node {

/// How long a command goes on asking L1 where an error may pass: some 15 seconds. A role has its
/// own back-off, and the rest of the node to go on with.
struct l1_patience {
  u32 tries_max = 6;  ///< of one question
  supervision::backoff_limits backoff{std::chrono::milliseconds(500), std::chrono::seconds(15), 20,
                                      std::chrono::seconds(60)};
  u64 jitter_seed = 3;
};

/// `say` is told why it is waited, `wait` does it.
l1::patience make_patience(const l1_patience& limits, std::function<void(const std::string&)> say,
                           std::function<void(supervision::duration)> wait);

/// Over HTTP, for a command: it waits itself, and says so on standard error. Connects on first use.
/// The error is a sentence.
result<std::unique_ptr<l1::client>, std::string> connect_patiently(const std::string& endpoint);

}  // namespace ashlar::node

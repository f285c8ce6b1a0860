#pragma once

#include <string>

#include "actors/node/process/child_process.hpp"
#include "runtime/base/u256.hpp"

/// The servers under measure, each a process of its own.
namespace ashlar::bench {

inline constexpr u64 bench_chain_id = 270;

/// What every account of the load has at the start.
u256 initial_balance();

/// anvil as the peer: a block a second, in order of arrival, without history and without a block
/// gas limit that would hold it back. `accounts` of the load have their balance.
struct anvil_peer {
  node::child_process process;
  u16 port = 0;
};
anvil_peer start_anvil_peer(const std::string& folder, u32 accounts);

/// A chain on an anvil that plays L1, and `ashlar node` with every role, its log synchronous. Its
/// files and configuration are those of an operator; only the limits of one client are higher.
class ashlar_node {
 public:
  /// Makes the chain in `folder` (which must not exist) and starts the node.
  ashlar_node(const std::string& folder, u32 accounts, const std::string& extra_config);

  u16 port() const noexcept { return port_; }
  pid_t pid() const noexcept { return process_.pid(); }
  u64 first_block() const noexcept { return 0; }

  /// Gone at once, nothing closed.
  void kill();
  /// Starts again after `kill`; seconds until a request was answered, and that answer's head.
  double restart(u64& head);

 private:
  void start();

  std::string folder_;
  u16 port_ = 0;
  node::child_process l1_, process_;
};

}  // namespace ashlar::bench

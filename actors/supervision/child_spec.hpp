#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor.hpp>

#include "actors/api/event_log.hpp"
#include "actors/supervision/restart_policy.hpp"
#include "actors/supervision/role_directory.hpp"

namespace caf {
class actor_system;
}

namespace ashlar::supervision {

/// When a child that ended is started again.
enum class restart_type : u8 {
  permanent,  ///< always
  transient,  ///< when it did not end normally or by request
  temporary,  ///< never
};

/// Whom the end of one child concerns.
enum class strategy : u8 {
  one_for_one,   ///< itself
  one_for_all,   ///< all: the others are ended and all are started again
  rest_for_one,  ///< itself and those started after it, which build on it
};

struct child_spec {
  std::string name;  ///< unique among siblings; its role in the directory
  restart_type restart = restart_type::permanent;
  /// Makes the actor. May throw: that counts as a failure of the child.
  std::function<caf::actor(caf::actor_system&)> start;
  /// From the request to end until it is killed. A supervisor's should cover its children's sum.
  duration grace = std::chrono::seconds(5);
  bool is_supervisor = false;  ///< for listings
};

struct supervisor_config {
  std::string name;
  supervision::strategy strategy = strategy::one_for_one;
  intensity_limit intensity;
  backoff_limits backoff;
  /// After a kill a child that is stuck in a handler is given up as `abandoned`.
  duration kill_grace = std::chrono::seconds(1);
  u64 jitter_seed = 1;
  std::shared_ptr<role_directory> directory;  ///< may be null
  api::event_log log;
};

/// What is wrong with a tree before it is started; empty when nothing is.
std::string check(const supervisor_config& config, const std::vector<child_spec>& children);

}  // namespace ashlar::supervision

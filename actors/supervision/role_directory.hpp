#pragma once

#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>

#include "runtime/base/bytes.hpp"

namespace ashlar::supervision {

/// Who plays a role now. A restart gives a role a new handle, so whoever talks to a role asks here
/// each time and keeps no handle over a failure. Thread-safe.
class role_directory {
 public:
  /// How a role stands that was played at least once.
  struct standing {
    std::string role;
    bool played = false;    ///< by an actor, now
    u32 restarts = 0;       ///< after failures
    std::string why_ended;  ///< the last time, empty where it never did
  };

  void set(const std::string& role, caf::actor who, u32 restarts = 0);
  /// Only where `who` still plays it.
  void clear(const std::string& role, const caf::actor_addr& who, std::string why = {});
  /// Invalid handle while nobody does.
  caf::actor find(const std::string& role) const;
  /// Precondition: the role is played by an actor of this interface.
  template <class Handle>
  Handle find_as(const std::string& role) const {
    return caf::actor_cast<Handle>(find(role));
  }
  /// By name.
  std::vector<standing> standings() const;

 private:
  struct entry {
    caf::actor who;
    u32 restarts = 0;
    std::string why_ended;
  };
  mutable std::shared_mutex mutex_;
  std::map<std::string, entry> roles_;
};

}  // namespace ashlar::supervision

#pragma once

#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>

namespace ashlar::supervision {

/// Who plays a role now. A restart gives a role a new handle, so whoever talks to a role asks here
/// each time and keeps no handle over a failure. Thread-safe.
class role_directory {
 public:
  void set(const std::string& role, caf::actor who);
  /// Only where `who` still plays it.
  void clear(const std::string& role, const caf::actor_addr& who);
  /// Invalid handle while nobody does.
  caf::actor find(const std::string& role) const;
  /// Precondition: the role is played by an actor of this interface.
  template <class Handle>
  Handle find_as(const std::string& role) const {
    return caf::actor_cast<Handle>(find(role));
  }
  std::vector<std::string> roles() const;

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, caf::actor> roles_;
};

}  // namespace ashlar::supervision

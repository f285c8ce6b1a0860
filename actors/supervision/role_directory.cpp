#include "actors/supervision/role_directory.hpp"

namespace ashlar::supervision {

void role_directory::set(const std::string& role, caf::actor who) {
  std::unique_lock lock{mutex_};
  roles_[role] = std::move(who);
}

void role_directory::clear(const std::string& role, const caf::actor_addr& who) {
  std::unique_lock lock{mutex_};
  const auto it = roles_.find(role);
  if (it != roles_.end() && it->second.address() == who) roles_.erase(it);
}

caf::actor role_directory::find(const std::string& role) const {
  std::shared_lock lock{mutex_};
  const auto it = roles_.find(role);
  return it == roles_.end() ? caf::actor{} : it->second;
}

std::vector<std::string> role_directory::roles() const {
  std::shared_lock lock{mutex_};
  std::vector<std::string> names;
  for (const auto& [name, who] : roles_) names.push_back(name);
  return names;
}

}  // namespace ashlar::supervision

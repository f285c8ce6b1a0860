#include "actors/supervision/role_directory.hpp"

namespace ashlar::supervision {

void role_directory::set(const std::string& role, caf::actor who, u32 restarts) {
  std::unique_lock lock{mutex_};
  entry& e = roles_[role];
  e.who = std::move(who);
  e.restarts = restarts;
}

void role_directory::clear(const std::string& role, const caf::actor_addr& who, std::string why) {
  std::unique_lock lock{mutex_};
  const auto it = roles_.find(role);
  if (it == roles_.end() || it->second.who.address() != who) return;
  it->second.who = caf::actor{};
  it->second.why_ended = std::move(why);
}

caf::actor role_directory::find(const std::string& role) const {
  std::shared_lock lock{mutex_};
  const auto it = roles_.find(role);
  return it == roles_.end() ? caf::actor{} : it->second.who;
}

std::vector<role_directory::standing> role_directory::standings() const {
  std::shared_lock lock{mutex_};
  std::vector<standing> out;
  for (const auto& [role, e] : roles_)
    out.push_back({role, static_cast<bool>(e.who), e.restarts, e.why_ended});
  return out;
}

}  // namespace ashlar::supervision

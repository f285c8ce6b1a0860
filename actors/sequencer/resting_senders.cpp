#include "actors/sequencer/resting_senders.hpp"

#include <algorithm>

namespace ashlar::sequencer {

void resting_senders::note(const address& who, unix_seconds now) {
  const auto [place, added] = senders_.try_emplace(who);
  rest& r = place->second;
  if (!added) {
    by_order_.erase(r.order);
    if (now.value > r.from.value + forgotten_seconds) r.seconds = 0;
  }
  r.seconds = r.seconds == 0 ? 1 : std::min(2 * r.seconds, seconds_max);
  r.from = now;
  r.order = next_order_++;
  by_order_.emplace(r.order, who);
  if (senders_.size() <= senders_max_) return;
  senders_.erase(by_order_.begin()->second);
  by_order_.erase(by_order_.begin());
}

std::optional<unix_seconds> resting_senders::rests_until(const address& who,
                                                         unix_seconds now) const {
  const auto place = senders_.find(who);
  if (place == senders_.end()) return std::nullopt;
  const rest& r = place->second;
  // The second in which it began has passed in part.
  const unix_seconds until{r.from.value + r.seconds + 1};
  if (now >= until || now < r.from) return std::nullopt;
  return until;
}

}  // namespace ashlar::sequencer

#include "actors/l1_listener/l1_listener.hpp"

#include <deque>
#include <map>

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/api/errors.hpp"
#include "actors/supervision/fault_point.hpp"

namespace ashlar::l1_listener {

using namespace api;  // the messages and atoms of the interface

namespace {

using listener_impl = l1_listener_actor::extend<caf::reacts_to<tick_atom>>;

struct stage_follower {
  stage_follower_actor who;
  std::deque<l1_batch_event> queue;
  bool asked = false;     // the front of the queue is in flight
  bool replaced = false;  // the queue was made anew while it was
};

struct listener_state {
  listener_impl::pointer self = nullptr;
  listener_config config;
  std::vector<std::string> roles;
  std::shared_ptr<supervision::role_directory> directory;
  std::unique_ptr<l1::client> client;
  std::unique_ptr<chain_follower> follower;
  std::map<caf::actor_addr, stage_follower> followers;

  caf::actor_addr sequencer;       // whom `due` is of
  std::optional<priority_id> due;  // the sequencer's next operation, once it said so
  bool asked_sequencer = false;    // one message to it is in flight

  static constexpr const char* name = "l1_listener";

  std::chrono::milliseconds timeout() const {
    return std::chrono::milliseconds(config.answer_timeout_ms);
  }
  void fail_with(const store::error& e) {
    self->quit(make_error(errc::storage_failed, store::to_text(e)));
  }

  void work() {
    const auto wait = follower->step();
    if (!wait.ok()) return fail_with(wait.error());
    const auto events = follower->take_events();
    supervision::fault_point("l1_listener.taken");
    for (auto& [address, f] : followers) enqueue(f, events);
    find_followers();
    for (auto& [address, f] : followers) offer(f);
    feed_sequencer();
    self->delayed_send(self, *wait, tick_atom::value);
  }

  // -- followers of batch events ----------------------------------------------------------------

  void find_followers() {
    if (!directory) return;
    for (const std::string& role : roles)
      if (const auto who = directory->find_as<stage_follower_actor>(role)) follow(who);
  }

  void follow(const stage_follower_actor& who) {
    const auto [it, added] = followers.try_emplace(who.address());
    if (!added) return;
    self->monitor(who);
    it->second.who = who;
    const auto all = follower->snapshot();
    it->second.queue.assign(all.begin(), all.end());
    offer(it->second);
  }

  void enqueue(stage_follower& f, const std::vector<l1_batch_event>& events) {
    f.queue.insert(f.queue.end(), events.begin(), events.end());
    if (f.queue.size() <= config.follower_queue_max) return;
    // Too slow for every step of the way: the present state says as much.
    const auto all = follower->snapshot();
    f.queue.assign(all.begin(), all.end());
    f.replaced = f.asked;
  }

  void offer(stage_follower& f) {
    if (f.asked || f.queue.empty()) return;
    f.asked = true;
    const auto address = f.who.address();
    self->request(f.who, timeout(), stage_atom::value, f.queue.front())
        .then([this, address](api::ack) { answered(address, true); },
              [this, address](caf::error&) { answered(address, false); });
  }

  void answered(const caf::actor_addr& address, bool noted) {
    const auto it = followers.find(address);
    if (it == followers.end()) return;
    stage_follower& f = it->second;
    f.asked = false;
    if (noted && !f.replaced) f.queue.pop_front();
    f.replaced = false;
    if (noted) offer(f);  // otherwise the next tick offers it again
  }

  // -- priority operations ----------------------------------------------------------------------

  void feed_sequencer() {
    if (!directory || asked_sequencer) return;
    const auto who = directory->find_as<sequencer_actor>("sequencer");
    if (!who) return;
    if (who.address() != sequencer) {
      sequencer = who.address();
      due.reset();
    }
    if (!due) {
      asked_sequencer = true;
      self->request(who, timeout(), priority_atom::value)
          .then([this](priority_id next) { sequencer_said(next); },
                [this](caf::error&) { asked_sequencer = false; });
      return;
    }
    auto list = follower->operations(*due);
    if (!list.ok()) return fail_with(list.error());
    if (!*list) return;
    asked_sequencer = true;
    self->request(who, timeout(), priority_atom::value, *list)
        .then([this](priority_id next) { sequencer_said(next); },
              [this](caf::error&) {
                asked_sequencer = false;
                due.reset();
              });
  }

  void sequencer_said(priority_id next) {
    asked_sequencer = false;
    const bool moved = !due || next != *due;
    due = next;
    if (moved) feed_sequencer();
  }
};

listener_impl::behavior_type listen(listener_impl::stateful_pointer<listener_state> self,
                                    const listener_config& config, const listener_parts& parts,
                                    const std::shared_ptr<supervision::role_directory>& directory) {
  listener_state& state = self->state;
  state.self = self;
  state.config = config;
  state.roles = parts.followers;
  state.directory = directory;
  state.client = std::make_unique<l1::client>(parts.connect());
  state.follower = std::make_unique<chain_follower>(config, *state.client, parts.time, parts.view,
                                                    parts.batches);
  supervision::name_exceptions(self);
  self->set_down_handler([&state](caf::down_msg& down) { state.followers.erase(down.source); });
  self->send(self, tick_atom::value);
  return {
      [&state](follow_atom, const stage_follower_actor& who) {
        state.follow(who);
        return api::ack{};
      },
      [&state](heads_atom) { return state.follower->heads(); },
      [&state](status_atom) { return state.follower->status(); },
      [&state](tick_atom) { state.work(); },
  };
}

}  // namespace

api::l1_listener_actor spawn_l1_listener(caf::actor_system& system,
                                         supervision::spawn_policy policy,
                                         const listener_config& config, const listener_parts& parts,
                                         std::shared_ptr<supervision::role_directory> directory) {
  ensure(config.validate().empty());
  return caf::actor_cast<l1_listener_actor>(
      supervision::spawn_blocking(system, policy, listen, config, parts, std::move(directory)));
}

}  // namespace ashlar::l1_listener

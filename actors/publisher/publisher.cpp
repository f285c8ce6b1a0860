#include "actors/publisher/publisher.hpp"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/api/errors.hpp"

namespace ashlar::publisher {

using namespace api;  // the messages and atoms of the interface

namespace {

// The number tells a tick that was overtaken by an earlier one.
using publisher_impl = publisher_actor::extend<caf::reacts_to<tick_atom, u64>>;

struct publisher_state {
  publisher_impl::pointer self = nullptr;
  publisher_config config;
  std::shared_ptr<supervision::role_directory> directory;
  std::unique_ptr<l1::client> client;
  std::unique_ptr<settlement_engine> engine;
  caf::actor_addr followed;  // the batch role that tells of sealed batches
  batch_number told;         // the last batch that it told of
  u64 tick = 0;
  bool woken = false;

  static constexpr const char* name = "publisher";

  void next_tick(clock::duration wait) { self->delayed_send(self, wait, tick_atom::value, ++tick); }

  /// Something happened: do not wait for the poll. Once, however many messages say so.
  void wake() {
    if (woken) return;
    woken = true;
    self->send(self, tick_atom::value, ++tick);
  }

  void work() {
    woken = false;
    follow_batches();
    const auto wait = engine->step();
    if (!wait.ok())
      return self->quit(make_error(errc::storage_failed, store::to_text(wait.error())));
    next_tick(*wait);
  }

  void follow_batches() {
    if (!directory) return;
    const auto batch = directory->find_as<batch_actor>("batch");
    if (!batch || batch.address() == followed) return;
    followed = batch.address();
    self->monitor(batch);
    self->request(batch, std::chrono::milliseconds(config.bump_after_ms), follow_atom::value,
                  caf::actor_cast<batch_follower_actor>(self), told.next())
        .then([](api::ack) {}, [this](caf::error&) { followed = {}; });
  }
};

publisher_impl::behavior_type publish(
    publisher_impl::stateful_pointer<publisher_state> self, const publisher_config& config,
    const publisher_parts& parts, const std::shared_ptr<supervision::role_directory>& directory) {
  publisher_state& state = self->state;
  state.self = self;
  state.config = config;
  state.directory = directory;
  state.told = parts.batches.last();  // the engine finds those itself
  state.client = std::make_unique<l1::client>(parts.connect());
  state.engine = std::make_unique<settlement_engine>(
      config, *state.client, parts.account, parts.time, parts.batches, parts.journal, parts.proofs);
  supervision::name_exceptions(self);
  self->set_down_handler([&state](caf::down_msg& down) {
    if (down.source == state.followed) state.followed = {};
  });
  state.wake();
  return {
      [&state](batch_atom, const batch_sealed& sealed) {
        state.told = std::max(state.told, sealed.number);
        state.wake();
        return api::ack{};
      },
      [&state](stage_atom, const l1_batch_event&) {
        // The engine asks L1 itself: what the listener says is a reason to ask now.
        state.wake();
        return api::ack{};
      },
      [&state](status_atom, batch_number number) -> caf::result<batch_progress> {
        if (auto progress = state.engine->progress_of(number)) return std::move(*progress);
        return make_error(errc::not_found, "no batch " + std::to_string(number.value));
      },
      [&state](status_atom) { return state.engine->status(); },
      [&state](tick_atom, u64 number) {
        if (number == state.tick) state.work();
      },
  };
}

}  // namespace

api::publisher_actor spawn_publisher(caf::actor_system& system, supervision::spawn_policy policy,
                                     const publisher_config& config, const publisher_parts& parts,
                                     std::shared_ptr<supervision::role_directory> directory) {
  ensure(config.validate().empty());
  return caf::actor_cast<publisher_actor>(
      supervision::spawn_blocking(system, policy, publish, config, parts, std::move(directory)));
}

}  // namespace ashlar::publisher

#include "actors/batch/batch_actor.hpp"

#include <map>
#include <sys/resource.h>

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/api/errors.hpp"
#include "actors/api/event_log.hpp"
#include "actors/supervision/fault_point.hpp"

namespace ashlar::batch {

using namespace api;  // the messages and atoms of the interface

namespace {

// `go`: there is more to lay at once.
using go_atom = caf::atom_constant<caf::atom("go")>;
using batch_impl = batch_actor::extend<caf::reacts_to<tick_atom>, caf::reacts_to<go_atom>>;

struct follower {
  batch_follower_actor who;
  batch_number next;   // the next batch to offer
  bool asked = false;  // one is in flight
};

struct batch_state {
  batch_impl::pointer self = nullptr;
  actor_config config;
  batch_config sealing;
  chain_config chain;
  std::optional<batch_layer::parts> parts;
  std::shared_ptr<supervision::role_directory> directory;
  std::unique_ptr<batch_layer> layer;
  caf::actor_addr followed;  // the sequencer that sends us heads
  std::map<caf::actor_addr, follower> followers;
  batch_number logged;  // the last batch that a line was written of
  bool going = false;   // a `go` is in our mailbox

  static constexpr const char* name = "batch";

  void fail_with(const layer_error& e) { self->quit(make_error(errc::storage_failed, e.text)); }

  bool open() {
    auto opened = batch_layer::open(sealing, chain, *parts);
    if (!opened) {
      fail_with(opened.error());
      return false;
    }
    layer = std::move(*opened);
    logged = layer->last_sealed();
    return true;
  }

  /// Asks the sequencer of the moment for heads; asked again when it is another one.
  void follow_sequencer() {
    const auto sequencer = directory->find_as<sequencer_actor>("sequencer");
    if (!sequencer || sequencer.address() == followed) return;
    followed = sequencer.address();
    self->monitor(sequencer);
    self->request(sequencer, std::chrono::milliseconds(config.request_timeout_ms),
                  follow_atom::value, caf::actor_cast<head_follower_actor>(self))
        .then([](const head_event&) {}, [this](caf::error&) { followed = {}; });
  }

  void work() {
    // Bounded per message, so that status and seal requests are answered between.
    const auto more = layer->advance();
    if (!more) return fail_with(more.error());
    supervision::fault_point("batch.laid");
    offer_all();
    if (*more && !going) {
      going = true;
      self->send(self, go_atom::value);
    }
  }

  void log_sealed() {
    for (; logged < layer->last_sealed(); logged = logged.next())
      if (const auto b = parts->batches.get(logged.next()))
        api::event_log(chain.chain_id)
            .info("batch sealed", {{"batch", b->number.value},
                                   {"block", b->first_block.value},
                                   {"block_last", b->last_block.value},
                                   {"txns", u64{b->txn_count}},
                                   {"pubdata_bytes", u64{b->pubdata.size()}},
                                   {"why", b->seal_reason}});
  }

  void offer_all() {
    log_sealed();
    for (auto& [address, f] : followers) offer(f);
  }

  void offer(follower& f) {
    if (f.asked || f.next > layer->last_sealed()) return;
    const auto batch = parts->batches.get(f.next);
    if (!batch) return self->quit(make_error(errc::storage_failed, store::to_text(batch.error())));
    f.asked = true;
    const auto address = f.who.address();
    self->request(f.who, std::chrono::milliseconds(config.follower_timeout_ms), batch_atom::value,
                  batch_sealed{batch->number, batch->first_block, batch->last_block})
        .then([this, address](api::ack) { answered(address, true); },
              [this, address](caf::error&) { answered(address, false); });
  }

  void answered(const caf::actor_addr& address, bool noted) {
    const auto it = followers.find(address);
    if (it == followers.end()) return;
    it->second.asked = false;
    if (!noted) return;  // offered again by the next tick
    it->second.next = it->second.next.next();
    offer(it->second);
  }

  caf::result<batch_sealed> seal() {
    // What the store has up to now belongs to the batch that is asked for.
    for (;;) {
      const auto more = layer->advance();
      if (!more) {
        fail_with(more.error());
        return make_error(errc::storage_failed, more.error().text);
      }
      if (!*more) break;
    }
    const auto number = layer->seal(seal_reason::asked);
    if (!number) {
      if (number.error().code == layer_error_code::nothing_to_seal)
        return make_error(errc::nothing_to_seal);
      fail_with(number.error());
      return make_error(errc::storage_failed, number.error().text);
    }
    offer_all();
    const auto batch = parts->batches.get(*number);
    if (!batch) return make_error(errc::storage_failed, store::to_text(batch.error()));
    return batch_sealed{batch->number, batch->first_block, batch->last_block};
  }

  role_status status() const {
    role_status s;
    s.role = "batch";
    const auto& t = layer->totals();
    s.doing = "batch " + std::to_string(layer->last_sealed().value + 1) + " open with " +
              std::to_string(t.txns) + " transactions, block " +
              std::to_string(layer->laid().value);
    if (!followed) s.waits_for = "a sequencer to follow";
    s.healthy = static_cast<bool>(followed);
    s.counters = {{"last_sealed", layer->last_sealed().value},
                  {"laid_block", layer->laid().value},
                  {"open_blocks", t.blocks},
                  {"open_txns", t.txns},
                  {"open_pubdata_bytes", t.pubdata_bytes},
                  {"open_age_ms", layer->open_age_ms()}};
    return s;
  }
};

/// How much the thread yields to others (setpriority): an eighth of a thread's share remains where
/// every core is busy.
constexpr int background_niceness = 10;

batch_impl::behavior_type lay_batches(
    batch_impl::stateful_pointer<batch_state> self, bool own_thread, const actor_config& config,
    const batch_config& sealing, const chain_config& chain, const batch_layer::parts& parts,
    const std::shared_ptr<supervision::role_directory>& directory) {
  batch_state& state = self->state;
  state.self = self;
  state.config = config;
  state.sealing = sealing;
  state.chain = chain;
  state.parts.emplace(parts);
  state.directory = directory;
  supervision::name_exceptions(self);
  // Confirmations come first: what they leave of the cores lays batches, which have minutes. On
  // Linux a thread has its own niceness, and this one runs nothing else.
  if (own_thread) (void)setpriority(PRIO_PROCESS, 0, background_niceness);
  if (!state.open()) return batch_impl::behavior_type::make_empty_behavior();
  self->set_down_handler([&state](caf::down_msg& down) {
    if (down.source == state.followed) state.followed = {};
    state.followers.erase(down.source);
  });
  self->send(self, tick_atom::value);
  return {
      [&state](head_atom, const head_event&) {
        state.work();
        return api::ack{};
      },
      [](stage_atom, const l1_batch_event&) { return api::ack{}; },
      [&state](seal_atom) { return state.seal(); },
      [&state](follow_atom, const batch_follower_actor& who,
               batch_number from) -> caf::result<api::ack> {
        if (state.followers.size() >= state.config.followers_max) return make_error(errc::busy);
        const auto [it, added] =
            state.followers.try_emplace(who.address(), follower{who, from, false});
        if (added)
          state.self->monitor(who);
        else
          it->second.next = from;
        state.offer(it->second);
        return api::ack{};
      },
      [&state](status_atom) { return state.status(); },
      [&state](tick_atom) {
        state.follow_sequencer();
        state.work();
        state.self->delayed_send(state.self, std::chrono::milliseconds(state.config.tick_ms),
                                 tick_atom::value);
      },
      [&state](go_atom) {
        state.going = false;
        state.work();
      },
  };
}

}  // namespace

api::batch_actor spawn_batch(caf::actor_system& system, supervision::spawn_policy policy,
                             const actor_config& config, const batch_config& sealing,
                             const chain_config& chain, const batch_layer::parts& parts,
                             std::shared_ptr<supervision::role_directory> directory) {
  return caf::actor_cast<batch_actor>(
      supervision::spawn_blocking(system, policy, lay_batches, policy.detach, config, sealing,
                                  chain, parts, std::move(directory)));
}

}  // namespace ashlar::batch

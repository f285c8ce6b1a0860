#include "actors/gateway/role_link.hpp"

#include <future>

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_actor.hpp>

#include "actors/api/actors.hpp"
#include "actors/api/errors.hpp"
#include "actors/api/inspect.hpp"
#include "actors/supervision/role_directory.hpp"

namespace ashlar::gateway {

/// What the bridge is to do on its thread.
using errand = std::function<void(caf::event_based_actor*)>;
using errand_ptr = std::shared_ptr<const errand>;

}  // namespace ashlar::gateway

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ashlar::gateway::errand_ptr)

namespace ashlar::gateway {
namespace {

rpc::backend_error unavailable(std::string what) {
  return {rpc::backend_errc::unavailable, std::move(what)};
}

/// A callback that is called even where everything that held it was thrown away.
template <class T>
class reply {
 public:
  reply(role_link::callback<T> to, std::string role) : to_(std::move(to)), role_(std::move(role)) {}
  ~reply() {
    if (to_) give(fail(unavailable("the " + role_ + " did not answer")));
  }
  reply(const reply&) = delete;

  void give(rpc::answer<T> a) { std::exchange(to_, nullptr)(std::move(a)); }
  void refuse(const caf::error& e) {
    const bool absent = api::to_errc(e) == api::errc::not_found;
    give(fail(rpc::backend_error{
        absent ? rpc::backend_errc::unknown_block : rpc::backend_errc::unavailable,
        "the " + role_ + " answered " + api::to_text(e)}));
  }

 private:
  role_link::callback<T> to_;
  const std::string role_;
};

/// The actor behind the bridge. A class, since CAF 0.17 binds a reference to null where it spawns a
/// function without arguments.
class errand_runner final : public caf::event_based_actor {
 public:
  explicit errand_runner(caf::actor_config& config) : caf::event_based_actor(config) {}

 private:
  caf::behavior make_behavior() override {
    return {[this](const errand_ptr& e) { (*e)(this); }};
  }
};

}  // namespace

struct role_link::bridge {
  caf::actor self;

  template <class T, class Handle, class... Ts>
  void request(const supervision::role_directory& roles, const std::string& role,
               std::chrono::milliseconds timeout, callback<T> done, Ts... message) {
    const auto whom = roles.find_as<Handle>(role);
    if (!whom) return done(fail(unavailable("no " + role + " is running")));
    auto to = std::make_shared<reply<T>>(std::move(done), role);
    auto run = [whom, timeout, to, message...](caf::event_based_actor* me) {
      me->request(whom, timeout, message...)
          .then([to](T& got) { to->give(std::move(got)); }, [to](caf::error& e) { to->refuse(e); });
    };
    caf::anon_send(self, std::make_shared<const errand>(std::move(run)));
  }
};

role_link::role_link(caf::actor_system& system, const supervision::role_directory& roles,
                     const gateway_config& config)
    : bridge_(std::make_unique<bridge>()),
      roles_(roles),
      config_(config),
      asks_(std::make_shared<in_flight>(config.asks_in_flight_max)) {
  bridge_->self = system.spawn<errand_runner>();
}

role_link::~role_link() {
  caf::anon_send_exit(bridge_->self, caf::exit_reason::user_shutdown);
}

void role_link::submit(api::submission_list_ptr list, std::chrono::milliseconds timeout,
                       callback<api::submit_answer_list_ptr> done) {
  bridge_->request<api::submit_answer_list_ptr, api::sequencer_actor>(
      roles_, roles::sequencer, timeout, std::move(done), api::submit_atom::value, std::move(list));
}

namespace {

/// Counts the question and passes it on.
template <class T, class Start>
void count(const std::shared_ptr<in_flight>& asks, role_link::callback<T> done, Start start) {
  if (!asks->enter(1)) return done(fail(unavailable("too many questions are waiting")));
  start([asks, done = std::move(done)](rpc::answer<T> a) {
    done(std::move(a));
    asks->leave(1);
  });
}

template <class T, class Start>
rpc::answer<T> wait(const std::shared_ptr<in_flight>& asks, std::chrono::milliseconds timeout,
                    Start start) {
  auto got = std::make_shared<std::promise<rpc::answer<T>>>();
  auto coming = got->get_future();
  count<T>(
      asks, [got](rpc::answer<T> a) { got->set_value(std::move(a)); }, std::move(start));
  // The request has a timeout of its own; this one is for an actor system that stands still.
  if (coming.wait_for(timeout + std::chrono::seconds{1}) != std::future_status::ready)
    return fail(unavailable("no answer in time"));
  return coming.get();
}

}  // namespace

void role_link::pending_nonce(const address& who, callback<u64> done) {
  count<u64>(asks_, std::move(done), [&](callback<u64> d) {
    bridge_->request<u64, api::sequencer_actor>(roles_, roles::sequencer, config_.ask_timeout,
                                                std::move(d), api::nonce_atom::value, who);
  });
}

rpc::answer<u64> role_link::pending_nonce(const address& who) {
  return wait<u64>(asks_, config_.ask_timeout, [&](callback<u64> d) {
    bridge_->request<u64, api::sequencer_actor>(roles_, roles::sequencer, config_.ask_timeout,
                                                std::move(d), api::nonce_atom::value, who);
  });
}

rpc::answer<api::pool_lookup_ptr> role_link::lookup(const hash256& txn_hash) {
  using answer_type = api::pool_lookup_ptr;
  return wait<answer_type>(asks_, config_.ask_timeout, [&](callback<answer_type> d) {
    bridge_->request<answer_type, api::sequencer_actor>(roles_, roles::sequencer,
                                                        config_.ask_timeout, std::move(d),
                                                        api::lookup_atom::value, txn_hash);
  });
}

rpc::answer<api::soft_confirmation_ptr> role_link::confirmation(const hash256& txn_hash) {
  using answer_type = api::soft_confirmation_ptr;
  return wait<answer_type>(asks_, config_.ask_timeout, [&](callback<answer_type> d) {
    bridge_->request<answer_type, api::sequencer_actor>(roles_, roles::sequencer,
                                                        config_.ask_timeout, std::move(d),
                                                        api::confirm_atom::value, txn_hash);
  });
}

rpc::answer<api::pool_totals> role_link::totals() {
  using answer_type = api::pool_totals;
  return wait<answer_type>(asks_, config_.ask_timeout, [&](callback<answer_type> d) {
    bridge_->request<answer_type, api::sequencer_actor>(
        roles_, roles::sequencer, config_.ask_timeout, std::move(d), api::totals_atom::value);
  });
}

rpc::answer<api::batch_progress> role_link::progress(batch_number n) {
  using answer_type = api::batch_progress;
  return wait<answer_type>(asks_, config_.ask_timeout, [&](callback<answer_type> d) {
    bridge_->request<answer_type, api::publisher_actor>(
        roles_, roles::publisher, config_.ask_timeout, std::move(d), api::status_atom::value, n);
  });
}

rpc::answer<api::settled_heads> role_link::settled() {
  using answer_type = api::settled_heads;
  return wait<answer_type>(asks_, config_.ask_timeout, [&](callback<answer_type> d) {
    bridge_->request<answer_type, api::l1_listener_actor>(
        roles_, roles::l1_listener, config_.ask_timeout, std::move(d), api::heads_atom::value);
  });
}

rpc::answer<api::fleet_report_ptr> role_link::fleet() {
  using answer_type = api::fleet_report_ptr;
  return wait<answer_type>(asks_, config_.ask_timeout, [&](callback<answer_type> d) {
    bridge_->request<answer_type, api::prover_actor>(roles_, roles::prover, config_.ask_timeout,
                                                     std::move(d), api::fleet_atom::value);
  });
}

rpc::answer<api::batch_proof_status> role_link::proof_of(batch_number n) {
  using answer_type = api::batch_proof_status;
  return wait<answer_type>(asks_, config_.ask_timeout, [&](callback<answer_type> d) {
    bridge_->request<answer_type, api::prover_actor>(roles_, roles::prover, config_.ask_timeout,
                                                     std::move(d), api::status_atom::value, n);
  });
}

std::vector<role_report> role_link::reports() {
  struct gathering {
    std::mutex mutex;
    std::vector<role_report> all;
    std::size_t missing = 0;
    std::promise<std::vector<role_report>> done;
  };
  const auto g = std::make_shared<gathering>();
  const auto standings = roles_.standings();
  for (const auto& s : standings) {
    g->all.push_back({s.role, std::nullopt, s.restarts, s.played ? std::string{} : s.why_ended});
    if (s.played) ++g->missing;
  }
  if (g->missing == 0) return g->all;
  auto coming = g->done.get_future();
  for (std::size_t i = 0; i < standings.size(); ++i) {
    if (!standings[i].played) continue;
    count<api::role_status>(
        asks_,
        [g, i](rpc::answer<api::role_status> a) {
          std::lock_guard lock{g->mutex};
          if (a) g->all[i].said = std::move(*a);
          if (--g->missing == 0) g->done.set_value(g->all);
        },
        [&](callback<api::role_status> d) {
          bridge_->request<api::role_status, caf::actor>(roles_, standings[i].role,
                                                         config_.health_timeout, std::move(d),
                                                         api::status_atom::value);
        });
  }
  const auto most = config_.health_timeout + std::chrono::seconds{1};
  if (coming.wait_for(most) == std::future_status::ready) return coming.get();
  std::lock_guard lock{g->mutex};
  return g->all;
}

}  // namespace ashlar::gateway

#pragma once

#include <chrono>
#include <functional>
#include <random>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>

#include "actors/api/inspect.hpp"

namespace ashlar::test {

/// An actor system on CAF's testing scheduler: nothing runs but what the test lets run, time
/// moves only when the test moves it. The order of runnable actors is a permutation by seed.
class system_fixture {
 public:
  explicit system_fixture(u64 seed = 1) : random_(seed), system_(configure(config_)) {
    system_.await_actors_before_shutdown(false);
  }

  caf::actor_system& system() { return system_; }

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  }

  /// Runs actors, in seeded order, until none has anything to do.
  void run() {
    auto& jobs = scheduler().jobs;
    while (!jobs.empty()) {
      const std::size_t pick = random_() % jobs.size();
      std::rotate(jobs.begin(), jobs.begin() + static_cast<std::ptrdiff_t>(pick),
                  jobs.begin() + static_cast<std::ptrdiff_t>(pick) + 1);
      scheduler().run_once();
    }
  }

  /// Moves time and runs what became due.
  void advance(std::chrono::milliseconds by) {
    scheduler().advance_time(by);
    run();
  }

  /// A request whose answer the actors give when they run.
  template <class T, class Handle, class... Ts>
  T ask(const Handle& whom, Ts&&... message) {
    last_error_ = caf::error{};
    caf::scoped_actor self{system_};
    auto pending = self->request(whom, caf::infinite, std::forward<Ts>(message)...);
    run();
    T answer{};
    pending.receive([&](T value) { answer = std::move(value); },
                    [&](caf::error& e) { last_error_ = std::move(e); });
    return answer;
  }
  /// Of the last `ask`; none where it was answered.
  const caf::error& last_error() const { return last_error_; }

 private:
  static caf::actor_system_config& configure(caf::actor_system_config& config) {
    api::register_messages(config);
    config.set("scheduler.policy", caf::atom("testing"));
    return config;
  }

  std::mt19937_64 random_;
  caf::actor_system_config config_;
  caf::actor_system system_;
  caf::error last_error_;
};

}  // namespace ashlar::test

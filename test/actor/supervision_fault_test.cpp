#include <caf/event_based_actor.hpp>
#include <catch2/catch.hpp>

#include "actors/supervision/spawn.hpp"
#include "test/actor/system_fixture.hpp"

using namespace ashlar;
using namespace ashlar::supervision;

namespace {

using count_atom = caf::atom_constant<caf::atom("count")>;

caf::behavior counting(caf::event_based_actor* self) {
  name_exceptions(self);
  return {[n = 0](count_atom) mutable { return ++n; }};
}

}  // namespace

TEST_CASE("an actor takes no faults unless its system was made for them") {
  test::system_fixture f;
  const caf::actor who = f.system().spawn(counting);
  CHECK(f.ask<int>(who, count_atom::value) == 1);
  inject_fault(who, "planted");
  f.run();
  CHECK(f.ask<int>(who, count_atom::value) == 2);
  CHECK_FALSE(f.last_error());
  caf::anon_send_exit(who, caf::exit_reason::user_shutdown);
  f.run();
}

TEST_CASE("a fault point throws once where it was armed, and only there") {
  fault_point("test.one");
  arm_fault("test.one", "planted");
  CHECK(is_armed("test.one"));
  fault_point("test.other");
  CHECK_THROWS_WITH(fault_point("test.one"), "planted");
  CHECK_FALSE(is_armed("test.one"));
  fault_point("test.one");
}

TEST_CASE("a fault ends an actor of a system that was made for it, with the fault's text") {
  caf::actor_system_config config;
  allow_faults(config);
  config.set("scheduler.policy", caf::atom("testing"));
  caf::actor_system system{config};
  system.await_actors_before_shutdown(false);
  auto& scheduler = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  const caf::actor who = system.spawn(counting);
  std::string reason;
  who->attach_functor([&](const caf::error& e) { reason = api::to_text(e); });
  inject_fault(who, "planted in a test");
  scheduler.run();
  CHECK(reason.find("planted in a test") != std::string::npos);
}

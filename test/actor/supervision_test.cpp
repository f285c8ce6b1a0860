#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/stateful_actor.hpp>
#include <catch2/catch.hpp>

#include "actors/api/errors.hpp"
#include "actors/supervision/spawn.hpp"
#include "actors/supervision/supervisor.hpp"
#include "test/actor/system_fixture.hpp"

using namespace ashlar;
using namespace ashlar::supervision;
using namespace std::chrono_literals;

namespace {

using throw_atom = caf::atom_constant<caf::atom("throw")>;
using add_atom = caf::atom_constant<caf::atom("add")>;
using leave_atom = caf::atom_constant<caf::atom("leave")>;

/// What happened, in order: "+a" started, "-a" ended.
struct journal {
  std::vector<std::string> lines;
  u64 added = 0;
  std::string take() {
    std::string text;
    for (const auto& l : lines) text += (text.empty() ? "" : " ") + l;
    lines.clear();
    return text;
  }
};
using journal_ptr = std::shared_ptr<journal>;

struct worker_state {
  journal_ptr book;
  std::string name;
  ~worker_state() {
    if (book) book->lines.push_back("-" + name);
  }
};

caf::behavior worker(caf::stateful_actor<worker_state>* self, const journal_ptr& book,
                     const std::string& name) {
  self->state.book = book;
  self->state.name = name;
  name_exceptions(self);
  return {
      [](throw_atom) { throw std::runtime_error("planted"); },
      [self](add_atom) { return ++self->state.book->added; },
      [self](leave_atom) { self->quit(); },
  };
}

/// Ignores requests to end; only a kill ends it.
caf::behavior stubborn(caf::stateful_actor<worker_state>* self, const journal_ptr& book,
                       const std::string& name) {
  self->set_exit_handler([](caf::exit_msg&) {});
  return worker(self, book, name);
}

child_spec spec(const journal_ptr& book, const std::string& name,
                restart_type restart = restart_type::permanent) {
  child_spec s;
  s.name = name;
  s.restart = restart;
  s.start = [book, name](caf::actor_system& system) {
    book->lines.push_back("+" + name);
    return system.spawn(worker, book, name);
  };
  return s;
}

struct tree {
  test::system_fixture fixture;
  journal_ptr book = std::make_shared<journal>();
  std::shared_ptr<role_directory> directory = std::make_shared<role_directory>();
  supervisor_config config;
  api::supervisor_actor root;
  std::vector<root_end> ends;

  explicit tree(strategy s = strategy::one_for_one, u64 seed = 1) : fixture(seed) {
    config.name = "root";
    config.strategy = s;
    config.intensity = {.restarts_max = 3, .period = 5s};
    config.backoff = {.initial = 100ms, .longest = 1s, .jitter_percent = 0};
    config.directory = directory;
  }
  ~tree() {
    caf::anon_send_exit(root, caf::exit_reason::kill);
    root = api::supervisor_actor{};
    fixture.run();
  }

  void start(std::vector<child_spec> children) {
    REQUIRE(check(config, children) == "");
    root = spawn_supervisor(fixture.system(), config, std::move(children));
    watch_root(root, [this](const root_end& e) { ends.push_back(e); });
    fixture.run();
  }
  std::string start_abc() {
    start({spec(book, "a"), spec(book, "b"), spec(book, "c")});
    return book->take();
  }
  template <class Atom>
  void tell(const std::string& role, Atom what) {
    caf::anon_send(directory->find(role), what);
    fixture.run();
  }
  api::child_status status(const std::string& name) {
    for (auto& c : fixture.ask<std::vector<api::child_status>>(root, api::children_atom::value))
      if (c.name == name) return c;
    FAIL("no child " << name);
    return {};
  }
};

}  // namespace

TEST_CASE("children start in order and are listed with their state") {
  tree t;
  CHECK(t.start_abc() == "+a +b +c");
  const auto all = t.fixture.ask<std::vector<api::child_status>>(t.root, api::children_atom::value);
  REQUIRE(all.size() == 3);
  CHECK(all[1].name == "b");
  CHECK(all[1].phase == api::child_phase::running);
  CHECK(all[1].restarts == 0);
}

TEST_CASE("one_for_one restarts only the child that failed, after its back-off") {
  tree t;
  t.start_abc();
  t.tell("b", throw_atom::value);
  CHECK(t.book->take() == "-b");
  CHECK(t.status("b").phase == api::child_phase::backing_off);
  CHECK(t.status("b").last_reason == "failed: planted");
  t.fixture.advance(99ms);
  CHECK(t.book->take() == "");
  t.fixture.advance(1ms);
  CHECK(t.book->take() == "+b");
  CHECK(t.status("b").phase == api::child_phase::running);
  CHECK(t.status("b").restarts == 1);
}

TEST_CASE("one_for_all ends the others last first and restarts all in order") {
  tree t{strategy::one_for_all};
  t.start_abc();
  t.tell("b", throw_atom::value);
  CHECK(t.book->take() == "-b -c -a");
  t.fixture.advance(100ms);
  CHECK(t.book->take() == "+a +b +c");
}

TEST_CASE("rest_for_one restarts the child and those started after it") {
  tree t{strategy::rest_for_one};
  t.start_abc();
  t.tell("b", throw_atom::value);
  CHECK(t.book->take() == "-b -c");
  t.fixture.advance(100ms);
  CHECK(t.book->take() == "+b +c");
}

TEST_CASE("rest_for_one widens when an earlier child fails during the back-off") {
  tree t{strategy::rest_for_one};
  t.start_abc();
  t.tell("b", throw_atom::value);
  t.tell("a", throw_atom::value);
  CHECK(t.book->take() == "-b -c -a");
  t.fixture.advance(1s);
  CHECK(t.book->take() == "+a +b +c");
}

TEST_CASE("a transient child that ends normally is left alone, one that fails is restarted") {
  tree t;
  t.start({spec(t.book, "x", restart_type::transient), spec(t.book, "y", restart_type::transient)});
  t.tell("x", leave_atom::value);
  t.tell("y", throw_atom::value);
  t.fixture.advance(1s);
  CHECK(t.book->take() == "+x +y -x -y +y");
  CHECK(t.status("x").phase == api::child_phase::stopped);
}

TEST_CASE("a permanent child is restarted even when it ends normally") {
  tree t;
  t.start({spec(t.book, "x")});
  t.tell("x", leave_atom::value);
  t.fixture.advance(1s);
  CHECK(t.book->take() == "+x -x +x");
}

TEST_CASE("a temporary child is never restarted, not even with its siblings") {
  tree t{strategy::one_for_all};
  t.start({spec(t.book, "a"), spec(t.book, "x", restart_type::temporary)});
  t.tell("a", throw_atom::value);
  t.fixture.advance(1s);
  CHECK(t.book->take() == "+a +x -a -x +a");
}

TEST_CASE("back-off grows while a child keeps failing and starts over when it ran long") {
  tree t;
  t.config.intensity = {.restarts_max = 10, .period = 5s};
  t.config.backoff.reset_after = 10s;
  t.start({spec(t.book, "x")});
  t.tell("x", throw_atom::value);
  t.fixture.advance(100ms);
  t.tell("x", throw_atom::value);
  t.book->take();
  t.fixture.advance(199ms);
  CHECK(t.book->take() == "");
  t.fixture.advance(1ms);
  CHECK(t.book->take() == "+x");
  t.fixture.advance(10s);
  t.tell("x", throw_atom::value);
  t.book->take();
  t.fixture.advance(100ms);
  CHECK(t.book->take() == "+x");
}

TEST_CASE("too many restarts within the period end the supervisor, children last first") {
  tree t;
  t.config.intensity = {.restarts_max = 1, .period = 5s};
  t.start_abc();
  t.tell("b", throw_atom::value);
  t.fixture.advance(100ms);
  t.book->take();
  CHECK(t.ends.empty());
  t.tell("b", throw_atom::value);
  CHECK(t.book->take() == "-b -c -a");
  REQUIRE(t.ends.size() == 1);
  CHECK(t.ends[0].exit_code == 1);
  CHECK(t.ends[0].message ==
        "restart_intensity: supervisor 'root' gave up: more than 1 restart(s) within 5000 ms; the "
        "last to fail was 'b': failed: planted");
}

TEST_CASE("failures further apart than the period do not add up") {
  tree t;
  t.config.intensity = {.restarts_max = 1, .period = 5s};
  t.start({spec(t.book, "x")});
  for (int i = 0; i < 20; ++i) {
    t.tell("x", throw_atom::value);
    t.fixture.advance(5s);
  }
  CHECK(t.ends.empty());
  CHECK(t.status("x").restarts == 20);
}

TEST_CASE("a supervisor that gives up is a failed child of its own supervisor") {
  tree t;
  supervisor_config inner = t.config;
  inner.name = "inner";
  inner.intensity = {.restarts_max = 0, .period = 5s};
  t.start({spec(t.book, "a"), supervisor_child(inner, {spec(t.book, "x"), spec(t.book, "y")})});
  CHECK(t.book->take() == "+a +x +y");
  t.tell("x", throw_atom::value);
  CHECK(t.book->take() == "-x -y");
  CHECK(t.status("inner").is_supervisor);
  CHECK_THAT(t.status("inner").last_reason, Catch::Contains("'x': failed: planted"));
  t.fixture.advance(100ms);
  CHECK(t.book->take() == "+x +y");
  CHECK(t.ends.empty());
}

TEST_CASE("a crash loop below escalates to the root and ends it with exit code 1") {
  tree t;
  t.config.intensity = {.restarts_max = 1, .period = 60s};
  supervisor_config inner = t.config;
  inner.name = "inner";
  t.start({spec(t.book, "a"), supervisor_child(inner, {spec(t.book, "x")})});
  for (int i = 0; i < 4; ++i) {
    REQUIRE(t.ends.empty());
    t.tell("x", throw_atom::value);
    t.fixture.advance(1s);
  }
  REQUIRE(t.ends.size() == 1);
  CHECK(t.ends[0].exit_code == 1);
  CHECK_THAT(t.ends[0].message, Catch::Contains("'root' gave up") && Catch::Contains("'inner'") &&
                                    Catch::Contains("planted"));
}

TEST_CASE("shutdown ends children last first and the root with exit code 0") {
  tree t;
  t.start_abc();
  caf::anon_send_exit(t.root, caf::exit_reason::user_shutdown);
  t.fixture.run();
  CHECK(t.book->take() == "-c -b -a");
  REQUIRE(t.ends.size() == 1);
  CHECK(t.ends[0].exit_code == 0);
  for (const auto& role : t.directory->standings()) CHECK_FALSE(role.played);
}

TEST_CASE("a child that does not end within its grace is killed, then the next is asked") {
  tree t;
  child_spec hard = spec(t.book, "hard");
  hard.grace = 2s;
  hard.start = [book = t.book](caf::actor_system& system) {
    return system.spawn(stubborn, book, "hard");
  };
  t.start({spec(t.book, "a"), hard});
  t.book->take();
  caf::anon_send_exit(t.root, caf::exit_reason::user_shutdown);
  t.fixture.run();
  t.fixture.advance(1999ms);
  CHECK(t.book->take() == "");
  t.fixture.advance(1ms);
  CHECK(t.book->take() == "-hard -a");
  CHECK(t.ends.size() == 1);
}

TEST_CASE("nested supervisors shut down from the leaves up, in reverse") {
  tree t;
  supervisor_config inner = t.config;
  inner.name = "inner";
  t.start({spec(t.book, "a"), supervisor_child(inner, {spec(t.book, "x"), spec(t.book, "y")}),
           spec(t.book, "b")});
  t.book->take();
  caf::anon_send_exit(t.root, caf::exit_reason::user_shutdown);
  t.fixture.run();
  CHECK(t.book->take() == "-b -y -x -a");
}

TEST_CASE("shutdown during a back-off starts nothing again") {
  tree t;
  t.start_abc();
  t.tell("b", throw_atom::value);
  caf::anon_send_exit(t.root, caf::exit_reason::user_shutdown);
  t.fixture.run();
  t.fixture.advance(10s);
  CHECK(t.book->take() == "-b -c -a");
  CHECK(t.ends.size() == 1);
}

TEST_CASE("a kill of the supervisor takes its children with it") {
  tree t;
  t.start_abc();
  caf::anon_send_exit(t.root, caf::exit_reason::kill);
  t.fixture.run();
  const std::string lines = t.book->take();
  CHECK(lines.size() == std::string("-a -b -c").size());
  CHECK(t.ends.at(0).exit_code == 1);
}

TEST_CASE("a start that throws is a failure like any other") {
  tree t;
  int failures = 2;
  child_spec flaky = spec(t.book, "flaky");
  flaky.start = [&failures, book = t.book](caf::actor_system& system) -> caf::actor {
    if (failures-- > 0) throw std::runtime_error("port taken");
    book->lines.push_back("+flaky");
    return system.spawn(worker, book, "flaky");
  };
  t.start({flaky});
  CHECK(t.status("flaky").phase == api::child_phase::backing_off);
  CHECK(t.status("flaky").last_reason == "start failed: port taken");
  t.fixture.advance(100ms);
  CHECK(t.book->take() == "");
  t.fixture.advance(200ms);
  CHECK(t.book->take() == "+flaky");
}

TEST_CASE("a child that can never start escalates") {
  tree t;
  child_spec broken = spec(t.book, "broken");
  broken.start = [](caf::actor_system&) -> caf::actor { throw std::runtime_error("no disk"); };
  t.start({spec(t.book, "a"), broken});
  for (int i = 0; i < 10; ++i) t.fixture.advance(1s);
  REQUIRE(t.ends.size() == 1);
  CHECK_THAT(t.ends[0].message, Catch::Contains("start failed: no disk"));
  CHECK(t.book->take() == "+a -a");
}

TEST_CASE("a restart by request is not counted as a failure") {
  tree t;
  t.config.intensity = {.restarts_max = 0, .period = 5s};
  t.start_abc();
  for (int i = 0; i < 5; ++i) {
    t.fixture.ask<api::ack>(t.root, api::restart_atom::value, std::string("b"));
    CHECK_FALSE(t.fixture.last_error());
  }
  CHECK(t.book->take() == "-b +b -b +b -b +b -b +b -b +b");
  CHECK(t.ends.empty());
  t.fixture.ask<api::ack>(t.root, api::restart_atom::value, std::string("nobody"));
  CHECK(api::to_errc(t.fixture.last_error()) == api::errc::not_found);
}

TEST_CASE("a child that throws under load loses only what it had not answered") {
  for (u64 seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    tree t{strategy::one_for_one, seed};
    t.start({spec(t.book, "x")});
    caf::scoped_actor client{t.fixture.system()};
    u64 answered = 0, refused = 0;
    for (int round = 0; round < 3; ++round) {
      std::vector<std::function<void()>> collect;
      for (int i = 0; i < 100; ++i) {
        const caf::actor who = t.directory->find("x");
        if (i == 40) caf::anon_send(who, throw_atom::value);
        auto pending =
            std::make_shared<decltype(client->request(who, caf::infinite, add_atom::value))>(
                client->request(who, caf::infinite, add_atom::value));
        collect.push_back([&, pending] {
          pending->receive([&](u64) { ++answered; }, [&](caf::error&) { ++refused; });
        });
      }
      t.fixture.run();
      for (auto& c : collect) c();
      t.fixture.advance(2s);
    }
    CHECK(answered == t.book->added);
    CHECK(answered + refused == 300);
    CHECK(answered == 120);
    CHECK(t.status("x").restarts == 3);
    CHECK(t.status("x").phase == api::child_phase::running);
  }
}

TEST_CASE("a handle over a failure is stale, the directory has the new one") {
  tree t;
  t.start({spec(t.book, "x")});
  const caf::actor old = t.directory->find("x");
  t.tell("x", throw_atom::value);
  CHECK_FALSE(t.directory->find("x"));
  t.fixture.advance(1s);
  REQUIRE(t.directory->find("x"));
  CHECK(t.directory->find("x") != old);
}

TEST_CASE("the directory remembers how a role stands while nobody plays it") {
  tree t;
  t.start_abc();
  const auto b = [&] { return t.directory->standings().at(1); };
  CHECK(b().role == "b");
  CHECK(b().played);
  CHECK(b().restarts == 0);
  CHECK(b().why_ended.empty());
  t.tell("b", throw_atom::value);
  CHECK_FALSE(b().played);
  CHECK(b().why_ended == "failed: planted");
  t.fixture.advance(100ms);
  CHECK(b().played);
  CHECK(b().restarts == 1);
}

TEST_CASE("what is wrong with a tree is said before it starts") {
  tree t;
  auto child = spec(t.book, "a");
  CHECK(check(t.config, {child, child}) == "root: two children named 'a'");
  child.start = nullptr;
  CHECK(check(t.config, {child}) == "root: child 'a' has no start function");
  t.config.backoff.longest = 1ms;
  CHECK(check(t.config, {}) == "root: back-off must satisfy 0 <= initial <= longest");
}

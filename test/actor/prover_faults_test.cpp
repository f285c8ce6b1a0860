#include "actors/supervision/fault_point.hpp"
#include "actors/supervision/supervisor.hpp"
#include "test/actor/prover_system.hpp"

using namespace ashlar;
using namespace ashlar::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST_CASE("a role that always fails is started again and again, and none of its siblings") {
  // Its archive cannot count generations, so that each start ends at once.
  prover_system s;
  const std::string generation = s.folder.path + "/proofs/generation";
  fs::remove_all(generation);
  fs::create_directory(generation);
  fs::create_directory(generation + "/in-the-way");
  const auto directory = std::make_shared<supervision::role_directory>();
  u32 siblings = 0;
  std::vector<supervision::child_spec> children;
  children.push_back(
      {"sequencer", supervision::restart_type::permanent, [&](caf::actor_system& sys) {
         ++siblings;
         return sys.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
       }});
  children.push_back(prover::supervised_prover({false}, s.config, s.parts(), directory));
  supervision::supervisor_config root;
  root.name = "node";
  root.intensity = {5, 30s};  // as the node's
  root.directory = directory;
  const auto node = supervision::spawn_supervisor(s.fixture.system(), root, std::move(children));
  std::optional<int> ended;
  supervision::watch_root(node, [&](const supervision::root_end& e) { ended = e.exit_code; });
  s.fixture.run();
  for (int second = 0; second < 1'800; ++second) s.fixture.advance(1s);
  CHECK_FALSE(ended);
  CHECK(siblings == 1);
  const auto standing = [&] {
    for (const auto& one : directory->standings())
      if (one.role == "prover") return one;
    return supervision::role_directory::standing{};
  };
  CHECK_FALSE(standing().played);
  CHECK_THAT(standing().why_ended, Catch::Contains("storage"));
  // A supervisor plays no role.
  for (const auto& one : directory->standings()) CHECK(one.role != "proving");
  // It comes back by itself when the cause is mended.
  fs::remove_all(generation);
  for (int second = 0; second < 120; ++second) s.fixture.advance(1s);
  CHECK(standing().played);
  CHECK(siblings == 1);
  caf::anon_send_exit(node, caf::exit_reason::user_shutdown);
  for (int second = 0; second < 20; ++second) s.fixture.advance(1s);
  CHECK(ended == 0);
}

namespace {

/// The role under its supervisor, as in a node: what throws is started again.
struct supervised {
  prover_system& s;
  std::shared_ptr<supervision::role_directory> directory =
      std::make_shared<supervision::role_directory>();
  caf::actor tree;

  explicit supervised(prover_system& system) : s(system) {
    const auto spec = prover::supervised_prover({false}, s.config, s.parts(), directory);
    tree = spec.start(s.fixture.system());
    s.fixture.run();
    s.role = directory->find_as<api::prover_actor>("prover");
  }
  ~supervised() {
    caf::anon_send_exit(tree, caf::exit_reason::kill);
    s.role = api::prover_actor{};
    s.fixture.run();
  }
  /// The role that is there once the supervisor has waited.
  void await_restart() {
    s.pass(2s);
    s.role = directory->find_as<api::prover_actor>("prover");
    REQUIRE(s.role);
  }
  /// The proof of batch 1 and its lease, as the role throws over it and is started again.
  std::pair<api::proof_lease, bytes> throw_over_a_proof(const char* point) {
    s.seal(1);
    connection a(s, "a");
    const auto lease = a.lease();
    REQUIRE(lease);
    bytes proof = s.proof_of(*lease);
    supervision::arm_fault(point, "planted");
    CHECK_FALSE(a.finish(*lease, proof));
    CHECK_FALSE(supervision::is_armed(point));
    await_restart();
    return {*lease, std::move(proof)};
  }
  void check_restarted_once(const std::string& why) const {
    for (const auto& one : directory->standings())
      if (one.role == "prover") {
        CHECK(one.played);
        CHECK(one.restarts == 1);
        CHECK_THAT(one.why_ended, Catch::Contains(why));
      }
  }
};

}  // namespace

TEST_CASE("a role that throws as it leases is started again and its leases are void") {
  // given: a is at work on batch 1
  prover_system s;
  supervised tree(s);
  s.seal(2);
  connection a(s, "a"), b(s, "b");
  const auto old = a.lease();
  REQUIRE(old);
  // when: it throws with batch 2 given away and b not told
  supervision::arm_fault("prover.leased", "planted");
  CHECK_FALSE(b.lease());
  CHECK_FALSE(supervision::is_armed("prover.leased"));
  tree.await_restart();
  // then: what a proves under the old lease is nobody's
  connection again(s, "a");
  CHECK_FALSE(again.finish(*old, s.proof_of(*old)));
  CHECK(again.error() == api::errc::stale_epoch);
  // and both batches are leased anew, once each, above any epoch of before
  const auto first = again.lease();
  REQUIRE(first);
  CHECK(first->batch == batch_number{1});
  CHECK(first->lease_epoch > old->lease_epoch);
  REQUIRE(again.finish(*first, s.proof_of(*first)));
  CHECK(s.prove_all(again) == 1);
  CHECK(s.counter("batches_proved") == 2);
  CHECK(s.counter("leases_total") == 2);
  tree.check_restarted_once("planted");
}

TEST_CASE("a checker that throws before a proof is kept ends the role, which has it made again") {
  prover_system s;
  supervised tree(s);
  const auto [old, proof] = tree.throw_over_a_proof("prover.verified");
  // then: nothing was kept, the old lease is void, and a new one ends with the batch proved
  CHECK_FALSE(s.archive->find(batch_number{1}));
  CHECK_FALSE(s.status_of(1).proved);
  connection again(s, "a");
  CHECK_FALSE(again.finish(old, proof));
  CHECK(again.error() == api::errc::stale_epoch);
  const auto anew = again.lease();
  REQUIRE(anew);
  CHECK(anew->lease_epoch > old.lease_epoch);
  REQUIRE(again.finish(*anew, proof));
  CHECK(s.status_of(1).proved);
  CHECK_FALSE(again.lease());
  tree.check_restarted_once("planted");
}

TEST_CASE("a role that throws over a proof that is kept has the batch proved after its restart") {
  prover_system s;
  supervised tree(s);
  // when: the proof is on disk, and neither the table nor the worker was told
  const auto [old, proof] = tree.throw_over_a_proof("prover.kept");
  // then: it counts, and nobody is asked to prove the batch again
  CHECK(s.status_of(1).proved);
  CHECK(*s.archive->read(*s.archive->find(batch_number{1})) == proof);
  connection again(s, "a");
  CHECK_FALSE(again.lease());
  CHECK(again.error() == api::errc::no_job);
  CHECK_FALSE(again.finish(old, proof));
  CHECK(again.error() == api::errc::stale_epoch);
  CHECK(s.counter("leases_total") == 0);
  tree.check_restarted_once("planted");
}

#include "actors/prover/l1_prover.hpp"

#include <csignal>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "test/support/bound_backend.hpp"
#include "test/support/recursion_runs.hpp"
#include "test/support/settlement_fixture.hpp"
#include "test/unit/l1_prover/scratch.hpp"

using namespace ashlar;
using namespace ashlar::test;
using prover::l1_prover;
using publisher::batch_run;
namespace fs = std::filesystem;

namespace {

/// Names the small program; nothing is checked here, what the archive holds was.
struct named_program final : prover::proof_checker {
  hash256 program_commitment() const override {
    return recursion_runs::shared().plan().base.digest();
  }
  std::string params_name() const override { return std::string(insecure_recursion.name); }
  status<std::string> check(const hash256&, bytes_view) const override { return nothing{}; }
};

std::shared_ptr<const prover::proof_checker> known_program() {
  return std::make_shared<named_program>();
}

result<prover::opened_recursion, std::string> open_over(
    std::unique_ptr<stark::prover_backend> backend, stark::proof_shelf& shelf) {
  prover::opened_recursion out;
  out.backend = std::move(backend);
  ASHLAR_TRY(out.prover,
             stark::recursion_prover::open(recursion_runs::shared().plan(), *out.backend, shelf));
  return out;
}

result<prover::opened_recursion, std::string> open_small(stark::proof_shelf& shelf) {
  return open_over(stark::make_cpu_backend(2), shelf);
}

/// One stage, which is the proof as it is.
result<publisher::run_proof, std::string> one_stage(const batch_run& run,
                                                    const stark::outer_proof& proof,
                                                    std::span<const hash256> inputs) {
  if (proof.list != stark::list_of(inputs)) return fail(std::string("another list"));
  publisher::run_proof out;
  out.run = run;
  out.output = proof.list;
  out.stages.push_back({{}, proof.proof, 1});
  return out;
}

/// A node's stores with batches and proofs of them, on disk.
struct stores {
  scratch folder;
  std::unique_ptr<store::batch_store> batches;
  std::unique_ptr<prover::proof_archive> archive;

  stores() {
    store::database_config config;
    config.folder = folder.path + "/batches";
    auto opened = store::batch_store::open(config);
    REQUIRE(opened.ok());
    batches = std::move(*opened);
    auto kept = prover::proof_archive::open(folder.path + "/archive");
    REQUIRE(kept.ok());
    archive = std::move(*kept);
  }
  hash256 input(u64 n) const { return public_input_hash(batches->get(batch_number{n})->input); }
  void seal(u64 n, u8 salt = 0) { REQUIRE(batches->append(batch_of(n, salt)).ok()); }
  void prove(u64 n) { prove(n, recursion_runs::shared().prove(input(n))); }
  /// Keeps this for the batch's proof.
  void prove(u64 n, const proved_run& proved) {
    prover::proof_record r;
    r.batch = batch_number{n};
    r.public_input_hash = input(n);
    r.program_commitment = named_program().program_commitment();
    r.params = named_program().params_name();
    r.segments = proved.segments;
    REQUIRE(archive->keep(r, proved.proof).ok());
  }
  batch_run run(u64 first, u64 last) const {
    batch_run out{batch_number{first}, batch_number{last}, {}};
    for (u64 n = first; n <= last; ++n)
      out.accumulator = chain_public_input(out.accumulator, input(n));
    return out;
  }
  std::unique_ptr<l1_prover> open(const ashlar::clock* time = nullptr) const {
    auto made = l1_prover::open(
        folder.path + "/l1", {*batches, *archive, known_program, open_small, one_stage, {}, time});
    if (!made) FAIL(made.error());
    return std::move(*made);
  }
};

/// Steps until the run's proof is finished.
std::shared_ptr<const publisher::run_proof> finish(l1_prover& p, const batch_run& run) {
  for (u32 i = 0; i < 10; ++i) {
    if (auto done = p.finished(run)) return done;
    const auto how = p.step([] { return true; });
    if (how != l1_prover::progress::made) FAIL(p.doing(run));
  }
  FAIL("no end");
  return nullptr;
}

/// Parts of a batch's proof: its segments and the memory's.
u64 leaves_of(const stores& s, u64 n) {
  return s.archive->find(batch_number{n})->segments + 1;
}

bool holds(const publisher::run_proof& proof) {
  auto& f = recursion_runs::shared();
  shelf_in_memory shelf;
  static const auto opened = stark::recursion_prover::open(f.plan(), f.backend(), shelf);
  const stark::outer_proof outer{proof.output, (*opened)->set_root(), proof.stages[0].calldata};
  return stark::verify_outer(f.plan().outer, (*opened)->keys().outer, outer).ok();
}

}  // namespace

TEST_CASE("l1 prover: proofs of batches become a run's, ahead of the run where it can",
          "[l1_prover]") {
  // given: three batches, of which the first two are proved
  stores s;
  for (u64 n = 1; n <= 3; ++n) s.seal(n);
  s.prove(1);
  s.prove(2);
  manual_clock time;
  const auto p = s.open(&time);
  CHECK(p->ready_to(batch_number{1}) == batch_number{2});
  CHECK(p->ready_to(batch_number{2}) == batch_number{2});
  CHECK(p->ready_to(batch_number{3}) == std::nullopt);
  CHECK(p->begun_from(batch_number{1}) == std::nullopt);
  // when: nothing was begun; each proof takes a second
  u32 seconds = 0;
  const auto on = [&] {
    time.advance(std::chrono::seconds(1));
    return ++seconds > 0;
  };
  CHECK(p->step(on) == l1_prover::progress::made);
  CHECK(p->step(on) == l1_prover::progress::made);
  CHECK(p->step(on) == l1_prover::progress::idle);
  // then only what a list takes is left
  const batch_run run = s.run(1, 2);
  p->begin(run);
  CHECK(p->begun_from(batch_number{1}) == run);
  CHECK(p->finished(run) == nullptr);
  u32 made = 0;
  CHECK(p->last_layers().empty());
  CHECK(p->step([&] { return on() && ++made > 0; }) == l1_prover::progress::made);
  CHECK(made == 4);
  const auto proof = p->finished(run);
  REQUIRE(proof != nullptr);
  CHECK(holds(*proof));
  CHECK(p->doing(run) == "its proof is finished");
  std::map<std::string, u64> layers;
  u64 in_all_ms = 0;
  for (const auto& [layer, ms] : p->last_layers()) in_all_ms += layers[layer] = ms;
  CHECK(in_all_ms == 1'000 * seconds);
  CHECK(layers["outer"] == 1'000);
  CHECK(layers["complete"] == 2'000);
  CHECK(layers["join"] >= 1'000);
  CHECK(layers["leaf"] == 1'000 * leaves_of(s, 1) + 1'000 * leaves_of(s, 2));
  CHECK(p->step(on) == l1_prover::progress::idle);
  // A restart has it without proving.
  const auto again = s.open();
  CHECK(again->begun_from(batch_number{1}) == run);
  made = 0;
  CHECK(again->step([&] { return ++made > 0; }) == l1_prover::progress::made);
  CHECK(made == 0);
  CHECK(again->last_layers().empty());
  CHECK(again->finished(run)->stages[0].calldata == proof->stages[0].calldata);
}

TEST_CASE("l1 prover: killed between any two proofs, it goes on where it was", "[l1_prover]") {
  // given
  stores s;
  s.seal(1);
  s.prove(1);
  const batch_run run = s.run(1, 1);
  s.open()->begin(run);
  const auto segments = s.archive->find(batch_number{1})->segments;
  const auto due = stark::schedule_of_run(segments).size() + 2;
  // when: each process is killed in front of its second, third, fourth proof
  u32 made = 0, deaths = 0;
  for (u32 more = 1;; more = more % 3 + 1) {
    REQUIRE(deaths < 40);
    const pid_t child = ::fork();
    if (child == 0) {
      // Only what this process opens itself is used: threads do not live through fork.
      auto p = l1_prover::open(s.folder.path + "/l1",
                               {*s.batches, *s.archive, known_program, open_small, one_stage, {}});
      u32 left = more;
      (void)(*p)->begun_from(batch_number{1});
      (void)(*p)->step([&] {
        if (left-- == 0) ::kill(::getpid(), SIGKILL);
        return true;
      });
      ::_exit((*p)->finished(run) ? static_cast<int>(more - left) : 99);
    }
    int how = 0;
    REQUIRE(::waitpid(child, &how, 0) == child);
    if (WIFSIGNALED(how)) {
      ++deaths;
      made += more;
      continue;
    }
    REQUIRE(WEXITSTATUS(how) <= 3);
    made += static_cast<u32>(WEXITSTATUS(how));
    break;
  }
  // then: nothing was proved twice, and it is a proof
  CHECK(deaths > 2);
  CHECK(made == due);
  const auto p = s.open();
  CHECK(p->begun_from(batch_number{1}) == run);
  CHECK(holds(*finish(*p, run)));
}

TEST_CASE("l1 prover: files that were changed are made again", "[l1_prover]") {
  stores s;
  s.seal(1);
  s.prove(1);
  const batch_run run = s.run(1, 1);
  {
    const auto p = s.open();
    p->begin(run);
    finish(*p, run);
  }
  u32 changed = 0;
  for (const auto& e : fs::directory_iterator(s.folder.path + "/l1/proofs")) {
    std::fstream file(e.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(fs::file_size(e.path()) / 2));
    file.put('\x5a').put('\xa5');
    ++changed;
  }
  CHECK(changed == 3);  // the keys, the run, the proof for L1
  const auto p = s.open();
  CHECK(p->begun_from(batch_number{1}) == run);
  u32 made = 0;
  CHECK(p->step([&] { return ++made > 0; }) == l1_prover::progress::made);
  const auto segments = s.archive->find(batch_number{1})->segments;
  CHECK(made == stark::schedule_of_run(segments).size() + 2);
  CHECK(holds(*p->finished(run)));
}

TEST_CASE("l1 prover: a run that another takes the place of is left", "[l1_prover]") {
  stores s;
  s.seal(1);
  s.seal(2);
  s.prove(1);
  s.prove(2);
  const auto p = s.open();
  const batch_run one = s.run(1, 1), both = s.run(1, 2);
  p->begin(one);
  // when: the other one is begun while the first is proved
  u32 asked = 0;
  const auto how = p->step([&] {
    if (++asked == 3) p->begin(both);
    return true;
  });
  CHECK(how == l1_prover::progress::idle);
  CHECK(asked == 3);
  CHECK(p->finished(one) == nullptr);
  CHECK(p->doing(one) == "it was not begun");
  CHECK(holds(*finish(*p, both)));
  CHECK(s.open()->begun_from(batch_number{1}) == both);
}

TEST_CASE("l1 prover: it says why a run does not get on", "[l1_prover]") {
  stores s;
  s.seal(1);
  const auto p = s.open();
  const batch_run run = s.run(1, 1);
  p->begin(run);
  const auto on = [] { return true; };
  SECTION("no proof of a batch") {
    CHECK(p->step(on) == l1_prover::progress::failed);
    CHECK(p->doing(run) == "batch 1 has no proof of its own yet");
    s.prove(1);
    CHECK(holds(*finish(*p, run)));
  }
  SECTION("batches that were laid again") {
    REQUIRE(s.batches->truncate(batch_number{0}).ok());
    s.seal(1, 9);
    s.prove(1);
    CHECK(p->step(on) == l1_prover::progress::failed);
    CHECK(p->doing(run).find("laid again") != std::string::npos);
  }
  SECTION("a proof by another program") {
    auto r = prover::proof_record{};
    r.batch = batch_number{1};
    r.public_input_hash = s.input(1);
    r.params = named_program().params_name();
    REQUIRE(s.archive->keep(r, bytes{1}).ok());
    CHECK(p->ready_to(batch_number{1}) == std::nullopt);
    CHECK(p->step(on) == l1_prover::progress::failed);
  }
  SECTION("a proof of another state, however it came to be kept") {
    auto batch = s.batches->get(batch_number{1})->input;
    batch.state_after = filled(0x66);
    s.prove(1, recursion_runs::shared().prove(public_input_hash(batch)));
    CHECK(p->ready_to(batch_number{1}) == batch_number{1});
    CHECK(p->step(on) == l1_prover::progress::failed);
    CHECK_THAT(p->doing(run), Catch::StartsWith("batch 1: memory's part of the run is refused"));
    CHECK(p->finished(run) == nullptr);
  }
  SECTION("a program that is not known yet") {
    s.prove(1);
    const auto early = l1_prover::open(
        s.folder.path + "/early",
        {*s.batches, *s.archive, [] { return nullptr; }, open_small, one_stage, {}});
    REQUIRE(early.ok());
    CHECK((*early)->ready_to(batch_number{1}) == std::nullopt);
    CHECK((*early)->step(on) == l1_prover::progress::idle);
  }
  SECTION("called off") {
    s.prove(1);
    CHECK(p->step([] { return false; }) == l1_prover::progress::idle);
    CHECK(p->finished(run) == nullptr);
  }
}

TEST_CASE("l1 prover: a device that is lost costs the proof at hand; another backend is opened",
          "[l1_prover]") {
  // given: a backend that belongs to the thread that opened it, as a GPU's does
  stores s;
  s.seal(1);
  s.prove(1);
  const batch_run run = s.run(1, 1);
  backend_record record;
  u64 fails_at = 0;
  bool out_of_memory = false;
  record.fault = [&](u64 call) {
    if (call != fails_at) return;
    if (out_of_memory) throw std::bad_alloc();
    throw std::runtime_error("an illegal address");
  };
  const auto made = l1_prover::open(
      s.folder.path + "/l1",
      {*s.batches,
       *s.archive,
       known_program,
       [&](stark::proof_shelf& shelf) { return open_over(make_bound_backend(record), shelf); },
       one_stage,
       {}});
  REQUIRE(made.ok());
  l1_prover& p = **made;
  p.begin(run);
  std::jthread([&] {
    const auto on = [] { return true; };
    // when: it fails in the making of keys, within the first proof, and within a later one
    u32 lost = 0;
    for (const u64 further : {2u, 60u, 100u}) {
      fails_at = record.calls + further;
      CHECK(p.step(on) == l1_prover::progress::failed);
      CHECK(p.doing(run) == "the backend failed and was closed: an illegal address");
      CHECK(record.made == ++lost);
      CHECK(record.alive == 0);
    }
    // Spent memory is no lost device.
    out_of_memory = true;
    fails_at = record.calls + 200;
    CHECK(p.step(on) == l1_prover::progress::failed);
    CHECK(record.alive == 1);
    // then: it goes on, and ends where it lived
    CHECK(holds(*finish(p, run)));
    CHECK(record.made == lost + 1);
    p.close();
  }).join();
  CHECK(record.alive == 0);
  CHECK(record.handles == 0);
  CHECK(record.strays == 0);
}

TEST_CASE("l1 prover: a damaged note of a run is no run", "[l1_prover]") {
  stores s;
  s.seal(1);
  s.open()->begin(s.run(1, 1));
  const std::string note = s.folder.path + "/l1/runs/1";
  const auto size = fs::file_size(note);
  for (std::uintmax_t at = 0; at < size; at += 9) {
    std::fstream file(note, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char was = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(was ^ 4)).flush();
    CHECK(s.open()->begun_from(batch_number{1}) == std::nullopt);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(was).flush();
  }
  CHECK(s.open()->begun_from(batch_number{1}).has_value());
  fs::resize_file(note, size - 1);
  CHECK(s.open()->begun_from(batch_number{1}) == std::nullopt);
}

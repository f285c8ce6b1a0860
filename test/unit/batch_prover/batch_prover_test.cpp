#include "actors/prover/batch_prover.hpp"

#include <thread>

#include <catch2/catch.hpp>

#include "actors/prover/proof_engine.hpp"
#include "cuda/device/failure.hpp"
#include "test/support/bound_backend.hpp"
#include "test/support/guest_file.hpp"
#include "test/support/memory_chain.hpp"

using namespace ashlar;
using namespace ashlar::test;
using prover::batch_prover;

namespace {

/// Of a batch of one block with nothing in it: the fewest cycles.
bytes small_witness() {
  memory_state genesis;
  genesis.put(test_key(0).account, {0, u256{1} << 90, evm::empty_code_hash, 0});
  memory_chain chain(genesis);
  return stf::encode_batch_witness(chain.seal({{unix_seconds{1'700'000'012}, {}}}).witness);
}

/// insecure_test with tables as tall as real programs need.
const stark::proof_params quick = [] {
  stark::proof_params p = stark::insecure_test;
  p.height_log2_max = p.narrow_log2_max = 20;
  return p;
}();

struct rig {
  backend_record record;
  std::string refusal;  ///< what opening a backend says; empty: it is opened
  bytes witness = small_witness();

  std::unique_ptr<batch_prover> open() {
    prover::batch_prover_config config;
    config.params = quick;
    config.workers = 2;
    config.backend = [this]() -> result<std::unique_ptr<stark::prover_backend>, std::string> {
      if (!refusal.empty()) return fail(refusal);
      return make_bound_backend(record);
    };
    auto p = batch_prover::open(whole_file(ASHLAR_STF_ELF), config);
    if (!p.ok()) FAIL(p.error());
    return std::move(*p);
  }
  /// Throws in the so many-th call from now.
  template <class Exception>
  void arm(u64 calls, Exception what) {
    record.fault = [at = record.calls + calls, what](u64 call) {
      if (call == at) throw what;
    };
  }
};

const cuda::device_exception lost({cuda::device_error::runtime, "an illegal address"});
const cuda::device_memory_spent spent("1 byte is in use and 2 more are needed");

}  // namespace

TEST_CASE("a backend is made, used and ended on one thread, whoever asks for proofs") {
  rig r;
  const auto here = std::this_thread::get_id();
  {
    auto p = r.open();
    CHECK(r.record.thread != here);
    const auto first = p->prove(r.witness);
    INFO((first.ok() ? std::string() : first.error()));
    REQUIRE(first.ok());
    std::optional<prover::batch_proof> second;
    std::thread([&] {
      auto made = p->prove(r.witness);
      if (made) second = std::move(*made);
    }).join();
    REQUIRE(second);
    CHECK(second->file == first->file);
    CHECK(p->key().check(first->public_input_hash, first->file).ok());
    CHECK(r.record.made == 1);
    CHECK(r.record.calls > 100);
    // And ended, with its key, by a third thread.
    std::thread([&] { p.reset(); }).join();
  }
  CHECK(r.record.alive == 0);
  CHECK(r.record.strays == 0);
}

TEST_CASE("a device that is lost costs its proof; another backend is opened for the next") {
  rig r;
  const auto p = r.open();
  const hash256 commitment = p->key().commitment();
  const u64 before = r.record.calls;
  REQUIRE(p->prove(r.witness).ok());
  const u64 calls = r.record.calls - before;
  // At its first call, in the middle, and at its last.
  for (const u64 at : {u64{1}, calls / 2, calls}) {
    CAPTURE(at, calls);
    const u32 made = r.record.made;
    r.arm(at, lost);
    const auto failed = p->prove(r.witness);
    REQUIRE_FALSE(failed.ok());
    CHECK(failed.error() == "the backend failed and was closed: GPU: an illegal address");
    CHECK(r.record.alive == 0);
    CHECK(p->key().commitment() == commitment);  // proofs of others are still checked
    r.record.fault = nullptr;
    const auto proof = p->prove(r.witness);
    REQUIRE(proof.ok());
    CHECK(p->key().check(proof->public_input_hash, proof->file).ok());
    CHECK(r.record.made == made + 1);
  }
  CHECK(r.record.strays == 0);
}

TEST_CASE("a device that does not come back is said, and each try is a new one") {
  rig r;
  const auto p = r.open();
  r.arm(1, lost);
  REQUIRE_FALSE(p->prove(r.witness).ok());
  r.record.fault = nullptr;
  r.refusal = "there is no device 0";
  CHECK(p->prepare().error() == "there is no device 0");
  CHECK(p->prove(r.witness).error() == "there is no device 0");
  // One that is there and fails while the key is made.
  r.refusal.clear();
  r.arm(1, lost);
  CHECK(p->prepare().error() == "the backend fails: GPU: an illegal address");
  CHECK(r.record.alive == 0);
  r.record.fault = nullptr;
  CHECK(p->prepare().ok());
  CHECK(p->prove(r.witness).ok());
  CHECK(r.record.strays == 0);
}

TEST_CASE("memory that is spent costs the proof and not the backend") {
  rig r;
  const auto p = r.open();
  r.arm(20, spent);
  CHECK_THAT(p->prove(r.witness).error(), Catch::Contains("out of memory"));
  r.arm(20, std::bad_alloc());
  CHECK_THAT(p->prove(r.witness).error(), Catch::Contains("out of memory"));
  r.record.fault = nullptr;
  CHECK(p->prove(r.witness).ok());
  CHECK(r.record.made == 1);
  CHECK(r.record.strays == 0);
}

TEST_CASE("a budget cuts segments until they fit, and one that holds none is refused with both") {
  const bytes guest = whole_file(ASHLAR_STF_ELF);
  prover::batch_prover_config config;
  const auto all = prover::plan_proving(guest, config);
  REQUIRE(all.ok());
  config.memory_bytes_max = all->needed_bytes / 2;
  const auto half = prover::plan_proving(guest, config);
  REQUIRE(half.ok());
  CHECK(half->needed_bytes <= config.memory_bytes_max);
  bool shorter = false;
  for (const auto limit : riscv::segment_limit_members) {
    CHECK(half->config.segments.*limit <= all->config.segments.*limit);
    shorter |= half->config.segments.*limit < all->config.segments.*limit;
  }
  CHECK(shorter);
  config.memory_bytes_max = riscv::guest_ram_bytes;
  const auto none = prover::plan_proving(guest, config);
  REQUIRE_FALSE(none.ok());
  CHECK_THAT(none.error(), Catch::Contains("MiB is too small: the smallest segments need"));
  // What is no program is no plan.
  CHECK_THAT(prover::plan_proving(bytes(100, 1), {}).error(), Catch::StartsWith("guest program: "));
}

TEST_CASE("the key for who checks alone is the prover's") {
  rig r;
  const auto p = r.open();
  prover::batch_prover_config config;
  config.params = quick;
  const auto key =
      prover::make_batch_key(*prover::plan_proving(whole_file(ASHLAR_STF_ELF), config));
  REQUIRE(key.ok());
  CHECK(key->commitment() == p->key().commitment());
  const auto proof = p->prove(r.witness);
  REQUIRE(proof.ok());
  const auto checker = prover::make_batch_checker(*key);
  CHECK(checker->check(proof->public_input_hash, proof->file).ok());
  CHECK_FALSE(checker->check(hash256{}, proof->file).ok());
}

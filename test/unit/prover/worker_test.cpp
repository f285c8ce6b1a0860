#include "actors/prover/worker.hpp"

#include <mutex>
#include <thread>

#include <catch2/catch.hpp>

#include "actors/prover/worker_wire.hpp"
#include "test/support/tiny_proofs.hpp"

using namespace ashlar;
using namespace ashlar::prover;
using wire::kind;

namespace {

constexpr u32 patience_ms = 60'000;

/// A device that is lost in each proof while `lost`, and does not come back while `gone`.
class frail_engine final : public proof_engine {
 public:
  hash256 program_commitment() const override { return inner_->program_commitment(); }
  std::string params_name() const override { return inner_->params_name(); }
  status<std::string> check(const hash256& input, bytes_view proof) const override {
    return inner_->check(input, proof);
  }
  status<std::string> prepare() override {
    ++prepared;
    if (gone) return fail(std::string("there is no device 0"));
    return nothing{};
  }
  result<engine_proof, std::string> prove(bytes_view witness,
                                          const std::function<void(const proving_progress&)>& told,
                                          const std::atomic<bool>& cancelled) override {
    if (lost) return fail(std::string("the backend failed and was closed: GPU: it fell off"));
    return inner_->prove(witness, told, cancelled);
  }
  u64 expected_bytes(u32 segments) const override { return inner_->expected_bytes(segments); }

  std::atomic<bool> lost{false}, gone{false};
  std::atomic<u32> prepared{0};

 private:
  std::unique_ptr<proof_engine> inner_ = test::make_tiny_engine();
};

/// A worker with real proofs of a tiny program, and the coordinator that the test plays for it.
struct rig {
  explicit rig(u32 answer_ms_max = 10'000,
               std::unique_ptr<proof_engine> with = test::make_tiny_engine())
      : engine(std::move(with)) {
    config.poll_ms = config.retry_ms = 1;
    config.answer_ms_max = answer_ms_max;
    auto ends = make_channel_pair();
    REQUIRE(ends.ok());
    coordinator.emplace(std::move(ends->first));
    workers_end.emplace(std::move(ends->second));
    worker = std::jthread([this](std::stop_token stop) {
      ended = run_worker(
          config, *engine,
          [this]() -> result<frame_channel, std::string> {
            if (!workers_end) return fail(std::string("the coordinator is gone"));
            frame_channel out = std::move(*workers_end);
            workers_end.reset();
            return out;
          },
          stop);
    });
    CHECK(hear(kind::hello).size() > 0);
    say(kind::welcome);
  }

  void say(kind what, bytes_view payload = {}) {
    REQUIRE(coordinator->send(static_cast<u8>(what), payload, patience_ms).ok());
  }
  frame hear_any() {
    auto got = coordinator->receive(patience_ms);
    REQUIRE(got.ok());
    return std::move(*got);
  }
  bytes hear(kind expected) {
    frame got = hear_any();
    REQUIRE(static_cast<int>(got.type) == static_cast<int>(expected));
    return std::move(got.payload);
  }
  /// Gives a job of so many rounds, of four cycles each, in segments of 64.
  void give(u32 rounds, u64 proof_bytes_max) {
    hear(kind::ask);
    const bytes witness = test::tiny_witness(hash256{}, rounds);
    say(kind::job,
        wire::encode(wire::job{batch_number{1}, epoch{1}, 4'000, witness.size(), proof_bytes_max}));
    say(kind::chunk, witness);
  }
  /// Answers renewals until something else comes.
  frame hear_the_end() {
    for (;;) {
      frame got = hear_any();
      if (got.type != static_cast<u8>(kind::renew)) return got;
      furthest = std::max(furthest, wire::decode_renew(got.payload)->segments_done);
      say(kind::renewed);
    }
  }

  /// The proof of what was given, which holds.
  void take_proof() {
    const frame offered = hear_the_end();
    REQUIRE(offered.type == static_cast<u8>(kind::offer));
    const auto offer = wire::decode_offer(offered.payload);
    REQUIRE(offer);
    bytes file;
    while (file.size() < offer->size) append(file, hear(kind::chunk));
    CHECK(engine->check(hash256{}, file).ok());
    say(kind::accepted);
  }

  std::unique_ptr<proof_engine> engine;
  worker_config config;
  std::optional<frame_channel> coordinator, workers_end;
  u32 furthest = 0;
  status<std::string> ended = nothing{};
  std::jthread worker;  // last: it uses the others
};

}  // namespace

TEST_CASE("a proof that will be too large is given up before it is made, with what to do") {
  rig r;
  r.give(200, r.engine->expected_bytes(13) - 1);  // 800 cycles: 13 segments
  const frame end = r.hear_the_end();
  REQUIRE(end.type == static_cast<u8>(kind::give_up));
  const auto why = wire::decode_give_up(end.payload);
  REQUIRE(why);
  CHECK_THAT(why->why, Catch::Contains("its proof takes about") &&
                           Catch::Contains("lower batch.proving_cycles_max"));
  r.say(kind::accepted);
  // It goes on, and delivers what is small enough.
  r.give(10, u64{1} << 30);
  r.take_proof();
}

TEST_CASE("a proof that came out too large is not sent") {
  rig r;
  // Openings of so few queries overlap, so the expectation is too low: only the size itself tells.
  r.give(1, 1'000 + r.engine->expected_bytes(1));
  const frame end = r.hear_the_end();
  REQUIRE(end.type == static_cast<u8>(kind::give_up));
  CHECK_THAT(wire::decode_give_up(end.payload)->why,
             Catch::Contains("its proof takes") && !Catch::Contains("about"));
  r.say(kind::accepted);
}

TEST_CASE("a coordinator that is slow to renew costs no work, and an end is heard meanwhile") {
  rig r(100);
  r.give(400, u64{1} << 30);
  // The first renewal is answered only when more than any other answer may take has passed.
  const frame first = r.hear_any();
  REQUIRE(first.type == static_cast<u8>(kind::renew));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  r.say(kind::renewed);
  CHECK(r.hear_any().type == static_cast<u8>(kind::renew));
  // Unanswered, and still it ends when it is asked to.
  r.worker.request_stop();
  r.worker.join();
  CHECK(r.coordinator->receive(patience_ms).error() == channel_error::closed);
}

TEST_CASE(
    "a worker whose device is lost gives the job up with the reason, and goes on when it is back") {
  auto owned = std::make_unique<frail_engine>();
  frail_engine& engine = *owned;
  rig r(10'000, std::move(owned));
  engine.lost = true;
  r.give(10, u64{1} << 30);
  const frame end = r.hear_the_end();
  REQUIRE(end.type == static_cast<u8>(kind::give_up));
  CHECK(wire::decode_give_up(end.payload)->why ==
        "the backend failed and was closed: GPU: it fell off");
  engine.lost = false;
  r.say(kind::accepted);
  r.give(10, u64{1} << 30);
  r.take_proof();
}

TEST_CASE("a worker whose device stays away takes no job, hangs up, and ends after some tries") {
  auto owned = std::make_unique<frail_engine>();
  frail_engine& engine = *owned;
  rig r(10'000, std::move(owned));
  // It asks, is told that there is nothing, and its device is gone when it would ask again.
  r.hear(kind::ask);
  engine.gone = true;
  r.say(kind::no_job);
  CHECK(r.coordinator->receive(patience_ms).error() == channel_error::closed);
  r.worker.join();
  REQUIRE_FALSE(r.ended.ok());
  CHECK(r.ended.error() == "there is no device 0");
  CHECK(engine.prepared >= r.config.engine_failures_max);
}

TEST_CASE("an engine that fails is tried again after twice as long, ten minutes at most") {
  CHECK(prover::engine_retry_ms(1'000, 1) == 1'000);
  CHECK(prover::engine_retry_ms(1'000, 2) == 2'000);
  CHECK(prover::engine_retry_ms(1'000, 10) == 512'000);
  CHECK(prover::engine_retry_ms(1'000, 11) == 600'000);
  // As many failures as the configuration allows.
  for (const u32 failures : {63u, 64u, 65u, 129u, 999u}) {
    CHECK(prover::engine_retry_ms(1, failures) == 600'000);
    CHECK(prover::engine_retry_ms(600'000, failures) == 600'000);
  }
}

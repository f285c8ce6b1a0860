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

/// A worker with real proofs of a tiny program, and the coordinator that the test plays for it.
struct rig {
  explicit rig(u32 answer_ms_max = 10'000) {
    config.poll_ms = 1;
    config.answer_ms_max = answer_ms_max;
    auto ends = make_channel_pair();
    REQUIRE(ends.ok());
    coordinator.emplace(std::move(ends->first));
    workers_end.emplace(std::move(ends->second));
    worker = std::jthread([this](std::stop_token stop) {
      run_worker(
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

  std::unique_ptr<proof_engine> engine = test::make_tiny_engine();
  worker_config config;
  std::optional<frame_channel> coordinator, workers_end;
  u32 furthest = 0;
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
  const frame offered = r.hear_the_end();
  REQUIRE(offered.type == static_cast<u8>(kind::offer));
  const auto offer = wire::decode_offer(offered.payload);
  REQUIRE(offer);
  bytes file;
  while (file.size() < offer->size) append(file, r.hear(kind::chunk));
  CHECK(r.engine->check(hash256{}, file).ok());
  r.say(kind::accepted);
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

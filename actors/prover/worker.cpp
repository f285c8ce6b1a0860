#include "actors/prover/worker.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "actors/prover/job_table.hpp"
#include "actors/prover/worker_wire.hpp"

namespace ashlar::prover {
namespace {

using wire::kind;

constexpr u64 retry_ms_max = 600'000;

/// Why a connection is of no more use, as a sentence.
using link_status = status<std::string>;

std::string text_of(channel_error e) {
  return to_text(e);
}

/// Waits, unless asked to stop.
void pause(std::stop_token stop, u32 wait_ms) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, std::chrono::milliseconds(wait_ms), [] { return false; });
}

/// An engine at work on a thread of its own, and what it has said.
class running_proof {
 public:
  /// A proof that has, or by the number of its segments will have, more than so many bytes fails.
  running_proof(proof_engine& engine, bytes witness, u64 bytes_max)
      : witness_(std::move(witness)),
        bytes_max_(bytes_max),
        thread_([this, &engine] { prove(engine); }) {}
  /// Stops it: waits for its next segment boundary.
  ~running_proof() {
    cancel_.store(true);
    thread_.join();
  }

  /// True when it has ended, waiting for that at most so long.
  bool wait(u32 ms, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    ended_or_told_.wait_for(lock, stop, std::chrono::milliseconds(ms),
                            [&] { return result_.has_value(); });
    return result_.has_value();
  }
  proving_progress progress() {
    const std::lock_guard lock(mutex_);
    return progress_;
  }
  /// Once, when it has ended.
  result<engine_proof, std::string> take() {
    const std::lock_guard lock(mutex_);
    ensure(result_.has_value());
    return std::move(*result_);
  }

 private:
  void prove(proof_engine& engine) {
    std::string over;
    const auto told = [&](const proving_progress& p) {
      // How many segments there are is known behind the first pass, before the long one.
      if (p.pass == 2 && over.empty()) over = why_over(engine.expected_bytes(p.segments), "about ");
      if (!over.empty()) cancel_.store(true);
      const std::lock_guard lock(mutex_);
      progress_ = p;
    };
    auto done = [&]() -> result<engine_proof, std::string> {
      try {
        return engine.prove(witness_, told, cancel_);
      } catch (const std::bad_alloc&) {
        return fail(std::string("out of memory"));
      } catch (const std::exception& e) {
        return fail(std::string("the engine failed: ") + e.what());
      }
    }();
    if (over.empty() && done.ok()) over = why_over(done->file.size(), "");
    if (!over.empty()) done = fail(std::move(over));
    {
      const std::lock_guard lock(mutex_);
      result_ = std::move(done);
    }
    ended_or_told_.notify_all();
  }

  /// Empty where so many bytes are not too many.
  std::string why_over(u64 size, const std::string& how) const {
    if (size <= bytes_max_) return {};
    return "its proof takes " + how + std::to_string(size) + " bytes, over the " +
           std::to_string(bytes_max_) +
           " of prover.proof_bytes_max: raise that, or lower batch.proving_cycles_max";
  }

  const bytes witness_;
  const u64 bytes_max_;
  std::atomic<bool> cancel_{false};
  std::mutex mutex_;
  std::condition_variable_any ended_or_told_;
  proving_progress progress_;
  std::optional<result<engine_proof, std::string>> result_;
  std::thread thread_;  // last: it uses the others
};

/// One connection, from its first frame to its end.
class session {
 public:
  session(const worker_config& config, proof_engine& engine, frame_channel channel,
          std::stop_token stop)
      : config_(config), engine_(engine), channel_(std::move(channel)), stop_(std::move(stop)) {}

  /// Until it is asked to stop, the engine is not ready, or the connection is of no more use.
  link_status run() {
    ASHLAR_CHECK(greet());
    while (!stop_.stop_requested()) {
      if (!engine_.prepare()) return nothing{};  // tried again, and told, by who called
      ASHLAR_CHECK(say(kind::ask, {}));
      ASHLAR_TRY(const frame answer, hear(config_.answer_ms_max));
      if (answer.type == static_cast<u8>(kind::job)) {
        ASHLAR_CHECK(work(answer.payload));
      } else if (answer.type == static_cast<u8>(kind::no_job)) {
        pause(stop_, config_.poll_ms);
      } else {
        return unexpected();
      }
    }
    return nothing{};
  }

 private:
  static failure<std::string> unexpected() {
    return fail(std::string("the coordinator answered what was not asked"));
  }

  link_status say(kind what, bytes_view payload) {
    const auto sent = channel_.send(static_cast<u8>(what), payload, config_.answer_ms_max);
    if (!sent) return fail(text_of(sent.error()));
    return nothing{};
  }
  result<frame, std::string> hear(u32 timeout_ms) {
    auto got = channel_.receive(timeout_ms);
    if (!got) return fail(text_of(got.error()));
    return std::move(*got);
  }

  link_status greet() {
    ASHLAR_CHECK(say(kind::hello, wire::encode(wire::hello{
                                      wire::version, config_.name, engine_.program_commitment(),
                                      engine_.params_name(), config_.threads})));
    ASHLAR_TRY(const frame answer, hear(config_.answer_ms_max));
    if (answer.type == static_cast<u8>(kind::welcome)) return nothing{};
    if (answer.type != static_cast<u8>(kind::refused)) return unexpected();
    return fail("refused: " + wire::decode_text(answer.payload).value_or("without a reason"));
  }

  result<bytes, std::string> take_witness(u64 size) {
    if (size > config_.witness_bytes_max)
      return fail("a witness of " + std::to_string(size) + " bytes is over witness_bytes_max");
    bytes out;
    while (out.size() < size) {
      ASHLAR_TRY(const frame part, hear(config_.answer_ms_max));
      if (part.type != static_cast<u8>(kind::chunk) || part.payload.empty() ||
          part.payload.size() > size - out.size())
        return unexpected();
      append(out, part.payload);
    }
    return out;
  }

  link_status work(bytes_view raw) {
    const auto job = wire::decode_job(raw);
    if (!job) return unexpected();
    ASHLAR_TRY(bytes witness, take_witness(job->witness_bytes));
    config_.log.info("proof begins", {{"batch", job->batch.value}});
    running_proof proof(engine_, std::move(witness), job->proof_bytes_max);
    // Four words a lease: one that is late or two that are lost do not cost it.
    const u32 word_ms = std::max(1u, job->lease_ms / 4);
    while (!proof.wait(word_ms, stop_)) {
      if (stop_.stop_requested()) return nothing{};
      ASHLAR_TRY(const bool ours, renew(*job, proof.progress()));
      if (ours) continue;
      config_.log.warning("lease lost, the proof stops", {{"batch", job->batch.value}});
      return nothing{};
    }
    auto done = proof.take();
    return done ? deliver(*job, *done) : give_up(*job, done.error());
  }

  result<bool, std::string> renew(const wire::job& job, const proving_progress& p) {
    ASHLAR_CHECK(
        say(kind::renew, wire::encode(wire::renew{job.batch, job.lease_epoch, p.pass,
                                                  p.segments_done, p.segments, p.cycles})));
    // A coordinator that ended closes the connection. One that stands still is no reason to throw
    // the work away, so it is waited for as long as for a verdict, unless we are to stop.
    const std::stop_callback hang_up(stop_, [this] { channel_.shut(); });
    ASHLAR_TRY(const frame answer, hear(config_.verdict_ms_max));
    if (answer.type == static_cast<u8>(kind::renewed)) return true;
    if (answer.type == static_cast<u8>(kind::stale)) return false;
    return unexpected();
  }

  link_status deliver(const wire::job& job, const engine_proof& proof) {
    ASHLAR_CHECK(
        say(kind::offer, wire::encode(wire::offer{job.batch, job.lease_epoch, proof.file.size(),
                                                  proof.cycles, proof.segments})));
    for (bytes_view left = proof.file; !left.empty();) {
      const bytes_view part = left.first(std::min<std::size_t>(left.size(), frame_bytes_max));
      // Where many proofs come at once, ours may wait for memory.
      const auto sent = channel_.send(static_cast<u8>(kind::chunk), part, config_.verdict_ms_max);
      if (!sent) return fail(text_of(sent.error()));
      left = left.subspan(part.size());
    }
    ASHLAR_TRY(const frame answer, hear(config_.verdict_ms_max));
    if (answer.type == static_cast<u8>(kind::accepted)) {
      config_.log.info("proof accepted", {{"batch", job.batch.value}});
    } else if (answer.type == static_cast<u8>(kind::refused)) {
      const std::string why = wire::decode_text(answer.payload).value_or("without a reason");
      config_.log.error("proof not taken", {{"batch", job.batch.value}, {"why", why}});
    } else if (answer.type != static_cast<u8>(kind::stale)) {
      return unexpected();
    }
    return nothing{};
  }

  link_status give_up(const wire::job& job, const std::string& why) {
    config_.log.error("no proof", {{"batch", job.batch.value}, {"why", why}});
    ASHLAR_CHECK(say(kind::give_up, wire::encode(wire::give_up{job.batch, job.lease_epoch, why})));
    ASHLAR_TRY(const frame answer, hear(config_.answer_ms_max));
    if (answer.type == static_cast<u8>(kind::accepted) ||
        answer.type == static_cast<u8>(kind::stale))
      return nothing{};
    return unexpected();
  }

  const worker_config& config_;
  proof_engine& engine_;
  frame_channel channel_;
  std::stop_token stop_;
};

/// Why it ended: empty where the engine is to be looked at, or the worker is to stop.
std::string one_connection(const worker_config& config, proof_engine& engine,
                           const connector& connect, const std::stop_token& stop) {
  try {
    auto channel = connect();
    if (!channel) return channel.error();
    const auto ended = session(config, engine, std::move(*channel), stop).run();
    return ended ? std::string() : ended.error();
  } catch (const std::exception& e) {  // no memory, no threads: the job goes to another
    return e.what();
  }
}

}  // namespace

std::string worker_config::validate() const {
  if (!is_worker_name(name)) return "worker: name must be 1 to 32 of a-z, 0-9, '.', '_', '-'";
  if (threads > 1'024) return "worker: threads must be 0 to 1024";
  if (poll_ms == 0 || poll_ms > 60'000) return "worker: poll_ms must be 1 to 60000";
  if (retry_ms == 0 || retry_ms > retry_ms_max) return "worker: retry_ms must be 1 to 600000";
  if (answer_ms_max < 100 || answer_ms_max > 600'000)
    return "worker: answer_ms_max must be 100 to 600000";
  if (verdict_ms_max < answer_ms_max || verdict_ms_max > 3'600'000)
    return "worker: verdict_ms_max must be answer_ms_max to 3600000";
  if (witness_bytes_max == 0) return "worker: witness_bytes_max must be 1 or more";
  if (engine_failures_max == 0 || engine_failures_max > 1'000)
    return "worker: engine_failures_max must be 1 to 1000";
  return {};
}

u32 engine_retry_ms(u32 retry_ms, u32 failures) {
  u64 wait = retry_ms;
  for (u32 i = 1; i < failures && wait < retry_ms_max; ++i) wait *= 2;
  return static_cast<u32>(std::min(wait, retry_ms_max));
}

status<std::string> run_worker(const worker_config& config, proof_engine& engine,
                               const connector& connect, std::stop_token stop) {
  ensure(config.validate().empty());
  std::string told;  // the same reason is logged once
  u32 failures = 0;  // of the engine, in a row
  while (!stop.stop_requested()) {
    u32 wait_ms = config.retry_ms;
    if (const auto ready = engine.prepare(); !ready) {
      config.log.error("worker cannot prove", {{"why", ready.error()}});
      if (++failures == config.engine_failures_max) return fail(ready.error());
      wait_ms = engine_retry_ms(config.retry_ms, failures);
    } else {
      failures = 0;
      const std::string why = one_connection(config, engine, connect, stop);
      if (stop.stop_requested()) break;
      if (!why.empty() && why != told) config.log.warning("no coordinator", {{"why", why}});
      told = why;
    }
    pause(stop, wait_ms);
  }
  return nothing{};
}

status<std::string> ask_retry(frame_channel channel, batch_number batch, u32 answer_ms_max) {
  const auto sent = channel.send(static_cast<u8>(kind::retry),
                                 wire::encode(wire::retry{wire::version, batch}), answer_ms_max);
  if (!sent) return fail(text_of(sent.error()));
  const auto answer = channel.receive(answer_ms_max);
  if (!answer) return fail(text_of(answer.error()));
  if (answer->type == static_cast<u8>(kind::accepted)) return nothing{};
  return fail(
      wire::decode_text(answer->payload).value_or("the coordinator answered without sense"));
}

}  // namespace ashlar::prover

#include "actors/prover/gate_session.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>
#include <caf/typed_actor.hpp>

#include "actors/api/actors.hpp"
#include "actors/api/errors.hpp"
#include "actors/prover/job_table.hpp"
#include "actors/prover/worker_wire.hpp"

namespace ashlar::prover {
namespace {

using wire::kind;

/// One worker's connection. Each step answers whether to go on.
class gate_session {
 public:
  gate_session(const session_parts& parts, frame_channel& channel, api::prover_actor role)
      : parts_(parts), channel_(channel), role_(std::move(role)), self_(parts.system) {}

  void run() {
    if (!greet()) return;
    for (;;) {
      const auto said = channel_.receive(config_.idle_ms_max);
      if (!said || !answer(*said)) return;
    }
  }

 private:
  bool say(kind what, bytes_view payload = {}) {
    return channel_.send(static_cast<u8>(what), payload, config_.send_ms_max).ok();
  }
  bool refuse(const std::string& why) { return say(kind::refused, wire::encode(why)); }

  /// What the role answers; nothing where it is an error, which `error_` then holds.
  template <class T, class... Ts>
  std::optional<T> ask(u32 timeout_ms, Ts&&... message) {
    std::optional<T> out;
    error_ = caf::error{};
    self_->request(role_, std::chrono::milliseconds(timeout_ms), std::forward<Ts>(message)...)
        .receive([&](T& value) { out = std::move(value); },
                 [&](caf::error& e) { error_ = std::move(e); });
    return out;
  }
  /// Errors of the role's interface; any other means that the role has ended.
  bool role_lives() const { return api::to_errc(error_) != api::errc::none; }
  /// It has not answered yet, and may do what it was told later.
  bool role_is_late() const { return error_ == caf::sec::request_timeout; }

  /// An operator's word. The socket is this user's alone, so whoever speaks there may say it.
  void retry(bytes_view raw) {
    const auto m = wire::decode_retry(raw);
    if (!m || parts_.place != worker_place::outside) return;
    if (m->version != wire::version) {
      refuse(other_version());
      return;
    }
    if (ask<api::ack>(config_.request_ms_max, api::restart_atom::value, m->batch))
      say(kind::accepted);
    else
      refuse(api::to_text(error_));
  }
  static std::string other_version() {
    return "the coordinator speaks version " + std::to_string(wire::version);
  }

  /// False where no worker is to be served.
  bool greet() {
    const auto said = channel_.receive(config_.request_ms_max);
    if (said && said->type == static_cast<u8>(kind::retry)) {
      retry(said->payload);
      return false;
    }
    if (!said || said->type != static_cast<u8>(kind::hello)) return false;
    const auto hello = wire::decode_hello(said->payload);
    if (!hello) return false;
    if (hello->version != wire::version) {
      refuse(other_version());
      return false;
    }
    if ((hello->name == local_worker_name) != (parts_.place == worker_place::in_process)) {
      refuse("the name " + std::string(local_worker_name) + " is the node's own worker's");
      return false;
    }
    if (ask<api::ack>(config_.request_ms_max, api::hello_atom::value,
                      api::worker_hello{hello->name, hello->program_commitment, hello->params,
                                        hello->threads}))
      return say(kind::welcome);
    refuse(api::to_text(error_));
    return false;
  }

  bool answer(const frame& said) {
    switch (static_cast<kind>(said.type)) {
      case kind::ask:
        return said.payload.empty() && give_job();
      case kind::renew:
        return renew(said.payload);
      case kind::offer:
        return take_proof(said.payload);
      case kind::give_up:
        return give_up(said.payload);
      default:
        return false;
    }
  }

  bool give_job() {
    const auto lease = ask<api::proof_lease>(config_.request_ms_max, api::lease_atom::value);
    if (!lease) return role_lives() && say(kind::no_job);
    const auto witness = parts_.witnesses.get(lease->witness_hash);
    if (!witness) {
      ask<api::ack>(config_.request_ms_max, api::giveup_atom::value, lease->batch,
                    lease->lease_epoch, "its witness: " + store::to_text(witness.error()));
      return say(kind::no_job);
    }
    if (!say(kind::job, wire::encode(wire::job{lease->batch, lease->lease_epoch, lease->lease_ms,
                                               witness->size(), config_.proof_bytes_max})))
      return false;
    for (bytes_view left = *witness; !left.empty();) {
      const bytes_view part = left.first(std::min<std::size_t>(left.size(), frame_bytes_max));
      if (!say(kind::chunk, part)) return false;
      left = left.subspan(part.size());
    }
    return true;
  }

  bool renew(bytes_view raw) {
    const auto m = wire::decode_renew(raw);
    if (!m) return false;
    const api::proof_progress p{m->batch,         m->lease_epoch, m->pass,
                                m->segments_done, m->segments,    m->cycles};
    // Late is not lost: the worker goes on, and hears at its next word.
    if (ask<u32>(config_.request_ms_max, api::renew_atom::value, p) || role_is_late())
      return say(kind::renewed);
    return role_lives() && say(kind::stale);
  }

  using time_point = std::chrono::steady_clock::time_point;

  u32 ms_until(time_point end) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    return static_cast<u32>(std::max<i64>(left.count(), 0));
  }

  /// Whether the worker holds the lease, which goes on with this word: while it sends its proof it
  /// says nothing else.
  bool renew_for(const wire::offer& m, time_point end) {
    const api::proof_progress here{m.batch, m.lease_epoch, 2, m.segments, m.segments, m.cycles};
    for (;;) {
      if (ask<u32>(config_.request_ms_max, api::renew_atom::value, here)) return true;
      if (!role_is_late() || ms_until(end) == 0) return false;
    }
  }

  /// The next chunk of a proof of which `left` bytes are to come: full, or the last.
  std::optional<bytes> take_chunk(u64 left, time_point end) {
    auto part = channel_.receive(std::min(config_.idle_ms_max, ms_until(end)));
    if (!part || part->type != static_cast<u8>(kind::chunk) ||
        part->payload.size() != std::min<u64>(left, frame_bytes_max))
      return std::nullopt;
    return std::move(part->payload);
  }

  /// A proof on its way to the role, and the memory that it is counted for.
  struct upload {
    std::shared_ptr<const void> share;
    api::proof_offer offer;
  };

  /// Null where there is no memory in time, or the worker errs. Its lease is kept alive.
  std::shared_ptr<upload> receive_proof(const wire::offer& m, time_point end) {
    auto out = std::make_shared<upload>();
    const u32 word_ms = 1'000;
    while (!(out->share = parts_.budget.take(m.size, word_ms)))
      if (ms_until(end) == 0 || !renew_for(m, end)) return nullptr;
    out->offer = {m.batch, m.lease_epoch, {}, m.cycles, m.segments};
    bytes& file = out->offer.file;
    file.reserve(m.size);
    auto said = std::chrono::steady_clock::now();
    while (file.size() < m.size) {
      const auto part = take_chunk(m.size - file.size(), end);
      if (!part) return nullptr;
      append(file, *part);
      if (const auto now = std::chrono::steady_clock::now();
          now - said > std::chrono::milliseconds(word_ms)) {
        if (!renew_for(m, end)) return nullptr;
        said = now;
      }
    }
    return out;
  }

  bool take_proof(bytes_view raw) {
    const auto m = wire::decode_offer(raw);
    if (!m) return false;
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(config_.upload_ms_max);
    // Memory is for who holds the lease.
    if (!renew_for(*m, end)) return role_lives() && drop_chunks(m->size, end) && say(kind::stale);
    if (m->size > config_.proof_bytes_max) {
      ask<api::ack>(config_.request_ms_max, api::giveup_atom::value, m->batch, m->lease_epoch,
                    "its proof has " + std::to_string(m->size) + " bytes, over proof_bytes_max");
      return drop_chunks(m->size, end) && refuse("the proof is over proof_bytes_max");
    }
    auto got = receive_proof(*m, end);
    if (!got) return false;
    api::proof_offer_ptr offer(got, &got->offer);
    got.reset();
    if (ask<api::ack>(config_.verdict_ms_max, api::finish_atom::value, std::move(offer)))
      return say(kind::accepted);
    if (api::to_errc(error_) == api::errc::stale_epoch) return say(kind::stale);
    return role_lives() && refuse(api::to_text(error_));
  }

  /// Reads a proof that nobody wants, if it is of a size that one could be.
  bool drop_chunks(u64 size, time_point end) {
    if (size > 4 * config_.proof_bytes_max) return false;
    for (u64 left = size; left > 0;) {
      const auto part = take_chunk(left, end);
      if (!part) return false;
      left -= part->size();
    }
    return true;
  }

  bool give_up(bytes_view raw) {
    const auto m = wire::decode_give_up(raw);
    if (!m) return false;
    if (ask<api::ack>(config_.request_ms_max, api::giveup_atom::value, m->batch, m->lease_epoch,
                      m->why) ||
        role_is_late())
      return say(kind::accepted);
    return role_lives() && say(kind::stale);
  }

  const session_parts parts_;
  const gate_config& config_ = parts_.config;
  frame_channel& channel_;
  api::prover_actor role_;
  caf::scoped_actor self_;  ///< the worker, to the role; its end is the worker's
  caf::error error_;
};

}  // namespace

void serve_worker(const session_parts& parts, frame_channel& channel) {
  const gate_config& config = parts.config;
  const auto role = parts.directory.find_as<api::prover_actor>("prover");
  if (!role) {
    (void)channel.receive(config.request_ms_max);  // its hello, so that it hears the answer
    (void)channel.send(static_cast<u8>(kind::refused),
                       wire::encode(std::string("the prover role is not running")),
                       config.send_ms_max);
    return;
  }
  try {
    gate_session(parts, channel, role).run();
  } catch (const std::exception& e) {
    // Memory, or a thread's end: this connection's loss alone.
    config.log.error("worker's connection failed", {{"why", e.what()}});
  }
}

}  // namespace ashlar::prover

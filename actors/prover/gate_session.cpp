#include "actors/prover/gate_session.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>
#include <caf/typed_actor.hpp>

#include "actors/api/actors.hpp"
#include "actors/api/errors.hpp"
#include "actors/prover/worker_wire.hpp"

namespace ashlar::prover {
namespace {

using wire::kind;

/// One worker's connection. Each step answers whether to go on.
class gate_session {
 public:
  gate_session(const gate_config& config, caf::actor_system& system,
               const store::content_store& witnesses, frame_channel& channel,
               api::prover_actor role)
      : config_(config),
        witnesses_(witnesses),
        channel_(channel),
        role_(std::move(role)),
        self_(system) {}

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

  bool greet() {
    const auto said = channel_.receive(config_.request_ms_max);
    if (!said || said->type != static_cast<u8>(kind::hello)) return false;
    const auto hello = wire::decode_hello(said->payload);
    if (!hello) return false;
    if (hello->version != wire::version) {
      refuse("the coordinator speaks version " + std::to_string(wire::version));
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
    const auto witness = witnesses_.get(lease->witness_hash);
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

  /// Its chunks, as long as they are those of a proof of the size that it said.
  std::optional<bytes> take_chunks(u64 size) {
    bytes out;
    while (out.size() < size) {
      const auto part = channel_.receive(config_.idle_ms_max);
      if (!part || part->type != static_cast<u8>(kind::chunk) || part->payload.empty() ||
          part->payload.size() > size - out.size())
        return std::nullopt;
      append(out, part->payload);
    }
    return out;
  }

  bool take_proof(bytes_view raw) {
    const auto m = wire::decode_offer(raw);
    if (!m) return false;
    // Memory is for who holds the lease.
    const api::proof_progress here{m->batch,    m->lease_epoch, 2,
                                   m->segments, m->segments,    m->cycles};
    const bool ours = ask<u32>(config_.request_ms_max, api::renew_atom::value, here).has_value();
    if (!ours && !role_lives()) return false;
    if (!ours) return drop_chunks(m->size) && say(kind::stale);
    if (m->size > config_.proof_bytes_max) {
      ask<api::ack>(config_.request_ms_max, api::giveup_atom::value, m->batch, m->lease_epoch,
                    "its proof has " + std::to_string(m->size) + " bytes, over proof_bytes_max");
      return drop_chunks(m->size) && refuse("the proof is over proof_bytes_max");
    }
    auto file = take_chunks(m->size);
    if (!file) return false;
    const api::proof_offer offer{m->batch, m->lease_epoch, std::move(*file), m->cycles,
                                 m->segments};
    if (ask<api::ack>(config_.verdict_ms_max, api::finish_atom::value,
                      api::proof_offer_ptr(std::make_shared<const api::proof_offer>(offer))))
      return say(kind::accepted);
    if (api::to_errc(error_) == api::errc::stale_epoch) return say(kind::stale);
    return role_lives() && refuse(api::to_text(error_));
  }

  /// Reads a proof that nobody wants, if it is of a size that one could be.
  bool drop_chunks(u64 size) {
    if (size > 4 * config_.proof_bytes_max) return false;
    for (u64 done = 0; done < size;) {
      const auto part = channel_.receive(config_.idle_ms_max);
      if (!part || part->type != static_cast<u8>(kind::chunk) || part->payload.empty() ||
          part->payload.size() > size - done)
        return false;
      done += part->payload.size();
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

  const gate_config& config_;
  const store::content_store& witnesses_;
  frame_channel& channel_;
  api::prover_actor role_;
  caf::scoped_actor self_;  ///< the worker, to the role; its end is the worker's
  caf::error error_;
};

}  // namespace

void serve_worker(const gate_config& config, caf::actor_system& system,
                  const supervision::role_directory& directory,
                  const store::content_store& witnesses, frame_channel& channel) {
  const auto role = directory.find_as<api::prover_actor>("prover");
  if (!role) {
    (void)channel.receive(config.request_ms_max);  // its hello, so that it hears the answer
    (void)channel.send(static_cast<u8>(kind::refused),
                       wire::encode(std::string("the prover role is not running")),
                       config.send_ms_max);
    return;
  }
  try {
    gate_session(config, system, witnesses, channel, role).run();
  } catch (const std::exception& e) {
    // Memory, or a thread's end: this connection's loss alone.
    config.log.error("worker's connection failed", {{"why", e.what()}});
  }
}

}  // namespace ashlar::prover

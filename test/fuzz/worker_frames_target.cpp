#include <algorithm>
#include <filesystem>
#include <sys/socket.h>
#include <unistd.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/api/actors.hpp"
#include "actors/api/errors.hpp"
#include "actors/api/inspect.hpp"
#include "actors/prover/gate_session.hpp"
#include "actors/prover/job_table.hpp"
#include "actors/prover/worker_wire.hpp"
#include "runtime/base/ensure.hpp"
#include "test/fuzz/target.hpp"

// What a worker sends over its socket, to the coordinator's side of the connection as it is:
// frames, the protocol's steps, the memory of proofs. Behind it stands a role that has one job to
// lease. An input is a byte for the worker's place (odd: in this process), then the stream.

namespace ashlar::fuzz {
namespace {

using prover::wire::kind;

constexpr u64 proof_bytes_max = 1'000, held_bytes_max = 2'000;
constexpr batch_number batch{1};
constexpr epoch lease_epoch{7};

/// The role, as far as one worker sees it. Proofs that come must be what the stream had.
struct role_state {
  hash256 witness_hash;
  bytes_view stream;
  bool registered = false, leased = false;
};

api::prover_actor::behavior_type play_role(api::prover_actor::pointer, role_state* s) {
  const auto holds = [s](batch_number b, epoch e) {
    return s->leased && b == batch && e == lease_epoch;
  };
  return {
      [](api::batch_atom, const api::batch_sealed&) { return api::ack{}; },
      [s](api::hello_atom, const api::worker_hello& hello) -> caf::result<api::ack> {
        ensure(hello.name.size() <= prover::wire::text_bytes_max);
        ensure(hello.params.size() <= prover::wire::text_bytes_max);
        if (hello.name.empty()) return make_error(api::errc::invalid_argument);
        ensure(!s->registered);
        s->registered = true;
        return api::ack{};
      },
      [s](api::lease_atom) -> caf::result<api::proof_lease> {
        ensure(s->registered);
        if (s->leased) return make_error(api::errc::no_job);
        s->leased = true;
        return api::proof_lease{batch, lease_epoch, s->witness_hash, 4'000};
      },
      [s, holds](api::renew_atom, const api::proof_progress& p) -> caf::result<u32> {
        ensure(s->registered);
        if (!holds(p.batch, p.lease_epoch)) return make_error(api::errc::stale_epoch);
        return u32{4'000};
      },
      [s, holds](api::finish_atom, const api::proof_offer_ptr& o) -> caf::result<api::ack> {
        ensure(holds(o->batch, o->lease_epoch));
        ensure(!o->file.empty() && o->file.size() <= proof_bytes_max);
        ensure(std::search(s->stream.begin(), s->stream.end(), o->file.begin(), o->file.end()) !=
               s->stream.end());
        if (o->file[0] == 0) return make_error(api::errc::failed);
        s->leased = false;
        return api::ack{};
      },
      [s, holds](api::giveup_atom, batch_number b, epoch e,
                 const std::string& why) -> caf::result<api::ack> {
        ensure(s->registered && why.size() <= prover::wire::text_bytes_max);
        if (!holds(b, e)) return make_error(api::errc::stale_epoch);
        s->leased = false;
        return api::ack{};
      },
      [](api::restart_atom, batch_number n) -> caf::result<api::ack> {
        if (n != batch) return make_error(api::errc::not_found);
        return api::ack{};
      },
      [](api::status_atom, batch_number) { return api::batch_proof_status{}; },
      [](api::fleet_atom) { return api::fleet_report_ptr(std::make_shared<api::fleet_report>()); },
      [](api::status_atom) { return api::role_status{}; }};
}

struct scratch {
  std::string path;
  scratch() {
    path = (std::filesystem::temp_directory_path() / "ashlar-fuzz-XXXXXX").string();
    ensure(::mkdtemp(path.data()) != nullptr);
  }
  ~scratch() { std::filesystem::remove_all(path); }
};

/// Lives as long as the process: CAF's system refers to the main thread's locals, which end before
/// a static object does.
struct coordinator {
  caf::actor_system_config caf_config;
  std::optional<caf::actor_system> system;
  std::optional<store::content_store> witnesses;
  hash256 witness_hash;
  prover::gate_config config;

  explicit coordinator(const std::string& folder) {
    api::register_messages(caf_config);
    caf_config.set("scheduler.max-threads", std::size_t{1});
    system.emplace(caf_config);
    witnesses = std::move(store::content_store::open(folder)).value();
    witness_hash = witnesses->put(bytes(100, 6)).value();
    config.proof_bytes_max = proof_bytes_max;
    config.held_bytes_max = held_bytes_max;
    ensure(config.validate().empty());
  }
};

/// The session is over: what it said is read to its end.
void read_answers(int socket) {
  prover::frame_channel channel(socket);
  for (;;) {
    const auto said = channel.receive(0);
    if (!said) {
      ensure(said.error() == prover::channel_error::closed);
      return;
    }
    switch (static_cast<kind>(said->type)) {
      case kind::refused:
        ensure(prover::wire::decode_text(said->payload).has_value());
        break;
      case kind::job: {
        const auto job = prover::wire::decode_job(said->payload);
        ensure(job && job->batch == batch && job->witness_bytes == 100);
        break;
      }
      case kind::chunk:
        ensure(said->payload.size() == 100);
        break;
      case kind::welcome:
      case kind::no_job:
      case kind::renewed:
      case kind::stale:
      case kind::accepted:
        ensure(said->payload.empty());
        break;
      default:
        ensure(false);
    }
  }
}

/// A payload that is a message is the only form of it.
void check_forms(bytes_view payload) {
  const auto same = [&](const auto& m) {
    if (m) ensure(equal(prover::wire::encode(*m), payload));
  };
  same(prover::wire::decode_hello(payload));
  same(prover::wire::decode_renew(payload));
  same(prover::wire::decode_offer(payload));
  same(prover::wire::decode_give_up(payload));
  same(prover::wire::decode_job(payload));
  same(prover::wire::decode_retry(payload));
  same(prover::wire::decode_text(payload));
}

// -- seeds ----------------------------------------------------------------------------------------

void say(bytes& stream, kind what, bytes_view payload = {}) {
  bytes head(5);
  store_le32(head.data(), static_cast<u32>(payload.size()));
  head[4] = static_cast<u8>(what);
  append(stream, head);
  append(stream, payload);
}

bytes greeting(bool in_process = false) {
  bytes out{static_cast<u8>(in_process)};
  say(out, kind::hello,
      prover::wire::encode(
          prover::wire::hello{prover::wire::version,
                              std::string(in_process ? prover::local_worker_name : "w"),
                              {},
                              "insecure_test",
                              2}));
  return out;
}

bytes offering(u64 size, std::initializer_list<std::size_t> chunks, u8 filling) {
  bytes out = greeting();
  say(out, kind::ask);
  say(out, kind::offer, prover::wire::encode(prover::wire::offer{batch, lease_epoch, size, 9, 1}));
  for (const std::size_t part : chunks) say(out, kind::chunk, bytes(part, filling));
  say(out, kind::ask);
  return out;
}

}  // namespace

std::vector<bytes> seeds() {
  bytes work = greeting(true);
  say(work, kind::ask);
  say(work, kind::renew, prover::wire::encode(prover::wire::renew{batch, lease_epoch, 1, 2, 3, 4}));
  say(work, kind::give_up,
      prover::wire::encode(prover::wire::give_up{batch, lease_epoch, "no memory"}));
  say(work, kind::ask);
  bytes retry{0};
  say(retry, kind::retry, prover::wire::encode(prover::wire::retry{prover::wire::version, batch}));
  // A proof that is taken, one that is refused, one over the limit, one longer than was said.
  return {work,
          retry,
          offering(1'000, {1'000}, 1),
          offering(10, {10}, 0),
          offering(1'001, {1'001}, 1),
          offering(10, {1'001}, 1)};
}

void check(bytes_view input) {
  static const scratch folder;
  static coordinator& c = *new coordinator(folder.path);
  if (input.empty()) return;
  const bytes_view stream = input.subspan(1, std::min<std::size_t>(input.size() - 1, 100'000));
  int ends[2];
  ensure(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  // It fits into the socket's buffer, so one thread can play both sides.
  ensure(::send(ends[0], stream.data(), stream.size(), MSG_DONTWAIT | MSG_NOSIGNAL) ==
         static_cast<ssize_t>(stream.size()));
  ensure(::shutdown(ends[0], SHUT_WR) == 0);
  prover::upload_budget budget(held_bytes_max);
  role_state role{c.witness_hash, stream};
  supervision::role_directory directory;
  const auto actor = c.system->spawn(play_role, &role);
  directory.set("prover", caf::actor_cast<caf::actor>(actor));
  {
    prover::frame_channel channel(ends[1]);
    const auto place =
        input[0] % 2 == 0 ? prover::worker_place::outside : prover::worker_place::in_process;
    prover::serve_worker({c.config, *c.system, directory, *c.witnesses, budget, place}, channel);
  }
  read_answers(ends[0]);
  {
    // The role has seen all that was sent to it when it ends, and lets go of what it was given.
    caf::scoped_actor self{*c.system};
    self->monitor(actor);
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    self->receive([](const caf::down_msg&) {});
  }
  ensure(budget.take(held_bytes_max, 0) != nullptr);
  for (bytes_view left = stream; left.size() >= 5;) {
    const std::size_t size = std::min<std::size_t>(load_le32(left.data()), left.size() - 5);
    check_forms(left.subspan(5, size));
    left = left.subspan(5 + size);
  }
}

}  // namespace ashlar::fuzz

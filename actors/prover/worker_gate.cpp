#include "actors/prover/worker_gate.hpp"

#include <list>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include "actors/prover/gate_session.hpp"

namespace ashlar::prover {

std::string gate_config::validate() const {
  if (connections_max == 0 || connections_max > 1'024)
    return "prover: connections_max must be 1 to 1024";
  for (const u32 ms : {idle_ms_max, send_ms_max, request_ms_max, verdict_ms_max, upload_ms_max})
    if (ms < 100 || ms > 3'600'000) return "prover: times of the gate must be 100 to 3600000 ms";
  if (proof_bytes_max == 0) return "prover: proof_bytes_max must be 1 or more";
  if (held_bytes_max < proof_bytes_max)
    return "prover: held_bytes_max must be proof_bytes_max or more";
  return {};
}

struct worker_gate::parts {
  gate_config config;
  caf::actor_system& system;
  std::shared_ptr<const supervision::role_directory> directory;
  const store::content_store& witnesses;
  upload_budget budget{config.held_bytes_max};
  std::optional<listening_socket> listener;
  int wake = -1;

  struct served {
    served(frame_channel c, worker_place p) : channel(std::move(c)), place(p) {}
    frame_channel channel;
    const worker_place place;
    std::atomic<bool> ended{false};
    std::thread thread;
  };
  std::mutex mutex;
  bool closing = false;
  std::list<served> connections;
  std::thread acceptor;

  parts(const gate_config& c, caf::actor_system& s,
        std::shared_ptr<const supervision::role_directory> d, const store::content_store& w)
      : config(c), system(s), directory(std::move(d)), witnesses(w) {}

  ~parts() {
    {
      const std::lock_guard lock(mutex);
      closing = true;
      for (served& s : connections) s.channel.shut();
    }
    if (acceptor.joinable()) {
      const u64 one = 1;
      [[maybe_unused]] const auto told = ::write(wake, &one, sizeof one);
      acceptor.join();
    }
    for (served& s : connections) s.thread.join();
    if (wake >= 0) ::close(wake);
  }

  /// False where the gate is closing or full; then the connection ends.
  bool serve(frame_channel channel, worker_place place) {
    const std::lock_guard lock(mutex);
    u32 outside = 0;
    for (auto s = connections.begin(); s != connections.end();) {
      if (!s->ended.load()) {
        outside += s->place == worker_place::outside ? 1 : 0;
        ++s;
        continue;
      }
      s->thread.join();
      s = connections.erase(s);
    }
    if (closing) return false;
    if (place == worker_place::outside && outside >= config.connections_max) return false;
    served& s = connections.emplace_back(std::move(channel), place);
    try {
      s.thread = std::thread([this, &s] {
        serve_worker({config, system, *directory, witnesses, budget, s.place}, s.channel);
        s.channel.shut();
        s.ended.store(true);
      });
    } catch (const std::system_error&) {  // no more threads
      connections.pop_back();
      return false;
    }
    return true;
  }

  void accept_all() {
    for (;;) {
      pollfd waits[2] = {{wake, POLLIN, 0}, {listener->descriptor(), POLLIN, 0}};
      if (::poll(waits, 2, -1) < 0) continue;
      if (waits[0].revents != 0) return;
      const int s = ::accept4(listener->descriptor(), nullptr, nullptr, SOCK_CLOEXEC);
      if (s < 0) {
        // No descriptors left, perhaps: the dialler stays in the queue, so do not spin on it.
        pollfd only_wake{wake, POLLIN, 0};
        constexpr int again_ms = 100;
        ::poll(&only_wake, 1, again_ms);
        continue;
      }
      frame_channel channel(s);
      try {
        if (!is_same_user(s) || !serve(std::move(channel), worker_place::outside))
          config.log.warning("worker turned away", {{"why", "another user, or too many"}});
      } catch (const std::bad_alloc&) {
        config.log.warning("worker turned away", {{"why", "no memory"}});
      }
    }
  }
};

worker_gate::worker_gate(std::unique_ptr<parts> p) : parts_(std::move(p)) {}
worker_gate::~worker_gate() = default;

result<std::unique_ptr<worker_gate>, std::string> worker_gate::start(
    const gate_config& config, caf::actor_system& system,
    std::shared_ptr<const supervision::role_directory> directory,
    const store::content_store& witnesses) {
  ensure(config.validate().empty());
  auto p = std::make_unique<parts>(config, system, std::move(directory), witnesses);
  if (!config.socket.empty()) {
    ASHLAR_TRY(auto listener, listening_socket::open(config.socket));
    p->listener.emplace(std::move(listener));
    p->wake = ::eventfd(0, EFD_CLOEXEC);
    if (p->wake < 0) return fail(std::string("eventfd: no descriptor is left"));
    p->acceptor = std::thread([raw = p.get()] { raw->accept_all(); });
    config.log.info("prover listens", {{"socket", config.socket}});
  }
  return std::unique_ptr<worker_gate>(new worker_gate(std::move(p)));
}

result<frame_channel, std::string> worker_gate::connect() {
  ASHLAR_TRY(auto ends, make_channel_pair());
  if (!parts_->serve(std::move(ends.first), worker_place::in_process))
    return fail(std::string("the node takes no more workers"));
  return std::move(ends.second);
}

}  // namespace ashlar::prover

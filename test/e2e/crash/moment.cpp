#include "test/e2e/crash/moment.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <poll.h>
#include <sys/inotify.h>
#include <thread>
#include <unistd.h>

namespace ashlar::test {
namespace {

using std::chrono::steady_clock;

struct watched_folder {
  const char* name;
  u32 events;
};
/// Below the node's data folder.
watched_folder folder_of(moment_kind kind) {
  switch (kind) {
    case moment_kind::block_log:
      return {"chain/log/db", IN_MODIFY};
    case moment_kind::state:
      return {"chain/state", IN_MODIFY};
    case moment_kind::witness:
      return {"witnesses", IN_CREATE | IN_MODIFY | IN_MOVED_TO};
    case moment_kind::tree:
      return {"tree", IN_MODIFY};
    case moment_kind::batch:
      return {"batches", IN_MODIFY};
    case moment_kind::intent:
      return {"intents", IN_MODIFY};
    case moment_kind::l1_view:
      return {"l1", IN_MODIFY};
    default:
      return {nullptr, 0};
  }
}

void spin(u64 us) {
  const auto until = steady_clock::now() + std::chrono::microseconds(us);
  while (steady_clock::now() < until) std::this_thread::yield();
}

constexpr std::array kinds{moment_kind::starting,  moment_kind::any_time, moment_kind::confirmed,
                           moment_kind::witness,   moment_kind::tree,     moment_kind::intent,
                           moment_kind::block_log, moment_kind::batch,    moment_kind::l1_view,
                           moment_kind::any_time,  moment_kind::tree,     moment_kind::state};

}  // namespace

const char* to_text(moment_kind kind) {
  switch (kind) {
    case moment_kind::starting:
      return "while it starts";
    case moment_kind::any_time:
      return "at any time";
    case moment_kind::confirmed:
      return "behind confirmations";
    case moment_kind::block_log:
      return "behind writes of the block log";
    case moment_kind::state:
      return "behind writes of the state";
    case moment_kind::witness:
      return "behind writes of a witness";
    case moment_kind::tree:
      return "behind writes of the tree";
    case moment_kind::batch:
      return "behind writes of the batches";
    case moment_kind::intent:
      return "behind writes of the journal";
    case moment_kind::l1_view:
      return "behind writes of the L1 view";
  }
  return "unknown";
}

std::string to_text(const moment& m) {
  return std::string(to_text(m.kind)) + ", " + std::to_string(m.count) + ", " +
         std::to_string(m.delay_us) + " us";
}

moment choose_moment(unsigned number, std::mt19937_64& random) {
  const auto below = [&](u64 bound) { return random() % bound; };
  moment m{kinds[number % kinds.size()], 0, 0};
  switch (m.kind) {
    case moment_kind::starting:
      m.delay_us = below(200'000);
      break;
    case moment_kind::any_time:
      m.delay_us = below(700'000);
      break;
    case moment_kind::confirmed:
      m.count = 1 + below(400);
      break;
    case moment_kind::block_log:
      m.count = 1 + below(200);
      break;
    case moment_kind::state:
      m.count = 1 + below(8);
      break;
    case moment_kind::witness:
      m.count = 1 + below(6);
      break;
    default:
      m.count = 1 + below(4);
  }
  // Half at once, half within the next two milliseconds, where the next write may be.
  if (m.delay_us == 0 && below(2) == 0) m.delay_us = below(2'000);
  return m;
}

moment_watch::moment_watch(const moment& m, const rig& r, const ledger& told)
    : moment_(m), told_(told) {
  const watched_folder folder = folder_of(m.kind);
  if (!folder.name) return;
  file_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  const std::string path = r.data_folder() + "/" + folder.name;
  if (file_ < 0 || inotify_add_watch(file_, path.c_str(), folder.events) < 0)
    throw rig_error("cannot watch " + path + ": error " + std::to_string(errno));
}

moment_watch::~moment_watch() {
  if (file_ >= 0) close(file_);
}

bool moment_watch::wait(std::chrono::milliseconds patience) {
  bool came = true;
  if (moment_.kind == moment_kind::confirmed)
    came = told_.await_size(told_.size() + moment_.count, patience);
  else if (file_ >= 0)
    came = wait_for_writes(steady_clock::now() + patience);
  spin(moment_.delay_us);
  return came;
}

bool moment_watch::wait_for_writes(steady_clock::time_point until) {
  u64 seen = 0;
  while (seen < moment_.count) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - steady_clock::now());
    pollfd waiting{file_, POLLIN, 0};
    if (left.count() <= 0 || poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return false;
    alignas(inotify_event) std::array<char, 4096> events;
    const ssize_t got = read(file_, events.data(), events.size());
    for (ssize_t at = 0; at < got; ++seen) {
      const auto* e = reinterpret_cast<const inotify_event*>(events.data() + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + e->len);
    }
  }
  return true;
}

u64 from_environment(const char* name, u64 otherwise) {
  const char* given = std::getenv(name);
  return given ? std::strtoull(given, nullptr, 10) : otherwise;
}

}  // namespace ashlar::test

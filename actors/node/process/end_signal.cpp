#include "actors/node/process/end_signal.hpp"

#include <csignal>
#include <pthread.h>
#include <unistd.h>

namespace ashlar::node {
namespace {

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGUSR2);  // ours: ends the listening thread
  return set;
}

[[noreturn]] void end_at_once(int number) {
  static constexpr char words[] = "ashlar: asked to end twice, ends at once\n";
  (void)!::write(STDERR_FILENO, words, sizeof(words) - 1);
  ::_exit(128 + number);
}

}  // namespace

end_signal::end_signal() {
  std::signal(SIGPIPE, SIG_IGN);
  const sigset_t set = watched();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  listener_ = std::thread([this, set] {
    int number = 0;
    bool was_asked = false;
    while (sigwait(&set, &number) == 0 && number != SIGUSR2) {
      if (was_asked) end_at_once(number);
      was_asked = true;
      raise(0, "asked to end");
    }
  });
}

end_signal::~end_signal() {
  pthread_kill(listener_.native_handle(), SIGUSR2);
  listener_.join();
}

void end_signal::raise(int code, std::string text) {
  {
    std::lock_guard lock{mutex_};
    if (why_) return;
    why_ = reason{code, std::move(text)};
  }
  changed_.notify_all();
}

end_signal::reason end_signal::wait() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return why_.has_value(); });
  return *why_;
}

bool end_signal::is_raised() {
  std::lock_guard lock{mutex_};
  return why_.has_value();
}

}  // namespace ashlar::node

#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace ashlar::node {

/// Why a process ends: a signal from outside, or a failure inside. Make one before any thread
/// starts: it blocks SIGINT and SIGTERM in all of them and takes them on a thread of its own. The
/// second one ends the process at once, with 128 and the signal's number, whatever it waits for:
/// what was confirmed is in the block log, and a start finds it as after a kill.
class end_signal {
 public:
  struct reason {
    int code = 0;
    std::string text;
  };

  end_signal();
  ~end_signal();
  end_signal(const end_signal&) = delete;

  /// The first call counts. From any thread.
  void raise(int code, std::string text);
  reason wait();
  bool is_raised();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<reason> why_;
  std::thread listener_;
};

}  // namespace ashlar::node

#pragma once

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

namespace ashlar::node {

/// A program that runs beside this one and ends with it, also when this one is killed.
class child_process {
 public:
  child_process() = default;
  child_process(child_process&& other) noexcept { *this = std::move(other); }
  child_process& operator=(child_process&& other) noexcept;
  ~child_process() { end(); }

  /// Its output goes to `log_path` (made anew). Errors: the program is not there.
  static result<child_process, std::string> start(const std::vector<std::string>& command,
                                                  const std::string& log_path);

  bool is_running();
  pid_t pid() const noexcept { return pid_; }
  /// SIGTERM, then SIGKILL after `grace_ms`; waits for the end.
  void end(u32 grace_ms = 3'000);
  /// SIGKILL; waits for the end.
  void kill_at_once();
  /// How it ended, once that is known: its exit code, or 128 and the signal that ended it.
  std::optional<int> exit_code() const noexcept { return exit_code_; }

 private:
  void note_end(int status) noexcept;
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
};

/// A TCP port of loopback that nobody listens on now.
u16 free_port();

/// Looks for a program: the environment variable `variable`, then `relative` in the folder of this
/// program and each folder above it, then PATH where it has a `name` there. Empty where it is
/// nowhere.
std::string find_program(const char* variable, const std::string& relative,
                         const std::string& name);

}  // namespace ashlar::node

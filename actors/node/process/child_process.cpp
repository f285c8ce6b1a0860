#include "actors/node/process/child_process.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace ashlar::node {

child_process& child_process::operator=(child_process&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(exit_code_, other.exit_code_);
  return *this;
}

result<child_process, std::string> child_process::start(const std::vector<std::string>& command,
                                                        const std::string& log_path) {
  ensure(!command.empty());
  const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (log < 0) return fail(log_path + ": " + std::strerror(errno));
  int failure[2];
  if (pipe2(failure, O_CLOEXEC) != 0) {
    close(log);
    return fail(std::string("pipe: ") + std::strerror(errno));
  }
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    // Only calls that are safe behind fork in a process with threads.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    dup2(log, 1);
    dup2(log, 2);
    execvp(arguments[0], arguments.data());
    const int why = errno;
    [[maybe_unused]] const auto told = write(failure[1], &why, sizeof why);
    _exit(127);
  }
  close(log);
  close(failure[1]);
  int why = 0;
  const auto got = pid > 0 ? read(failure[0], &why, sizeof why) : -1;
  close(failure[0]);
  if (pid < 0) return fail(std::string("fork: ") + std::strerror(errno));
  if (got > 0) {
    waitpid(pid, nullptr, 0);
    return fail(command[0] + ": " + std::strerror(why));
  }
  child_process out;
  out.pid_ = pid;
  return out;
}

bool child_process::is_running() {
  if (pid_ <= 0) return false;
  int status = 0;
  const pid_t got = waitpid(pid_, &status, WNOHANG);
  if (got == 0) return true;
  if (got == pid_) note_end(status);
  pid_ = -1;
  return false;
}

void child_process::note_end(int status) noexcept {
  exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void child_process::kill_at_once() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  int status = 0;
  if (waitpid(pid_, &status, 0) == pid_) note_end(status);
  pid_ = -1;
}

void child_process::end(u32 grace_ms) {
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(grace_ms);
  while (is_running()) {
    if (std::chrono::steady_clock::now() > deadline) {
      kill(-pid_, SIGKILL);
      return kill_at_once();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

u16 free_port() {
  const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (s < 0) return 0;
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  u16 port = 0;
  if (bind(s, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 &&
      getsockname(s, reinterpret_cast<sockaddr*>(&at), &size) == 0)
    port = ntohs(at.sin_port);
  close(s);
  return port;
}

std::string find_program(const char* variable, const std::string& relative,
                         const std::string& name) {
  namespace fs = std::filesystem;
  std::error_code ec;
  if (const char* given = std::getenv(variable)) return given;
  fs::path at = fs::read_symlink("/proc/self/exe", ec).parent_path();
  for (; !at.empty() && at != at.root_path(); at = at.parent_path())
    if (fs::is_regular_file(at / relative, ec)) return (at / relative).string();
  if (const char* path = name.empty() ? nullptr : std::getenv("PATH")) {
    std::string rest = path;
    for (std::size_t from = 0; from <= rest.size();) {
      const auto to = std::min(rest.find(':', from), rest.size());
      const fs::path candidate = fs::path(rest.substr(from, to - from)) / name;
      if (fs::is_regular_file(candidate, ec)) return candidate.string();
      from = to + 1;
    }
  }
  return {};
}

}  // namespace ashlar::node

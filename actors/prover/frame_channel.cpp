#include "actors/prover/frame_channel.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace ashlar::prover {
namespace {

constexpr std::size_t head_bytes = 5;

u64 now_ms() {
  return static_cast<u64>(std::chrono::duration_cast<std::chrono::milliseconds>(
                              std::chrono::steady_clock::now().time_since_epoch())
                              .count());
}

std::string system_text(const std::string& what) {
  return what + ": " + std::strerror(errno);
}

/// False where the path is too long for the system.
bool make_address(const std::string& path, sockaddr_un& at) {
  at = {};
  at.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof at.sun_path) return false;
  std::copy(path.begin(), path.end(), at.sun_path);
  return true;
}

std::string too_long(const std::string& path) {
  return path + ": a socket's path has 1 to " + std::to_string(sizeof(sockaddr_un::sun_path) - 1) +
         " bytes; choose a shorter one";
}

}  // namespace

const char* to_text(channel_error e) noexcept {
  switch (e) {
    case channel_error::closed:
      return "the connection ended";
    case channel_error::timed_out:
      return "no answer in time";
    case channel_error::too_long:
      return "a frame is too long";
    case channel_error::system:
      return "the system refuses the connection";
  }
  return "unknown";
}

frame_channel::~frame_channel() {
  if (socket_ >= 0) ::close(socket_);
}

void frame_channel::shut() noexcept {
  if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
}

status<channel_error> frame_channel::move_all(bool out, u8* data, std::size_t size,
                                              u64 deadline_ms) {
  for (std::size_t done = 0; done < size;) {
    const ssize_t n = out ? ::send(socket_, data + done, size - done, MSG_NOSIGNAL | MSG_DONTWAIT)
                          : ::recv(socket_, data + done, size - done, MSG_DONTWAIT);
    if (n > 0) {
      done += static_cast<std::size_t>(n);
      continue;
    }
    if (n == 0) return fail(channel_error::closed);
    if (errno == EINTR) continue;
    if (errno == EPIPE || errno == ECONNRESET) return fail(channel_error::closed);
    if (errno != EAGAIN && errno != EWOULDBLOCK) return fail(channel_error::system);
    const u64 now = now_ms();
    if (now >= deadline_ms) return fail(channel_error::timed_out);
    pollfd wait{socket_, static_cast<short>(out ? POLLOUT : POLLIN), 0};
    if (::poll(&wait, 1, static_cast<int>(std::min<u64>(deadline_ms - now, 1'000'000))) < 0 &&
        errno != EINTR)
      return fail(channel_error::system);
  }
  return nothing{};
}

status<channel_error> frame_channel::send(u8 type, bytes_view payload, u32 timeout_ms) {
  ensure(payload.size() <= frame_bytes_max);
  const u64 deadline = now_ms() + timeout_ms;
  bytes raw(head_bytes);
  store_le32(raw.data(), static_cast<u32>(payload.size()));
  raw[4] = type;
  append(raw, payload);
  return move_all(true, raw.data(), raw.size(), deadline);
}

result<frame, channel_error> frame_channel::receive(u32 timeout_ms) {
  const u64 deadline = now_ms() + timeout_ms;
  u8 head[head_bytes];
  ASHLAR_CHECK(move_all(false, head, sizeof head, deadline));
  const u32 size = load_le32(head);
  if (size > frame_bytes_max) return fail(channel_error::too_long);
  frame out{head[4], bytes(size)};
  ASHLAR_CHECK(move_all(false, out.payload.data(), size, deadline));
  return out;
}

result<std::pair<frame_channel, frame_channel>, std::string> make_channel_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return fail(system_text("socketpair"));
  return std::pair(frame_channel(ends[0]), frame_channel(ends[1]));
}

result<frame_channel, std::string> dial(const std::string& path) {
  sockaddr_un at;
  if (!make_address(path, at)) return fail(too_long(path));
  const int s = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (s < 0) return fail(system_text("socket"));
  frame_channel out(s);
  if (::connect(s, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
    return fail(system_text(path));
  return out;
}

std::optional<listening_socket::file_id> listening_socket::id_of(const std::string& path) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0) return std::nullopt;
  return file_id(there.st_dev, there.st_ino);
}

result<listening_socket, std::string> listening_socket::open(const std::string& path) {
  sockaddr_un at;
  if (!make_address(path, at)) return fail(too_long(path));
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode)) return fail(path + ": there is a file that is no socket");
    if (dial(path).ok()) return fail(path + ": another process listens there");
    ::unlink(path.c_str());
  }
  const int s = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (s < 0) return fail(system_text("socket"));
  listening_socket out(s, path);
  // Nobody can dial before `listen`, so the mode is right from the first moment.
  constexpr int backlog = 16;
  if (::bind(s, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
    return fail(system_text(path));
  out.id_ = id_of(path);
  if (::chmod(path.c_str(), 0600) != 0 || ::listen(s, backlog) != 0) return fail(system_text(path));
  return out;
}

listening_socket::~listening_socket() {
  if (socket_ < 0) return;
  ::close(socket_);
  // Somebody may have put another in its place.
  if (id_ && id_of(path_) == id_) ::unlink(path_.c_str());
}

bool is_same_user(int socket) noexcept {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == ::geteuid();
}

}  // namespace ashlar::prover

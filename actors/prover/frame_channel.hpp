#pragma once

#include <optional>
#include <string>
#include <utility>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

namespace ashlar::prover {

enum class channel_error : u8 {
  closed,     ///< the peer ended, or its machine reset the connection
  timed_out,  ///< nothing came, or nothing could be sent, for as long as was said
  too_long,   ///< a frame claims more than frame_bytes_max
  system,     ///< the system's word is in `text_of`
};
const char* to_text(channel_error e) noexcept;

/// Payload of a frame at most; what is larger goes in several.
inline constexpr u32 frame_bytes_max = 1u << 18;

struct frame {
  u8 type = 0;
  bytes payload;
};

/// Frames over one stream socket, which it owns: length u32 le (of the payload), type u8, payload.
/// Lengths are looked at before memory is taken. Whoever errs once is not to be read from again.
/// One thread at a time, but for `shut`.
class frame_channel {
 public:
  explicit frame_channel(int socket) noexcept : socket_(socket) {}
  frame_channel(frame_channel&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  frame_channel& operator=(frame_channel&& other) noexcept {
    std::swap(socket_, other.socket_);
    return *this;
  }
  ~frame_channel();

  /// Waits at most `timeout_ms` in all. Precondition: payload.size() <= frame_bytes_max.
  status<channel_error> send(u8 type, bytes_view payload, u32 timeout_ms);
  result<frame, channel_error> receive(u32 timeout_ms);

  /// Ends both directions: who waits in send or receive comes back with `closed`. From any thread,
  /// while the object lives.
  void shut() noexcept;

 private:
  status<channel_error> move_all(bool out, u8* data, std::size_t size, u64 deadline_ms);
  int socket_;
};

/// Two ends of one connection within this process; nothing where the system has none left.
result<std::pair<frame_channel, frame_channel>, std::string> make_channel_pair();

/// Dials a Unix domain socket. The error is a sentence.
result<frame_channel, std::string> dial(const std::string& path);

/// A Unix domain socket that only this user may dial, mode 0600. What a process that ended left at
/// its place is replaced; one where somebody listens is refused. Its file goes with it.
class listening_socket {
 public:
  /// The error is a sentence.
  static result<listening_socket, std::string> open(const std::string& path);
  listening_socket(listening_socket&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), path_(std::move(other.path_)), id_(other.id_) {}
  listening_socket& operator=(listening_socket&&) = delete;
  ~listening_socket();
  int descriptor() const noexcept { return socket_; }

 private:
  using file_id = std::pair<u64, u64>;  // device and inode
  static std::optional<file_id> id_of(const std::string& path);
  listening_socket(int socket, std::string path) : socket_(socket), path_(std::move(path)) {}
  int socket_;
  std::string path_;
  std::optional<file_id> id_;
};

/// Whether the peer of a Unix domain socket runs under this process's user.
bool is_same_user(int socket) noexcept;

}  // namespace ashlar::prover

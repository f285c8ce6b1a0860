#include "actors/prover/frame_channel.hpp"

#include <filesystem>
#include <fstream>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include <catch2/catch.hpp>

using namespace ashlar;
using namespace ashlar::prover;
namespace fs = std::filesystem;

namespace {

/// A channel, and the bare socket at its other end.
struct rig {
  rig() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    channel.emplace(ends[0]);
    peer = ends[1];
  }
  ~rig() {
    if (peer >= 0) ::close(peer);
  }
  void write(const bytes& raw) {
    REQUIRE(::write(peer, raw.data(), raw.size()) == static_cast<ssize_t>(raw.size()));
  }
  std::optional<frame_channel> channel;
  int peer = -1;
};

}  // namespace

TEST_CASE("frames of every size arrive whole and in order") {
  auto ends = make_channel_pair();
  REQUIRE(ends.ok());
  const std::size_t sizes[] = {0, 1, 4'096, frame_bytes_max};
  std::thread sender([&] {
    for (std::size_t i = 0; i < 4; ++i)
      (void)ends->first.send(static_cast<u8>(i), bytes(sizes[i], static_cast<u8>(i)), 10'000);
  });
  for (std::size_t i = 0; i < 4; ++i) {
    const auto got = ends->second.receive(10'000);
    REQUIRE(got.ok());
    CHECK(got->type == i);
    CHECK(got->payload == bytes(sizes[i], static_cast<u8>(i)));
  }
  sender.join();
}

TEST_CASE("a length over the limit is refused before memory is taken") {
  rig r;
  bytes head(5);
  store_le32(head.data(), frame_bytes_max + 1);
  r.write(head);
  CHECK(r.channel->receive(1'000).error() == channel_error::too_long);
}

TEST_CASE("a frame that stops in the middle is timed out, or ends with its sender") {
  rig r;
  bytes raw(5 + 9);
  store_le32(raw.data(), 10);
  r.write(raw);
  CHECK(r.channel->receive(20).error() == channel_error::timed_out);
  rig s;
  s.write(raw);
  ::close(s.peer);
  s.peer = -1;
  CHECK(s.channel->receive(1'000).error() == channel_error::closed);
  CHECK(s.channel->send(1, {}, 1'000).error() == channel_error::closed);
}

TEST_CASE("who takes nothing does not hold the sender") {
  rig r;
  const bytes piece(frame_bytes_max, 1);
  std::optional<channel_error> why;
  for (int i = 0; i < 64 && !why; ++i)
    if (const auto sent = r.channel->send(1, piece, 20); !sent) why = sent.error();
  CHECK(why == channel_error::timed_out);
}

TEST_CASE("shut ends a wait from another thread") {
  rig r;
  std::thread waiter([&] { CHECK(r.channel->receive(60'000).error() == channel_error::closed); });
  r.channel->shut();
  waiter.join();
}

TEST_CASE("a socket is this user's alone, and takes no other file's place") {
  char name[] = "/tmp/ashlar-socket-XXXXXX";
  const std::string folder = ::mkdtemp(name);
  const std::string path = folder + "/workers";
  auto listener = std::optional(listening_socket::open(path));
  REQUIRE(listener->ok());
  struct stat there {};
  REQUIRE(::stat(path.c_str(), &there) == 0);
  CHECK((there.st_mode & 0777) == 0600);
  auto dialled = dial(path);
  REQUIRE(dialled.ok());
  const int taken = ::accept((*listener)->descriptor(), nullptr, nullptr);
  CHECK(is_same_user(taken));
  ::close(taken);
  // Where somebody listens nobody else does, and he is not disturbed.
  CHECK_THAT(listening_socket::open(path).error(), Catch::Contains("another process listens"));
  CHECK(dial(path).ok());
  // What a process that was killed left is no hindrance.
  fs::rename(path, folder + "/left");
  CHECK(fs::exists(folder + "/left"));
  listener.reset();
  CHECK(fs::exists(folder + "/left"));
  fs::rename(folder + "/left", path);
  {
    const auto again = listening_socket::open(path);
    REQUIRE(again.ok());
    // The file goes with the socket, unless it is another's by now.
    fs::remove(path);
    std::ofstream(path) << "another's";
  }
  CHECK(fs::file_size(path) == 9);
  fs::remove(path);
  CHECK(listening_socket::open(path).ok());
  CHECK_FALSE(fs::exists(path));
  std::ofstream(folder + "/file") << "precious";
  CHECK_FALSE(listening_socket::open(folder + "/file").ok());
  CHECK(fs::file_size(folder + "/file") == 8);
  CHECK_THAT(listening_socket::open(folder + "/" + std::string(200, 'x')).error(),
             Catch::Contains("choose a shorter one"));
  CHECK_FALSE(dial(folder + "/nobody").ok());
  fs::remove_all(folder);
}

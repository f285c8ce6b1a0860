#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "actors/node/process/child_process.hpp"
#include "actors/node/process/scratch_folder.hpp"
#include "actors/prover/frame_channel.hpp"
#include "actors/prover/proof_archive.hpp"
#include "actors/prover/worker_wire.hpp"
#include "test/support/settlement_fixture.hpp"
#include "test/support/tiny_proofs.hpp"

// Workers that are killed, hang and lie, and a coordinator that is killed: all are processes, seen
// from outside, by their logs and by what is on disk at the end.

using namespace ashlar;
using namespace ashlar::test;
using node::child_process;
namespace fs = std::filesystem;

namespace {

constexpr u32 patience_s = 120;
/// A proof of so many rounds takes some seconds: long enough to be struck while it is made.
constexpr u32 long_rounds = 150, short_rounds = 10;
constexpr auto lease_length = std::chrono::seconds(2);  // as prover_process says

struct process {
  child_process child;
  std::string log_path;

  std::string log() const {
    std::ifstream in(log_path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  u32 count(const std::string& text) const {
    const std::string all = log();
    u32 n = 0;
    for (std::size_t at = 0; (at = all.find(text, at)) != std::string::npos; at += text.size()) ++n;
    return n;
  }
  void signal(int number) const { ::kill(child.pid(), number); }
};

struct rig {
  node::scratch_folder scratch{"", "ashlar-prover-e2e"};
  u32 processes = 0;

  std::string folder() const { return scratch.path(); }
  std::string socket() const { return folder() + "/sock"; }

  process start(std::vector<std::string> words) {
    words.insert(words.begin(),
                 node::find_program("ASHLAR_PROVER_PROCESS", "test/e2e/prover/prover_process", ""));
    process p;
    p.log_path = folder() + "/log-" + std::to_string(processes++);
    auto started = child_process::start(words, p.log_path);
    INFO((started ? "" : started.error()));
    REQUIRE(started.ok());
    p.child = std::move(*started);
    return p;
  }
  process coordinator(u64 batches, u32 rounds) {
    return start({"coordinator", folder(), std::to_string(batches), std::to_string(rounds)});
  }
  process worker(const std::string& name, const std::string& kind = "honest") {
    return start({"worker", socket(), name, kind});
  }
};

/// Another process's doing has no event to wait for but its traces.
template <class Probe>
void await_that(const std::string& what, double seconds, Probe probe) {
  const auto start = std::chrono::steady_clock::now();
  while (!probe()) {
    if (std::chrono::steady_clock::now() - start > std::chrono::duration<double>(seconds))
      FAIL("waited " << seconds << " s for " << what);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

/// Until a process's log says so.
void await(process& p, const std::string& text, u32 times = 1) {
  await_that("'" + text + "' in:\n" + p.log(), patience_s,
             [&] { return p.count(text) >= times || !p.child.is_running(); });
  INFO(p.log());
  REQUIRE(p.count(text) >= times);
}

const std::string begins = "proof begins chain=1 batch=1";

std::string proved(u64 batch, const std::string& worker) {
  return "batch proved chain=1 batch=" + std::to_string(batch) + " worker=" + worker;
}

/// With the coordinator gone: each batch has a proof on disk that verifies.
void check_archive(const rig& r, u64 batches) {
  const auto archive = std::move(*prover::proof_archive::open(r.folder() + "/proofs"));
  const auto engine = make_tiny_engine();
  for (u64 n = 1; n <= batches; ++n) {
    CAPTURE(n);
    const auto record = archive->find(batch_number{n});
    REQUIRE(record);
    const auto file = archive->read(*record);
    REQUIRE(file.ok());
    CHECK(engine->check(public_input_hash(batch_of(n).input), *file).ok());
  }
}

/// A worker that the test plays, frame by frame.
struct played_worker {
  prover::frame_channel channel;
  explicit played_worker(const rig& r) : channel(std::move(*prover::dial(r.socket()))) {}

  bool say(prover::wire::kind what, bytes_view payload = {}) {
    return channel.send(static_cast<u8>(what), payload, 5'000).ok();
  }
  std::optional<prover::frame> hear() {
    auto got = channel.receive(10'000);
    return got ? std::optional(std::move(*got)) : std::nullopt;
  }
  /// Whether the coordinator hangs up, rather than say anything or nothing.
  bool is_hung_up_on() {
    const auto got = channel.receive(10'000);
    return !got && got.error() == prover::channel_error::closed;
  }
  bool greet(const std::string& name) {
    const auto engine = make_tiny_engine();
    say(prover::wire::kind::hello,
        prover::wire::encode(prover::wire::hello{
            prover::wire::version, name, engine->program_commitment(), engine->params_name(), 1}));
    const auto answer = hear();
    return answer && answer->type == static_cast<u8>(prover::wire::kind::welcome);
  }
};

// Greets as `name`, asks, and takes the job with its witness.
prover::wire::job lease_for(played_worker& w, std::string_view name) {
  REQUIRE(w.greet(std::string(name)));
  REQUIRE(w.say(prover::wire::kind::ask));
  const auto job = w.hear();
  REQUIRE(job);
  const auto lease = prover::wire::decode_job(job->payload);
  REQUIRE(lease);
  REQUIRE(w.hear());  // the witness
  return *lease;
}

/// Sends bytes of no sense, and waits until the coordinator hangs up.
void throw_at(const rig& r, const bytes& raw) {
  const int s = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  std::snprintf(at.sun_path, sizeof at.sun_path, "%s", r.socket().c_str());
  REQUIRE(::connect(s, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
  (void)::send(s, raw.data(), raw.size(), MSG_NOSIGNAL);
  u8 byte;
  while (::recv(s, &byte, 1, 0) > 0) {
  }
  ::close(s);
}

}  // namespace

TEST_CASE("a worker that is killed and one that hangs are replaced within 5 s", "[prover]") {
  rig r;
  auto coordinator = r.coordinator(1, long_rounds);
  await(coordinator, "prover listens");
  auto a = r.worker("a");
  await(a, begins);
  process others[] = {r.worker("b"), r.worker("c")};
  for (const char* name : {"b", "c"})
    await(coordinator, std::string("worker registered chain=1 worker=") + name);
  a.signal(SIGKILL);
  u32 second = 2;
  await_that("batch 1 begun by b or c", 5, [&] {
    for (u32 i = 0; i < 2; ++i)
      if (others[i].count(begins) > 0) second = i;
    return second < 2;
  });
  process& hung = others[second];
  process& last = others[1 - second];
  hung.signal(SIGSTOP);
  await_that("batch 1 begun by the last worker", 5, [&] { return last.count(begins) > 0; });
  // The one that hung goes on as if nothing had been; its lease is gone.
  hung.signal(SIGCONT);
  await(hung, "lease lost");
  await(coordinator, proved(1, second == 0 ? "c" : "b"));
  CHECK(coordinator.count("batch proved") == 1);
  coordinator.child.end();
  check_archive(r, 1);
}

TEST_CASE("a coordinator that stands still for longer than a lease costs nobody the work",
          "[prover]") {
  rig r;
  auto coordinator = r.coordinator(1, long_rounds);
  await(coordinator, "prover listens");
  auto a = r.worker("a");
  await(a, begins);
  coordinator.signal(SIGSTOP);
  std::this_thread::sleep_for(lease_length + std::chrono::seconds(2));
  coordinator.signal(SIGCONT);
  await(coordinator, proved(1, "a"));
  CHECK(a.count(begins) == 1);
  CHECK(a.count("lease lost") == 0);
  CHECK(coordinator.count("leases ran out") == 0);
  coordinator.child.end();
  check_archive(r, 1);
}

TEST_CASE("four kinds of liars are refused, counted and suspended; the batch is proved",
          "[prover]") {
  rig r;
  auto coordinator = r.coordinator(1, short_rounds);
  await(coordinator, "prover listens");
  std::vector<process> liars;
  for (const std::string kind : {"random", "state", "chain", "program"}) {
    liars.push_back(r.worker(kind, kind));
    await(coordinator, "worker suspended chain=1 worker=" + kind);
  }
  CHECK(coordinator.count("proof refused") == 8);
  CHECK(coordinator.count("batch proved") == 0);
  auto honest = r.worker("honest");
  await(coordinator, proved(1, "honest"));
  coordinator.child.end();
  check_archive(r, 1);
}

TEST_CASE("a coordinator that is killed goes on where it was, and proves nothing twice",
          "[prover]") {
  rig r;
  auto first = r.coordinator(4, 20);
  await(first, "prover listens");
  auto a = r.worker("a"), b = r.worker("b");
  await(first, "batch proved", 2);
  first.child.kill_at_once();
  const auto written = [&] {
    std::map<std::string, fs::file_time_type> out;
    for (const auto& e : fs::directory_iterator(r.folder() + "/proofs/files"))
      if (e.path().extension() != ".part") out[e.path().filename()] = fs::last_write_time(e);
    return out;
  };
  const auto before = written();
  auto second = r.coordinator(6, 20);
  // Between file and record it may have been killed: then that one batch is proved again.
  const u32 open = 6 - static_cast<u32>(std::distance(
                           fs::directory_iterator(r.folder() + "/proofs/records"), {}));
  await(second, "batch proved", open);
  CHECK(open <= 4);
  CHECK(second.count("batch proved") == open);
  const auto after = written();
  for (const auto& [name, time] : before) CHECK(after.at(name) == time);
  second.child.end();
  check_archive(r, 6);
}

TEST_CASE("a worker that sends what is none of the protocol costs its connection alone",
          "[prover]") {
  using prover::wire::kind;
  rig r;
  auto coordinator = r.coordinator(1, short_rounds);
  await(coordinator, "prover listens");
  bytes endless(5, 0xff);
  throw_at(r, endless);               // a frame of 4 GiB
  throw_at(r, bytes{0, 0, 0, 0, 1});  // a hello of nothing
  throw_at(r, bytes(100'000, 0x41));
  {
    played_worker w(r);
    const auto lease = lease_for(w, "odd");
    // An offer without end is not waited for, and one that is longer than it said is cut.
    w.say(kind::offer,
          prover::wire::encode(prover::wire::offer{lease.batch, lease.lease_epoch, 10, 1, 1}));
    w.say(kind::chunk, bytes(11, 1));
    CHECK(w.is_hung_up_on());
  }
  {
    // A proof in crumbs would hold its memory for hours.
    played_worker w(r);
    const auto lease = lease_for(w, "crumbs");
    w.say(kind::offer, prover::wire::encode(
                           prover::wire::offer{lease.batch, lease.lease_epoch, 1'000'000, 1, 1}));
    w.say(kind::chunk, bytes(1, 1));
    CHECK(w.is_hung_up_on());
  }
  {
    // One that is too large is refused, and the connection goes on.
    played_worker w(r);
    const auto lease = lease_for(w, "large");
    const u64 size = lease.proof_bytes_max + 1;
    w.say(kind::offer,
          prover::wire::encode(prover::wire::offer{lease.batch, lease.lease_epoch, size, 1, 1}));
    for (u64 left = size; left > 0;) {
      const bytes part(std::min<u64>(left, prover::frame_bytes_max), 1);
      REQUIRE(w.say(kind::chunk, part));
      left -= part.size();
    }
    const auto answer = w.hear();
    REQUIRE(answer);
    CHECK(answer->type == static_cast<u8>(kind::refused));
    CHECK(w.say(kind::ask));
    CHECK(w.hear());
  }
  {
    // The name of the node's own worker is nobody else's.
    played_worker w(r);
    CHECK_FALSE(w.greet("local"));
  }
  {
    // Who holds no lease has no memory to fill.
    played_worker w(r);
    REQUIRE(w.greet("guest"));
    w.say(kind::offer, prover::wire::encode(prover::wire::offer{
                           batch_number{1}, epoch{u64{1} << 32}, u64{1} << 40, 1, 1}));
    CHECK(w.is_hung_up_on());
  }
  auto honest = r.worker("honest");
  await(coordinator, proved(1, "honest"));
  coordinator.child.end();
  check_archive(r, 1);
}

#include "actors/prover/proof_archive.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"

using namespace ashlar;
using namespace ashlar::prover;
namespace fs = std::filesystem;

namespace {

struct scratch {
  scratch() {
    char name[] = "/tmp/ashlar-archive-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~scratch() { fs::remove_all(path); }
  std::string path;
};

proof_record record(u64 batch) {
  proof_record r;
  r.batch = batch_number{batch};
  r.public_input_hash.data_.fill(static_cast<u8>(batch));
  r.program_commitment.data_.fill(9);
  r.params = "insecure_test";
  r.cycles = 1'000'000'007;
  r.segments = 3;
  r.seconds = 17;
  r.worker = "local";
  return r;
}

std::string file_of(const scratch& s, const proof_record& r) {
  return s.path + "/files/" + to_hex(r.proof_hash).substr(2);
}

std::size_t files_in(const std::string& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

/// No file of this process may grow over so many bytes: what a full disk does to a write.
class small_disk {
 public:
  explicit small_disk(rlim_t bytes_max) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit now{bytes_max, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~small_disk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

}  // namespace

TEST_CASE("a proof is found after a restart, with all that is known of it") {
  const scratch s;
  const bytes proof(10'000, 7);
  proof_record kept;
  {
    const auto a = std::move(*proof_archive::open(s.path));
    CHECK(*a->next_generation() == 1);
    CHECK(*a->next_generation() == 2);
    CHECK(a->find(batch_number{4}) == std::nullopt);
    kept = *a->keep(record(4), proof);
    CHECK(kept.proof_bytes == proof.size());
  }
  const auto a = std::move(*proof_archive::open(s.path));
  CHECK(*a->next_generation() == 3);
  REQUIRE(a->find(batch_number{4}) == kept);
  CHECK(*a->read(kept) == proof);
  CHECK(a->find(batch_number{5}) == std::nullopt);
}

TEST_CASE("another proof of a batch replaces the first, whose file goes") {
  const scratch s;
  const auto a = std::move(*proof_archive::open(s.path));
  const auto first = *a->keep(record(1), bytes(100, 1));
  const auto second = *a->keep(record(1), bytes(100, 2));
  CHECK(a->find(batch_number{1}) == second);
  CHECK_FALSE(fs::exists(file_of(s, first)));
  a->drop(second);
  CHECK(a->find(batch_number{1}) == std::nullopt);
  CHECK(files_in(s.path + "/files") == 0);
}

TEST_CASE(
    "a proof whose file is missing is not there; a damaged one is noticed and can be kept "
    "again") {
  const scratch s;
  const auto a = std::move(*proof_archive::open(s.path));
  const bytes proof(1'000, 3);
  const auto kept = *a->keep(record(1), proof);
  fs::resize_file(file_of(s, kept), 999);
  CHECK(a->read(kept).error().code == store::error_code::damaged);
  REQUIRE(a->keep(record(1), proof).ok());
  CHECK(*a->read(kept) == proof);
  {
    std::fstream f(file_of(s, kept), std::ios::in | std::ios::out | std::ios::binary);
    f.seekp(500);
    f.put(4);
  }
  CHECK(a->read(kept).error().code == store::error_code::damaged);
  fs::remove(file_of(s, kept));
  CHECK(a->find(batch_number{1}) == std::nullopt);
}

TEST_CASE("files that no record names go at the next start, unless a record cannot be read") {
  const scratch s;
  const auto kept = *std::move(*proof_archive::open(s.path))->keep(record(1), bytes(100, 1));
  const std::string unnamed = s.path + "/files/" + std::string(64, 'a');
  std::ofstream(unnamed) << "left over";
  fs::create_symlink(s.path + "/records/batch-2", s.path + "/records/batch-2");
  REQUIRE(proof_archive::open(s.path).ok());
  CHECK(fs::exists(unnamed));
  fs::remove(s.path + "/records/batch-2");
  const auto a = std::move(*proof_archive::open(s.path));
  CHECK_FALSE(fs::exists(unnamed));
  CHECK(a->find(batch_number{1}) == kept);
  CHECK(a->inspect(kept).ok());
}

TEST_CASE("what cannot be read now is no proof that is missing") {
  const scratch s;
  const auto a = std::move(*proof_archive::open(s.path));
  const auto kept = *a->keep(record(1), bytes(100, 1));
  CHECK(a->look_up(batch_number{2})->has_value() == false);
  fs::remove(s.path + "/records/batch-1");
  fs::create_symlink(s.path + "/records/batch-1", s.path + "/records/batch-1");
  CHECK(a->look_up(batch_number{1}).error().code == store::error_code::read_failed);
  CHECK(a->find(batch_number{1}) == std::nullopt);
  const std::string file = file_of(s, kept);
  fs::remove(file);
  CHECK(a->inspect(kept).error().code == store::error_code::not_found);
  fs::create_directory(file);
  CHECK(a->inspect(kept).error().code == store::error_code::read_failed);
  fs::remove(file);
  std::ofstream(file) << "something else";
  CHECK(a->inspect(kept).error().code == store::error_code::damaged);
}

TEST_CASE("a record that is cut, flipped, or another batch's is none") {
  const scratch s;
  const bytes raw = encode_proof_record(record(1));
  CHECK(decode_proof_record(raw) == record(1));
  for (std::size_t n = 0; n < raw.size(); ++n)
    CHECK(decode_proof_record(bytes_view(raw).first(n)) == std::nullopt);
  for (std::size_t n = 0; n < raw.size(); ++n) {
    bytes flipped = raw;
    flipped[n] ^= 1;
    CHECK(decode_proof_record(flipped) == std::nullopt);
  }
  bytes longer = raw;
  longer.push_back(0);
  CHECK(decode_proof_record(longer) == std::nullopt);
  const auto a = std::move(*proof_archive::open(s.path));
  REQUIRE(a->keep(record(1), bytes(10, 1)).ok());
  fs::copy_file(s.path + "/records/batch-1", s.path + "/records/batch-2");
  CHECK(a->find(batch_number{2}) == std::nullopt);
}

TEST_CASE("a full disk fails a write cleanly: what was kept stays, and it can be tried again") {
  const scratch s;
  const auto a = std::move(*proof_archive::open(s.path));
  const auto first = *a->keep(record(1), bytes(100, 1));
  const bytes proof(100'000, 2);
  {
    const small_disk disk(50'000);
    const auto refused = a->keep(record(2), proof);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == store::error_code::write_failed);
    CHECK_THAT(store::to_text(refused.error()), Catch::Contains("File too large"));
    CHECK(a->find(batch_number{2}) == std::nullopt);
    CHECK(a->find(batch_number{1}) == first);
    CHECK(files_in(s.path + "/files") == 1);
  }
  {
    // The file fits, its record does not.
    const small_disk disk(10);
    CHECK_FALSE(a->keep(record(2), bytes(5, 5)).ok());
    CHECK(a->find(batch_number{2}) == std::nullopt);
    CHECK(files_in(s.path + "/records") == 1);
  }
  const auto second = a->keep(record(2), proof);
  REQUIRE(second.ok());
  CHECK(*a->read(*second) == proof);
}

TEST_CASE("a generation that cannot be read is not begun anew") {
  const scratch s;
  const auto a = std::move(*proof_archive::open(s.path));
  std::ofstream(s.path + "/generation") << "12345";
  CHECK(a->next_generation().error().code == store::error_code::damaged);
}

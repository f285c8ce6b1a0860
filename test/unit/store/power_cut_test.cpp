#include <algorithm>
#include <csignal>
#include <fstream>
#include <sys/resource.h>

#include <catch2/catch.hpp>

#include "runtime/store/chain_store.hpp"
#include "runtime/store/content_store.hpp"
#include "runtime/store/database.hpp"
#include "runtime/store/reserved_logs.hpp"
#include "runtime/store/tree_store.hpp"
#include "runtime/store/wal_tail.hpp"
#include "test/unit/store/sample_chain.hpp"

using namespace ashlar;
using namespace ashlar::store;
namespace fs = std::filesystem;

namespace {

std::string newest_log(const std::string& folder) {
  std::string newest;
  for (const auto& e : fs::directory_iterator(folder))
    if (e.path().extension() == ".log") newest = std::max(newest, e.path().string());
  REQUIRE_FALSE(newest.empty());
  return newest;
}

bytes read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const std::string& path, const bytes& content) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(content.data()),
             static_cast<std::streamsize>(content.size()));
}

/// Where the last record of a log ends whose space was reserved: zeros are behind it.
std::size_t end_of_records(const std::string& path) {
  const bytes log = read_bytes(path);
  const auto last = std::find_if(log.rbegin(), log.rend(), [](u8 b) { return b != 0; });
  return static_cast<std::size_t>(log.rend() - last);
}

/// What may be where a write of [from, to) was under way when the power went.
struct tear {
  const char* what;
  void (*make)(bytes& log, std::size_t from, std::size_t to);
};
void zero(bytes& log, std::size_t from, std::size_t to) {
  std::fill(log.begin() + static_cast<std::ptrdiff_t>(from),
            log.begin() + static_cast<std::ptrdiff_t>(to), u8{0});
}
constexpr tear tears[] = {
    {"its last half is not there",
     [](bytes& log, std::size_t from, std::size_t to) { log.resize((from + to) / 2); }},
    {"its last half is zeros",
     [](bytes& log, std::size_t from, std::size_t to) { zero(log, (from + to) / 2, to); }},
    {"its first half is zeros",
     [](bytes& log, std::size_t from, std::size_t to) { zero(log, from, (from + to) / 2); }},
    {"all of it is zeros", zero},
    {"its middle is another file's",
     [](bytes& log, std::size_t from, std::size_t to) {
       const std::size_t third = (to - from) / 3;
       for (std::size_t i = from + third; i < to - third; ++i)
         log[i] = static_cast<u8>(0xa5 ^ (i * 31));
     }},
};

void tear_log(const std::string& path, const tear& t, std::size_t from, std::size_t to) {
  bytes log = read_bytes(path);
  REQUIRE(log.size() >= to);
  t.make(log, from, to);
  write_bytes(path, log);
}

}  // namespace

TEST_CASE("a power cut in the middle of an append takes that block alone") {
  for (const tear& t : tears)
    for (const auto& [torn_block, was_closed] :
         {std::pair<u64, bool>{11, true}, {13, true}, {11, false}, {13, false}}) {
      INFO("block " << torn_block << ", log closed: " << was_closed << ": " << t.what);
      // given: ten blocks that are on disk with all that belongs to them
      test::scratch_folder folder;
      test::sample_chain chain{5};
      const auto config = test::quiet_config(folder / "chain");
      {
        auto s = std::move(*chain_store::open(config, chain.origin()));
        for (int i = 0; i < 10; ++i) test::lay(*s, chain.next(3));
      }
      fs::copy(folder / "chain", folder / "before", fs::copy_options::recursive);
      // when: more are appended, and of the last one half reaches the disk, as nothing does of
      // what is not synchronous
      std::vector<std::size_t> ends;
      const auto log_of = [&] { return newest_log(folder / "chain/log/db"); };
      bytes open_log;
      {
        auto s = std::move(*chain_store::open(config, chain.origin()));
        ends.push_back(end_of_records(log_of()));
        for (u64 n = 11; n <= torn_block; ++n) {
          test::lay(*s, chain.next(3));
          ends.push_back(end_of_records(log_of()));
        }
        open_log = read_bytes(log_of());
      }
      CHECK(fs::file_size(log_of()) == ends.back());
      CHECK(open_log.size() == reserved_logs::reserve_bytes);
      if (!was_closed) write_bytes(log_of(), open_log);
      tear_log(log_of(), t, ends[ends.size() - 2], ends.back());
      fs::remove_all(folder / "chain/state");
      fs::copy(folder / "before/state", folder / "chain/state", fs::copy_options::recursive);
      fs::copy_file(folder / "before/log/watermark", folder / "chain/log/watermark",
                    fs::copy_options::overwrite_existing);
      // then
      auto opened = chain_store::open(config, chain.origin());
      if (!opened.ok()) FAIL(to_text(opened.error()));
      CHECK((*opened)->log().height() == block_number{torn_block - 1});
      for (u64 n = 11; n < torn_block; ++n) CHECK((*opened)->log().read(block_number{n}).ok());
    }
}

TEST_CASE("a block log that is damaged before its last record is an error") {
  for (const bool was_closed : {true, false})
    for (const tear& t : tears) {
      if (&t == &tears[0]) continue;  // nothing is behind a cut
      INFO(t.what << ", log closed: " << was_closed);
      test::scratch_folder folder;
      test::sample_chain chain{6};
      const auto config = test::quiet_config(folder.str());
      std::vector<std::size_t> ends;
      bytes open_log;
      {
        auto s = std::move(*chain_store::open(config, chain.origin()));
        for (int i = 0; i < 9; ++i) {
          test::lay(*s, chain.next(3));
          ends.push_back(end_of_records(newest_log(folder / "log/db")));
        }
        open_log = read_bytes(newest_log(folder / "log/db"));
      }
      if (!was_closed) write_bytes(newest_log(folder / "log/db"), open_log);
      tear_log(newest_log(folder / "log/db"), t, ends[3], ends[4]);
      // Not even where nothing else knows how long the log was.
      fs::remove_all(folder / "state");
      CHECK_FALSE(chain_store::open(config, chain.origin()).ok());
    }
}

TEST_CASE("a hole in the state's log does not hide in a state that is higher") {
  for (const tear& t : tears) {
    INFO(t.what);
    // given: forty flushes, each a record of its own
    test::scratch_folder folder;
    test::sample_chain chain{7};
    const auto config = test::quiet_config(folder.str());
    std::vector<std::size_t> ends;
    {
      auto s = std::move(*chain_store::open(config, chain.origin()));
      for (int i = 0; i < 40; ++i) {
        test::lay(*s, chain.next(12));
        REQUIRE(s->flush().ok());
        ends.push_back(fs::file_size(newest_log(folder / "state")));
      }
    }
    // when: some of the flushes in the middle did not reach the disk, and later ones did
    tear_log(newest_log(folder / "state"), t, ends[9], ends[19]);
    // then: the state is whole at a height before the hole
    auto opened = chain_store::open(config, chain.origin());
    if (!opened.ok()) FAIL(to_text(opened.error()));
    auto& s = **opened;
    const u64 height = s.flushed_height().value;
    CHECK(height >= 10);
    CHECK(height < 20);
    for (u64 n = 0; n <= height; ++n) {
      const auto view = s.state_at(block_number{n});
      for (const auto& [who, want] : chain.at(n).accounts) CHECK(view->get_account(who) == want);
    }
    for (u64 n = height + 1; n <= 40; ++n) {
      REQUIRE(s.stage(chain.blocks()[n - 1]).ok());
      REQUIRE(s.publish(block_number{n}).ok());
    }
    CHECK(s.head().hash == chain.blocks().back()->hash);
  }
}

TEST_CASE("what a log lacks takes with it what later logs hold") {
  // given: two logs of one database, as they are while the first one's writes become a table
  test::scratch_folder folder;
  database_config config;
  config.folder = folder / "db";
  const std::string both = folder / "both";
  fs::create_directory(both);
  std::vector<std::size_t> ends;
  std::string logs[2];
  for (std::string& log : logs) {
    auto db = std::move(*database::open(config));
    const std::string path = newest_log(config.folder);
    for (u8 n = 0; n < 5; ++n) {
      REQUIRE(db->put(bytes{'k', n}, bytes(n % 2 ? 100 : 50'000, n), true).ok());
      if (&log == logs) ends.push_back(fs::file_size(path));
    }
    log = (fs::path(both) / fs::path(path).filename()).string();
    fs::copy_file(path, log);
  }
  REQUIRE(logs[0] < logs[1]);
  const auto second = fs::file_size(logs[1]);
  SECTION("both whole: nothing goes") {
    CHECK(*cut_torn_wal(both, wal_rule::whole_prefix) == 0);
    CHECK(*cut_torn_wal(both, wal_rule::last_record) == 0);
  }
  SECTION("the second alone: nothing goes") {
    fs::remove(logs[0]);
    CHECK(*cut_torn_wal(both, wal_rule::whole_prefix) == 0);
  }
  SECTION("the first ends at the end of a record, or has none") {
    for (const std::size_t end : {ends[3], ends[2], ends[0], std::size_t{0}}) {
      INFO("the first " << end << " bytes");
      fs::resize_file(logs[0], end);
      CHECK(*cut_torn_wal(both, wal_rule::whole_prefix) == second);
      CHECK(fs::file_size(logs[0]) == end);
      fs::copy_file(newest_log(config.folder), logs[1], fs::copy_options::overwrite_existing);
    }
  }
}

TEST_CASE("a power cut in the middle of a synchronous write takes that write alone") {
  for (const tear& t : tears) {
    INFO(t.what);
    test::scratch_folder folder;
    database_config config;
    config.folder = folder / "db";
    std::vector<std::size_t> ends;
    const auto key = [](u8 n) { return bytes{'k', n}; };
    {
      auto db = std::move(*database::open(config));
      for (u8 n = 0; n < 5; ++n) {
        // Larger than a block of LevelDB's log, so that it is in pieces.
        REQUIRE(db->put(key(n), bytes(n % 2 ? 100 : 50'000, n), true).ok());
        ends.push_back(fs::file_size(newest_log(config.folder)));
      }
    }
    tear_log(newest_log(config.folder), t, ends[3], ends[4]);
    auto opened = database::open(config);
    if (!opened.ok()) FAIL(to_text(opened.error()));
    for (u8 n = 0; n < 4; ++n) CHECK((*opened)->get(key(n))->has_value());
    CHECK_FALSE((*opened)->get(key(4))->has_value());
  }
}

TEST_CASE("zeros behind an older log's records do not make a torn newer one damage") {
  // given: two logs, as when the process died before the first one's writes were in a table
  test::scratch_folder folder;
  database_config config;
  config.folder = folder / "db";
  config.reserve_logs = true;
  const std::string first = config.folder + "/000003.log", second = config.folder + "/000005.log";
  bytes both;
  std::size_t end = 0;
  {
    auto db = std::move(*database::open(config));
    REQUIRE(newest_log(config.folder) == first);
    for (u8 n = 1; n <= 2; ++n) REQUIRE(db->put(bytes{'k', n}, bytes(100, n), true).ok());
    end = end_of_records(first);
    fs::copy(config.folder, folder / "image", fs::copy_options::recursive);
    for (u8 n = 3; n <= 4; ++n) REQUIRE(db->put(bytes{'k', n}, bytes(100, n), true).ok());
    both = read_bytes(first);
  }
  fs::remove_all(config.folder);
  fs::rename(folder / "image", config.folder);
  const auto from = both.begin() + static_cast<std::ptrdiff_t>(end);
  const std::size_t each = end / 2;  // of a record
  SECTION("the last record of the newer one is torn") {
    bytes newer(from, from + static_cast<std::ptrdiff_t>(2 * each));
    std::fill(newer.end() - 50, newer.end(), u8{0});
    write_bytes(second, newer);
    auto opened = database::open(config);
    if (!opened.ok()) FAIL(to_text(opened.error()));
    for (u8 n = 1; n <= 3; ++n) CHECK((*opened)->get(bytes{'k', n})->has_value());
    CHECK_FALSE((*opened)->get(bytes{'k', 4})->has_value());
  }
  SECTION("the older one lacks a write that the newer one stands upon") {
    bytes newer(from, from + static_cast<std::ptrdiff_t>(2 * each));
    SECTION("for it is not whole") {
      tear_log(first, tears[4], each, end);
    }
    SECTION("for it is not there, and the newer one's last is torn") {
      tear_log(first, {"", zero}, each, end);
      std::fill(newer.end() - 50, newer.end(), u8{0});
    }
    write_bytes(second, newer);
    // then: each time, and nothing was cut
    for (int attempt = 0; attempt < 2; ++attempt) {
      const auto opened = database::open(config);
      REQUIRE_FALSE(opened.ok());
      CHECK(opened.error().code == error_code::damaged);
    }
    CHECK(read_bytes(second) == newer);
  }
}

TEST_CASE("a process that dies between the pieces of a record leaves those before it") {
  test::scratch_folder folder;
  database_config config;
  config.folder = folder / "db";
  config.reserve_logs = true;
  const auto key = [](u8 n) { return bytes{'k', n}; };
  std::vector<std::size_t> ends;
  {
    auto db = std::move(*database::open(config));
    for (u8 n = 1; n <= 3; ++n) {
      REQUIRE(db->put(key(n), bytes(n == 3 ? 100'000 : 50, n), true).ok());
      ends.push_back(end_of_records(newest_log(config.folder)));
    }
    fs::copy(config.folder, folder / "image", fs::copy_options::recursive);
  }
  for (const std::size_t from : {ends[1] + 1, ends[1] + 7, ends[1] + 8, std::size_t{32'767},
                                 std::size_t{32'768}, std::size_t{32'770}, std::size_t{32'775},
                                 std::size_t{65'536}, std::size_t{98'304}, ends[2] - 1}) {
    INFO("zeros from " << from);
    fs::remove_all(config.folder);
    fs::copy(folder / "image", config.folder, fs::copy_options::recursive);
    tear_log(newest_log(config.folder), {"", zero}, from, ends[2]);
    const auto opened = database::open(config);
    if (!opened.ok()) FAIL(to_text(opened.error()));
    for (u8 n = 1; n <= 2; ++n) CHECK((*opened)->get(key(n))->has_value());
    CHECK_FALSE((*opened)->get(key(3))->has_value());
  }
}

namespace {

/// Files of this process cannot become longer, as where a disk is full.
class file_limit {
 public:
  explicit file_limit(rlim_t bytes) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    handler_ = ::signal(SIGXFSZ, SIG_IGN);
    const rlimit now{bytes, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &now) == 0);
  }
  ~file_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  file_limit(const file_limit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

}  // namespace

TEST_CASE("where the disk is full a log has what was confirmed, and no more") {
  constexpr std::size_t value_bytes = 30'000;
  for (const rlim_t limit : {rlim_t{20'000}, rlim_t{100'000}, rlim_t{250'000}, rlim_t{262'144},
                             rlim_t{262'145}, rlim_t{300'000}, rlim_t{524'288}}) {
    INFO("limit " << limit);
    test::scratch_folder folder;
    database_config config;
    config.folder = folder / "db";
    config.reserve_logs = true;
    u8 confirmed = 0;
    {
      auto db = std::move(*database::open(config));
      const file_limit full(limit);
      while (db->put(bytes{'k', confirmed}, bytes(value_bytes, 7), true).ok()) ++confirmed;
      CHECK_FALSE(db->put(bytes{'x'}, bytes{1}, true).ok());
    }
    // The space that is reserved takes no record's place.
    CHECK(confirmed == limit / (value_bytes + 40));
    const auto opened = database::open(config);
    if (!opened.ok()) FAIL(to_text(opened.error()));
    for (u8 n = 0; n < confirmed; ++n) CHECK((*opened)->get(bytes{'k', n})->has_value());
    CHECK_FALSE((*opened)->get(bytes{'k', confirmed})->has_value());
  }
}

TEST_CASE("a record that does not fit the reserved space is read with those before and behind") {
  test::scratch_folder folder;
  database_config config;
  config.folder = folder / "db";
  config.reserve_logs = true;
  constexpr std::size_t sizes[] = {10, 300'000, 262'144, 20, 900'000, 1};
  const auto holds_all = [&](const std::string& at) {
    database_config other = config;
    other.folder = at;
    const auto db = database::open(other);
    if (!db.ok()) FAIL(to_text(db.error()));
    for (u8 n = 0; n < std::size(sizes); ++n)
      CHECK(*(*db)->get(bytes{'k', n}) == bytes(sizes[n], static_cast<u8>(n + 1)));
  };
  {
    auto db = std::move(*database::open(config));
    for (u8 n = 0; n < std::size(sizes); ++n)
      REQUIRE(db->put(bytes{'k', n}, bytes(sizes[n], static_cast<u8>(n + 1)), true).ok());
    fs::copy(config.folder, folder / "killed", fs::copy_options::recursive);
    CHECK(fs::file_size(newest_log(config.folder)) % reserved_logs::reserve_bytes == 0);
  }
  holds_all(config.folder);
  holds_all(folder / "killed");
}

TEST_CASE("a synchronous write that is damaged before others is an error") {
  test::scratch_folder folder;
  database_config config;
  config.folder = folder / "db";
  std::vector<std::size_t> ends;
  {
    auto db = std::move(*database::open(config));
    for (u8 n = 0; n < 5; ++n) {
      REQUIRE(db->put(bytes{'k', n}, bytes(5'000, n), true).ok());
      ends.push_back(fs::file_size(newest_log(config.folder)));
    }
  }
  tear_log(newest_log(config.folder), tears[4], ends[1], ends[2]);
  const auto opened = database::open(config);
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().code == error_code::damaged);
}

TEST_CASE("a power cut in the middle of a tree's batch leaves the tree before it") {
  for (const tear& t : tears) {
    INFO(t.what);
    test::scratch_folder folder;
    tree_store_config config;
    config.folder = folder / "tree";
    config.leaves_max = 1u << 14;
    config.threads = 1;
    const auto updates_of = [](u64 batch) {
      std::vector<tree::update> out;
      for (u64 i = 0; i < 300; ++i) {
        hash256 k, v;
        store_be64(k.data(), (i * 41 + batch * 1'000'003) | 1ull << 60);
        store_be64(v.data() + 24, batch * 1000 + i + 1);
        out.push_back({k, v});
      }
      std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
      return out;
    };
    std::vector<std::size_t> ends;
    std::vector<tree::summary> after;
    {
      auto s = std::move(*tree_store::open(config));
      for (u64 n = 0; n < 4; ++n) {
        auto done = s->apply(batch_number{n}, updates_of(n));
        REQUIRE(done.ok());
        after.push_back(*done);
        ends.push_back(fs::file_size(newest_log(config.folder)));
      }
    }
    tear_log(newest_log(config.folder), t, ends[2], ends[3]);
    auto opened = tree_store::open(config);
    if (!opened.ok()) FAIL(to_text(opened.error()));
    CHECK((*opened)->height() == batch_number{2});
    CHECK((*opened)->state() == after[2]);
    REQUIRE((*opened)->apply(batch_number{3}, updates_of(3)).ok());
    CHECK((*opened)->state() == after[3]);
  }
}

TEST_CASE("a first start that was cut off at its watermark starts") {
  test::scratch_folder folder;
  test::sample_chain chain{8};
  const auto config = test::quiet_config(folder.str());
  fs::create_directories(folder / "log");
  write_bytes(folder / "log/watermark.new", bytes(17, 1));
  auto opened = chain_store::open(config, chain.origin());
  if (!opened.ok()) FAIL(to_text(opened.error()));
  test::lay(**opened, chain.next(3));
  CHECK((*opened)->log().height() == block_number{1});
}

TEST_CASE("content that was not written to its end is gone when the store is opened") {
  test::scratch_folder folder;
  const bytes content(1000, 7);
  hash256 hash;
  {
    auto s = content_store::open(folder / "content");
    REQUIRE(s.ok());
    hash = *s->put(content);
  }
  write_bytes(folder / "content/00ff.123.456.part", bytes(10, 1));
  const auto s = content_store::open(folder / "content");
  REQUIRE(s.ok());
  CHECK_FALSE(fs::exists(folder / "content/00ff.123.456.part"));
  CHECK(*s->get(hash) == content);
}

#include "runtime/store/block_log.hpp"

#include <fstream>
#include <future>
#include <latch>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include <catch2/catch.hpp>
#include <leveldb/env.h>

#include "test/unit/store/sample_chain.hpp"

using namespace ashlar;
using namespace ashlar::store;

namespace {

hash256 origin(u8 n) {
  hash256 h;
  h[0] = n;
  return h;
}

block_log_config config_in(const test::scratch_folder& folder) {
  block_log_config c;
  c.folder = folder.str();
  return c;
}

std::unique_ptr<block_log> opened(const block_log_config& c) {
  auto log = block_log::open(c, origin(1));
  REQUIRE(log.ok());
  return std::move(*log);
}

void fill(block_log& log, test::sample_chain& chain, u64 blocks) {
  for (u64 i = 0; i < blocks; ++i) {
    const auto b = chain.next(3);
    REQUIRE(log.append(b->block.header.number, encode_log_record(b->block, b->senders)).ok());
  }
}

std::filesystem::path newest_file(const std::string& folder, const std::string& extension) {
  std::filesystem::path newest;
  for (const auto& e : std::filesystem::directory_iterator(folder))
    if (e.path().extension() == extension && (newest.empty() || e.path() > newest))
      newest = e.path();
  REQUIRE(!newest.empty());
  return newest;
}

void copy_folder(const test::scratch_folder& from, const test::scratch_folder& to) {
  std::filesystem::copy(from.str(), to.str(), std::filesystem::copy_options::recursive);
}

void flip(const std::filesystem::path& file, std::streamoff at) {
  std::fstream f(file, std::ios::in | std::ios::out | std::ios::binary);
  f.seekg(at);
  const char old = static_cast<char>(f.get());
  f.seekp(at);
  f.put(static_cast<char>(old ^ 0x20));
}

}  // namespace

TEST_CASE("a log gives back what was appended, over a reopen") {
  test::scratch_folder folder;
  test::sample_chain chain{1};
  fill(*opened(config_in(folder)), chain, 20);
  const auto log = opened(config_in(folder));
  CHECK(log->height() == block_number{20});
  for (const auto& b : chain.blocks()) {
    const auto r = log->read(b->block.header.number);
    REQUIRE(r.ok());
    CHECK(r->block == b->block);
    CHECK(r->senders == b->senders);
  }
  CHECK(log->read(block_number{21}).error().code == error_code::not_found);
}

TEST_CASE("the chain hash is the same for the same blocks and differs for others") {
  test::scratch_folder a, b, c;
  test::sample_chain one{1}, same{1}, other{2};
  const auto log_a = opened(config_in(a));
  const auto log_b = opened(config_in(b));
  const auto log_c = opened(config_in(c));
  fill(*log_a, one, 5);
  fill(*log_b, same, 5);
  fill(*log_c, other, 5);
  CHECK(log_a->chain() == log_b->chain());
  CHECK(log_a->chain() != log_c->chain());
  CHECK(*log_a->chain_at(block_number{3}) == *log_b->chain_at(block_number{3}));
}

TEST_CASE("a block out of turn is refused and nothing is written") {
  test::scratch_folder folder;
  test::sample_chain chain{1};
  const auto log = opened(config_in(folder));
  fill(*log, chain, 2);
  const auto bad = log->append(block_number{4}, bytes{1});
  CHECK(bad.error().code == error_code::not_contiguous);
  CHECK(bad.error().expected == 3);
  CHECK(log->height() == block_number{2});
}

TEST_CASE("a writer with an older epoch is refused, also after a reopen") {
  test::scratch_folder folder;
  test::sample_chain chain{1};
  const auto b1 = chain.next(1), b2 = chain.next(1);
  REQUIRE(opened(config_in(folder))
              ->append(block_number{1}, encode_log_record(b1->block, b1->senders), epoch{5})
              .ok());
  const auto log = opened(config_in(folder));
  CHECK(log->writer_epoch() == epoch{5});
  const auto payload = encode_log_record(b2->block, b2->senders);
  CHECK(log->append(block_number{2}, payload, epoch{4}).error().code == error_code::stale_epoch);
  CHECK(log->append(block_number{2}, payload, epoch{6}).ok());
}

TEST_CASE("a log of another chain is refused") {
  test::scratch_folder folder;
  opened(config_in(folder));
  CHECK(block_log::open(config_in(folder), origin(2)).error().code == error_code::wrong_genesis);
}

TEST_CASE("a log cut short at any length is noticed") {
  test::scratch_folder folder;
  test::sample_chain chain{3};
  fill(*opened(config_in(folder)), chain, 30);
  const auto size = std::filesystem::file_size(newest_file(folder / "db", ".log"));
  REQUIRE(size > 1000);
  for (int i = 0; i < 25; ++i) {
    test::scratch_folder copy;
    copy_folder(folder, copy);
    const u64 cut = chain.pick(size - 1);
    std::filesystem::resize_file(newest_file(copy / "db", ".log"), cut);
    const auto log = block_log::open(config_in(copy), origin(1));
    INFO("cut at " << cut << " of " << size);
    REQUIRE_FALSE(log.ok());
    CHECK((log.error().code == error_code::truncated || log.error().code == error_code::damaged));
  }
}

TEST_CASE("a flipped byte in the log's file is noticed") {
  test::scratch_folder folder;
  test::sample_chain chain{4};
  fill(*opened(config_in(folder)), chain, 30);
  const auto size = std::filesystem::file_size(newest_file(folder / "db", ".log"));
  for (int i = 0; i < 25; ++i) {
    test::scratch_folder copy;
    copy_folder(folder, copy);
    const auto at = static_cast<std::streamoff>(chain.pick(size));
    flip(newest_file(copy / "db", ".log"), at);
    INFO("flipped at " << at);
    CHECK_FALSE(block_log::open(config_in(copy), origin(1)).ok());
  }
}

TEST_CASE("a record that was replaced breaks the chain") {
  test::scratch_folder folder, elsewhere;
  test::sample_chain chain{5}, other{6};
  fill(*opened(config_in(folder)), chain, 6);
  fill(*opened(config_in(elsewhere)), other, 6);
  {
    database_config a, b;
    a.folder = folder / "db";
    b.folder = elsewhere / "db";
    const auto to = std::move(*database::open(a)), from = std::move(*database::open(b));
    const bytes key{'b', 0, 0, 0, 0, 0, 0, 0, 4};
    const auto record = *from->get(key);
    REQUIRE(to->put(key, *record, true).ok());
  }
  const auto log = block_log::open(config_in(folder), origin(1));
  REQUIRE_FALSE(log.ok());
  CHECK(log.error().code == error_code::damaged);
  CHECK(log.error().got == 4);
}

TEST_CASE("the checkpoint's own link is checked at open") {
  test::scratch_folder folder;
  test::sample_chain chain{5};
  block_log::checkpoint at;
  {
    const auto log = opened(config_in(folder));
    fill(*log, chain, 6);
    at = {block_number{4}, *log->chain_at(block_number{4})};
  }
  CHECK(block_log::open(config_in(folder), origin(1), &at).ok());
  at.chain[0] ^= 1;
  CHECK(block_log::open(config_in(folder), origin(1), &at).error().code == error_code::damaged);
  at = {block_number{9}, hash256{}};
  const auto cut = block_log::open(config_in(folder), origin(1), &at);
  CHECK(cut.error().code == error_code::truncated);
  CHECK(cut.error().expected == 9);
  CHECK(cut.error().got == 6);
}

TEST_CASE("a log without its watermark is refused") {
  test::scratch_folder folder;
  test::sample_chain chain{5};
  fill(*opened(config_in(folder)), chain, 2);
  std::filesystem::remove(folder / "watermark");
  CHECK(block_log::open(config_in(folder), origin(1)).error().code ==
        error_code::watermark_missing);
}

TEST_CASE("a database that vanished beside its watermark is noticed") {
  test::scratch_folder folder;
  test::sample_chain chain{5};
  fill(*opened(config_in(folder)), chain, 2);
  std::filesystem::remove_all(folder / "db");
  CHECK(block_log::open(config_in(folder), origin(1)).error().code == error_code::truncated);
}

TEST_CASE("a database without its CURRENT file is refused, and keeps its tables") {
  test::scratch_folder folder;
  test::sample_chain chain{5};
  block_log_config config = config_in(folder);
  config.write_buffer_bytes = 64 << 10;
  fill(*opened(config), chain, 200);
  newest_file(folder / "db", ".ldb");  // there is one
  const auto files = [&] {
    std::set<std::string> names;
    for (const auto& e : std::filesystem::directory_iterator(folder / "db"))
      names.insert(e.path().filename().string());
    return names;
  };
  const auto before = files();
  const std::string current = folder / "db/CURRENT", aside = folder / "aside";
  std::filesystem::rename(current, aside);
  const auto refused = block_log::open(config, origin(1));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == error_code::damaged);
  CHECK_THAT(to_text(refused.error()), Catch::Contains("CURRENT is missing"));
  std::filesystem::rename(aside, current);
  CHECK(files() == before);
  CHECK(opened(config)->height() == block_number{200});
}

TEST_CASE("one torn slot of the watermark leaves the other") {
  test::scratch_folder folder;
  const std::string path = folder / "mark";
  {
    const auto m = std::move(*watermark::create(path, {0, origin(1)}));
    for (u64 n = 1; n <= 5; ++n) REQUIRE(m->write({n, origin(static_cast<u8>(n))}).ok());
  }
  CHECK((*watermark::open(path))->last().height == 5);
  for (const std::streamoff slot : {0, 64}) {
    test::scratch_folder copy;
    std::filesystem::copy_file(path, copy / "mark");
    flip(copy / "mark", slot + 3);
    const auto m = watermark::open(copy / "mark");
    REQUIRE(m.ok());
    CHECK((*m)->last().height >= 4);
  }
}

TEST_CASE("records do not decode from anything but what was encoded") {
  test::sample_chain chain{8};
  const auto b = chain.next(2);
  const bytes good = encode_log_record(b->block, b->senders);
  REQUIRE(decode_log_record(good).ok());
  for (std::size_t n = 0; n < good.size(); ++n)
    CHECK_FALSE(decode_log_record(bytes_view(good).first(n)).ok());
  bytes longer = good;
  longer.push_back(0);
  CHECK_FALSE(decode_log_record(longer).ok());
  bytes version = good;
  version[0] = 9;
  CHECK(decode_log_record(version).error().code == error_code::wrong_schema);
}

TEST_CASE("an append does not wait for another database's compaction") {
  test::scratch_folder folder;
  // LevelDB's one thread for all, kept busy by somebody else; it may come out of its wait when this
  // test is over, so the latches are as much its own.
  struct latches {
    std::latch busy{1}, go_on{1};
  };
  const auto both = std::make_shared<latches>();
  leveldb::Env::Default()->Schedule(
      [](void* of) {
        const std::unique_ptr<std::shared_ptr<latches>> mine(
            static_cast<std::shared_ptr<latches>*>(of));
        (*mine)->busy.count_down();
        (*mine)->go_on.wait();
      },
      new std::shared_ptr<latches>(both));
  both->busy.wait();
  block_log_config config = config_in(folder);
  config.write_buffer_bytes = 64u << 10;
  std::promise<void> appended;
  auto coming = appended.get_future();
  std::thread writer([&] {
    const auto log = opened(config);
    const bytes payload(40u << 10, 7);
    for (u64 n = 1; n <= 16; ++n) ensure(log->append(block_number{n}, payload).ok());
    appended.set_value();
  });
  // It would wait for ever; the bound only ends a test that fails.
  const bool in_time = coming.wait_for(std::chrono::seconds(30)) == std::future_status::ready;
  both->go_on.count_down();
  writer.join();
  CHECK(in_time);
}

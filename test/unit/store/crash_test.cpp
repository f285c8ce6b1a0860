#include <cstdio>

#include <catch2/catch.hpp>
#include <leveldb/env.h>

#include "runtime/store/chain_store.hpp"
#include "test/unit/store/sample_chain.hpp"

using namespace ashlar;
using namespace ashlar::store;

namespace {

/// Fails every write from the n-th on, as a disk that is full or gone does. The n-th append may
/// reach the file in part.
class failing_env final : public leveldb::EnvWrapper {
 public:
  failing_env() : EnvWrapper(leveldb::Env::Default()) {}

  void fail_after(i64 writes) { left_ = writes; }
  void heal() { left_ = -1; }
  u64 writes() const { return writes_; }

  leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** out) override {
    return wrap(target()->NewWritableFile(name, out), out);
  }
  leveldb::Status NewAppendableFile(const std::string& name, leveldb::WritableFile** out) override {
    return wrap(target()->NewAppendableFile(name, out), out);
  }

 private:
  class file final : public leveldb::WritableFile {
   public:
    file(failing_env& env, leveldb::WritableFile* under) : env_(env), under_(under) {}
    leveldb::Status Append(const leveldb::Slice& data) override {
      if (env_.fails()) {
        under_->Append({data.data(), data.size() / 2});
        return leveldb::Status::IOError("planted: no space left on device");
      }
      return under_->Append(data);
    }
    leveldb::Status Close() override { return under_->Close(); }
    leveldb::Status Flush() override { return under_->Flush(); }
    leveldb::Status Sync() override {
      if (env_.fails()) return leveldb::Status::IOError("planted: sync failed");
      return under_->Sync();
    }

   private:
    failing_env& env_;
    std::unique_ptr<leveldb::WritableFile> under_;
  };

  leveldb::Status wrap(leveldb::Status s, leveldb::WritableFile** out) {
    if (s.ok()) *out = new file(*this, *out);
    return s;
  }
  bool fails() {
    ++writes_;
    if (left_ < 0) return false;
    if (left_ == 0) return true;
    --left_;
    return false;
  }

  std::atomic<i64> left_{-1};
  std::atomic<u64> writes_{0};
};

}  // namespace

TEST_CASE("whatever write fails, every block that was confirmed is there after a restart") {
  for (i64 fail_at = 0; fail_at < 120; ++fail_at) {
    INFO("the write that fails: " << fail_at);
    test::scratch_folder folder;
    test::sample_chain chain{static_cast<u64>(fail_at) + 100};
    failing_env env;
    auto config = test::quiet_config(folder.str());
    config.env = &env;
    config.write_buffer_bytes = 1u << 16;
    u64 confirmed = 0, fatal = 0;
    config.on_fatal = [&](const error&) { ++fatal; };
    bool failed = false;
    {
      auto s = std::move(*chain_store::open(config, chain.origin()));
      env.fail_after(fail_at);
      for (int i = 0; i < 40 && !failed; ++i) {
        const auto b = chain.next(3);
        const block_number n = b->block.header.number;
        failed = !s->stage(b).ok() ||
                 !s->log().append(n, encode_log_record(b->block, b->senders)).ok() ||
                 !s->publish(n).ok();
        if (!failed) confirmed = n.value;
        if (!failed && chain.pick(3) == 0) failed = !s->flush().ok();
      }
      REQUIRE(failed);
      // A poisoned log takes nothing more, whatever the disk does now.
      env.heal();
      const block_number again = s->log().height().next();
      if (fatal == 0)
        CHECK(s->log().append(again, bytes{1}).error().code == error_code::write_failed);
    }
    auto reopened = chain_store::open(config, chain.origin());
    if (!reopened.ok()) FAIL(to_text(reopened.error()));
    auto& s = **reopened;
    // The block whose append failed may be there or not: nobody was told that it is.
    const u64 height = s.log().height().value;
    CHECK(height >= confirmed);
    CHECK(height <= confirmed + 1);
    CHECK(s.flushed_height().value <= height);
    for (u64 n = s.flushed_height().value + 1; n <= height; ++n) {
      const auto record = s.log().read(block_number{n});
      REQUIRE(record.ok());
      CHECK(record->block == chain.blocks()[n - 1]->block);
      REQUIRE(s.stage(chain.blocks()[n - 1]).ok());  // what re-execution gives
      REQUIRE(s.publish(block_number{n}).ok());
    }
    for (u64 n = 1; n <= confirmed; ++n) {
      CHECK(s.block_at(block_number{n})->hash == chain.blocks()[n - 1]->hash);
      CHECK(*s.receipts_at(block_number{n}) == chain.blocks()[n - 1]->receipts);
    }
    const auto view = s.state_at(block_number{height});
    for (const auto& [who, want] : chain.at(height).accounts) CHECK(view->get_account(who) == want);
  }
}

TEST_CASE("a state database that lost its newest writes starts lower and is executed again") {
  test::scratch_folder folder;
  test::sample_chain chain{77};
  const auto config = test::quiet_config(folder.str());
  {
    auto s = std::move(*chain_store::open(config, chain.origin()));
    for (int i = 0; i < 30; ++i) {
      test::lay(*s, chain.next(3));
      REQUIRE(s->flush().ok());
    }
  }
  std::filesystem::path wal;
  for (const auto& e : std::filesystem::directory_iterator(folder / "state"))
    if (e.path().extension() == ".log") wal = e.path();
  std::filesystem::resize_file(wal, std::filesystem::file_size(wal) / 2);
  auto s = std::move(*chain_store::open(config, chain.origin()));
  CHECK(s->log().height() == block_number{30});
  CHECK(s->flushed_height() < block_number{30});
  const u64 from = s->flushed_height().value;
  for (u64 n = 0; n <= from; ++n) {
    const auto view = s->state_at(block_number{n});
    for (const auto& [who, want] : chain.at(n).accounts) CHECK(view->get_account(who) == want);
  }
  for (u64 n = from + 1; n <= 30; ++n) {
    REQUIRE(s->stage(chain.blocks()[n - 1]).ok());
    REQUIRE(s->publish(block_number{n}).ok());
  }
  CHECK(s->head().hash == chain.blocks().back()->hash);
}

TEST_CASE("a state database that is gone is built again from the log") {
  test::scratch_folder folder;
  test::sample_chain chain{78};
  const auto config = test::quiet_config(folder.str());
  {
    auto s = std::move(*chain_store::open(config, chain.origin()));
    for (int i = 0; i < 10; ++i) test::lay(*s, chain.next(3));
  }
  std::filesystem::remove_all(folder / "state");
  auto s = std::move(*chain_store::open(config, chain.origin()));
  CHECK(s->flushed_height() == block_number{0});
  CHECK(s->log().height() == block_number{10});
}

TEST_CASE("a log that is behind the state database is an error, not a shorter chain") {
  test::scratch_folder folder;
  test::sample_chain chain{79};
  const auto config = test::quiet_config(folder.str());
  {
    auto s = std::move(*chain_store::open(config, chain.origin()));
    for (int i = 0; i < 10; ++i) test::lay(*s, chain.next(3));
  }
  std::filesystem::remove_all(folder / "log");
  const auto s = chain_store::open(config, chain.origin());
  REQUIRE_FALSE(s.ok());
  CHECK(s.error().code == error_code::truncated);
}

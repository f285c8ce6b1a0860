#include <iostream>
#include <random>

#include <leveldb/env.h>

#include "test/support/pubdata_adversary.hpp"
#include "test/unit/batch/layer_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;
namespace fs = std::filesystem;

namespace {

/// What a kill leaves of a seal: its writes go to these folders, in this order.
constexpr std::array written{"witnesses", "tree", "batches"};

void copy_folder(const std::string& from, const std::string& to) {
  fs::remove_all(to);
  fs::copy(from, to, fs::copy_options::recursive);
}

/// Seals, then takes back all but the first `kept` of the seal's writes.
void seal_and_cut(layer_fixture& f, std::size_t kept) {
  f.close();
  for (const char* name : written)
    copy_folder(f.folder / name, f.folder / (name + std::string("-before")));
  f.open();
  f.open_layer();
  f.seal();
  f.close();
  for (std::size_t i = kept; i < written.size(); ++i)
    copy_folder(f.folder / (written[i] + std::string("-before")), f.folder / written[i]);
  f.open();
}

/// Refuses all writes while told to.
class refusing_env final : public leveldb::EnvWrapper {
 public:
  refusing_env() : EnvWrapper(leveldb::Env::Default()) {}
  bool refuses = false;

  leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** out) override {
    const leveldb::Status s = target()->NewWritableFile(name, out);
    if (s.ok()) *out = new file(*this, *out);
    return s;
  }

 private:
  class file final : public leveldb::WritableFile {
   public:
    file(const refusing_env& env, leveldb::WritableFile* under) : env_(env), under_(under) {}
    leveldb::Status Append(const leveldb::Slice& data) override {
      return env_.refuses ? leveldb::Status::IOError("planted") : under_->Append(data);
    }
    leveldb::Status Close() override { return under_->Close(); }
    leveldb::Status Flush() override { return under_->Flush(); }
    leveldb::Status Sync() override { return under_->Sync(); }

   private:
    const refusing_env& env_;
    std::unique_ptr<leveldb::WritableFile> under_;
  };
};

}  // namespace

TEST_CASE("a seal that is cut off behind any of its writes is made again from the blocks") {
  for (std::size_t kept = 0; kept <= written.size(); ++kept) {
    INFO("writes of the seal that are on disk: " << kept);
    // given: two batches, and blocks for a third one
    layer_fixture f;
    f.open_layer();
    for (int i = 0; i < 2; ++i) {
      f.add_block(4);
      f.add_block(2);
      f.seal();
    }
    f.add_block(5);
    // when: the process ends in the middle of the third seal
    seal_and_cut(f, kept);
    CHECK(f.batches->last().value == (kept == written.size() ? 3 : 2));
    // then: it is laid again, also with another end, and the chain of batches goes on
    f.add_block(3);
    f.open_layer();
    CHECK(f.tree->height() == f.batches->last());
    f.seal();
    f.check_batches();
    f.add_block(1);
    f.seal();
    f.check_batches();
    CHECK(f.must(f.batches->get(f.batches->last())).last_block == f.blocks->head().number);
  }
}

TEST_CASE("whatever a run of kills leaves, batches rebuild the state") {
  const u64 seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  INFO("seed " << seed);
  std::mt19937_64 random{seed};
  layer_fixture f;
  for (int round = 0; round < 25; ++round) {
    for (u64 n = 1 + random() % 3; n > 0; --n) f.add_block(1 + random() % 6);
    seal_and_cut(f, random() % (written.size() + 1));
    if (random() % 3 == 0) {
      f.open_layer();
      f.lay_all();
    }
  }
  f.open_layer();
  f.add_block(1);
  f.seal();
  f.check_batches();
}

TEST_CASE("a record that is refused leaves a tree that the next layer of this process rolls back") {
  refusing_env env;
  layer_fixture f;
  f.close();
  f.batch_env = &env;
  f.open();
  f.open_layer();
  f.add_block(4);
  f.seal();
  f.add_block(5);
  f.lay_all();
  // when
  env.refuses = true;
  const auto refused = f.layer->seal(batch::seal_reason::asked);
  env.refuses = false;
  // then: an error, with the tree ahead
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == batch::layer_error_code::storage);
  CHECK(f.tree->height() == batch_number{2});
  // A database that refused a write takes no other, so the role alone cannot go on,
  f.open_layer();
  f.lay_all();
  CHECK_FALSE(f.layer->seal(batch::seal_reason::asked).ok());
  // and over a store opened anew it does, with the tree that it had.
  f.layer.reset();
  f.batches.reset();
  f.open_batches();
  f.add_block(2);
  f.open_layer();
  CHECK(f.tree->height() == batch_number{1});
  f.seal();
  f.check_batches();
  f.close();
  f.batch_env = nullptr;
}

TEST_CASE("a tree that could not be written is read again by the next layer of this process") {
  refusing_env env;
  layer_fixture f;
  f.close();
  f.tree_env = &env;
  f.open();
  f.open_layer();
  f.add_block(4);
  f.seal();
  const hash256 root = f.tree->root();
  f.add_block(5);
  f.lay_all();
  env.refuses = true;
  CHECK_FALSE(f.layer->seal(batch::seal_reason::asked).ok());
  env.refuses = false;
  CHECK(f.tree->is_torn());
  // when
  f.open_layer();
  // then
  CHECK_FALSE(f.tree->is_torn());
  CHECK(f.tree->root() == root);
  CHECK(f.tree->height() == batch_number{1});
  f.close();
  f.tree_env = nullptr;
  f.open();
  f.open_layer();
  f.seal();
  f.check_batches();
}

TEST_CASE("an open batch holds the same blocks when the layer is opened again") {
  layer_fixture f;
  f.open_layer();
  f.add_block(3);
  f.seal();
  f.add_block(4);
  f.add_block(2);
  f.lay_all();
  const batch::batch_totals before = f.layer->totals();
  f.close();
  f.open();
  f.open_layer();
  f.lay_all();
  const batch::batch_totals& after = f.layer->totals();
  CHECK(after.blocks == before.blocks);
  CHECK(after.txns == before.txns);
  CHECK(after.l2_gas == before.l2_gas);
  CHECK(after.pubdata_bytes == before.pubdata_bytes);
  CHECK(f.layer->laid() == f.blocks->head().number);
}

TEST_CASE("a batch's age counts from its first block, however often the node starts") {
  layer_fixture f;
  f.config.sealing.age_ms_max = 60'000;
  f.add_block(2);
  // when: it starts anew every 20 s
  for (int i = 0; i < 5; ++i) {
    f.open_layer();
    f.lay_all();
    if (f.batches->last().value > 0) break;
    f.time.advance(20);
    f.close();
    f.open();
  }
  // then: the age of a minute was noticed, to the second that timestamps have
  CHECK(f.batches->last() == batch_number{1});
  CHECK(f.must(f.batches->get(batch_number{1})).seal_reason == "age");
}

TEST_CASE("old blocks are laid into full batches, not into one each") {
  layer_fixture f;
  for (int i = 0; i < 20; ++i) f.add_block(1);
  f.time.advance(3'600);
  f.open_layer();
  f.lay_all();
  CHECK(f.batches->last() == batch_number{1});
  CHECK(f.must(f.batches->get(batch_number{1})).last_block == block_number{20});
}

TEST_CASE("blocks that are dated far behind the wall's time are laid into batches as others") {
  // given: a wall that is ahead of what L1 lets blocks be dated by, also at a start
  layer_fixture f;
  f.config.sealing.age_ms_max = 60'000;
  f.behind_s = 400;
  f.add_block(1);
  f.open_layer();
  f.lay_all();
  REQUIRE(f.batches->last() == batch_number{1});
  // when: a block each second
  for (int i = 0; i < 59; ++i) {
    f.add_block(1);
    f.lay_all();
    f.time.advance(1);
  }
  CHECK(f.batches->last() == batch_number{1});
  // then: it is a minute until the batch is old
  f.time.advance(1);
  f.lay_all();
  CHECK(f.batches->last() == batch_number{2});
  CHECK(f.must(f.batches->get(batch_number{2})).seal_reason == "age");
  f.check_batches();
}

TEST_CASE("operations are due by L1's time, not by the wall's") {
  layer_fixture f;
  f.config.sealing.age_ms_max = 86'400'000;
  f.behind_s = 4'000;
  const u64 deadline = f.l1_now().value + f.config.sealing.deadline_margin_s + 10;
  f.queued = [&](u64 id) {
    return id == 0 ? std::optional(batch::queued_operation{unix_seconds{deadline}, 100'000})
                   : std::nullopt;
  };
  f.open_layer();
  f.add_block(0, std::array{forced_txn(0, 0, test_key(1).account, {}, 100'000)});
  f.lay_all();
  f.time.advance(9);
  f.lay_all();
  CHECK(f.batches->last() == batch_number{0});
  f.time.advance(1);
  f.lay_all();
  REQUIRE(f.batches->last() == batch_number{1});
  CHECK(f.must(f.batches->get(batch_number{1})).seal_reason == "priority deadline");
}

TEST_CASE("a witness is kept until L1 has executed its batch, and some batches longer") {
  layer_fixture f;
  f.config.witnesses_kept_max = 2;
  f.open_layer();
  const auto seal_one = [&] {
    f.add_block(1);
    f.seal();
  };
  const auto is_kept = [&](u64 n) {
    return f.witnesses->has(f.must(f.batches->get(batch_number{n})).witness_hash);
  };
  const auto settle = [&](u64 n, batch_stage stage) {
    store::batch_settlement s;
    s.stage = stage;
    REQUIRE(f.batches->set_settlement(batch_number{n}, s).ok());
  };
  // when: nothing is proved on L1, then every witness stays
  for (int i = 0; i < 5; ++i) seal_one();
  for (u64 n = 1; n <= 5; ++n) CHECK(is_kept(n));
  // when: batches are executed, then all but the last of these lose theirs, as later ones are
  // sealed
  for (u64 n = 1; n <= 2; ++n) settle(n, batch_stage::executed);
  settle(3, batch_stage::proved);
  seal_one();
  for (u64 n = 1; n <= 6; ++n) CHECK(is_kept(n) == (n > 2));
  // also when the node started anew, and within the number that is kept
  settle(3, batch_stage::executed);
  for (u64 n = 4; n <= 6; ++n) settle(n, batch_stage::executed);
  f.open_layer();
  seal_one();
  for (u64 n = 1; n <= 7; ++n) CHECK(is_kept(n) == (n > 5));
}

TEST_CASE("a tree that is behind the records is refused with both heights") {
  layer_fixture f;
  f.add_block(2);
  f.close();
  copy_folder(f.folder / "tree", f.folder / "tree-before");
  f.open();
  f.open_layer();
  f.seal();
  f.close();
  copy_folder(f.folder / "tree-before", f.folder / "tree");
  f.open();
  const auto made = f.make_layer();
  REQUIRE_FALSE(made.ok());
  CHECK(made.error().text == "the state tree ends at batch 0, the batch store at 1");
}

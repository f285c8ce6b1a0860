#include "runtime/store/chain_store.hpp"

#include <thread>

#include <catch2/catch.hpp>

#include "test/unit/store/sample_chain.hpp"

using namespace ashlar;
using namespace ashlar::store;

namespace {

std::unique_ptr<chain_store> opened(const chain_store_config& c, const genesis& g) {
  auto s = chain_store::open(c, g);
  if (!s.ok()) FAIL(to_text(s.error()));
  return std::move(*s);
}

/// Every account and slot of the sample's world at height n, as the store tells it.
void check_state(const chain_store& s, const test::sample_chain& chain, u64 n) {
  const auto view = s.state_at(block_number{n});
  REQUIRE(view);
  u64 wrong = 0;
  for (u64 i = 0; i < 40; ++i) {
    const auto& world = chain.at(n);
    const address who = test::account_no(i);
    const auto account = world.accounts.find(who);
    const auto want = account == world.accounts.end() ? std::nullopt : account->second;
    wrong += view->get_account(who) != want;
    for (u64 k = 0; k < 4; ++k) {
      const auto slot = world.slots.find({who, u256{k}.to_be()});
      wrong +=
          view->get_storage(who, u256{k}) != (slot == world.slots.end() ? u256{} : slot->second);
    }
  }
  INFO("height " << n);
  CHECK(wrong == 0);
}

void check_blocks(const chain_store& s, const test::sample_chain& chain) {
  for (const auto& b : chain.blocks()) {
    const block_number n = b->block.header.number;
    const auto stored = s.block_at(n);
    REQUIRE(stored);
    CHECK(stored->block == b->block);
    CHECK(stored->hash == b->hash);
    CHECK(stored->senders == b->senders);
    CHECK(stored->txn_hashes == b->txn_hashes);
    CHECK(s.block_by_hash(b->hash)->hash == b->hash);
    CHECK(*s.hash_of(n) == b->hash);
    REQUIRE(s.receipts_at(n));
    CHECK(*s.receipts_at(n) == b->receipts);
    for (u32 i = 0; i < b->txn_hashes.size(); ++i) {
      const auto at = s.locate(b->txn_hashes[i]);
      REQUIRE(at);
      CHECK(at->number == n);
      CHECK(at->index == i);
    }
  }
}

}  // namespace

TEST_CASE("a new store serves genesis") {
  test::scratch_folder folder;
  test::sample_chain chain{1};
  const auto s = opened(test::quiet_config(folder.str()), chain.origin());
  CHECK(s->head().number == block_number{0});
  CHECK(s->head().hash == chain.origin().block.hash);
  CHECK(s->block_at(block_number{0})->hash == chain.origin().block.hash);
  CHECK(s->receipts_at(block_number{0})->empty());
  CHECK(s->block_at(block_number{1}) == nullptr);
  CHECK(s->state_at(block_number{1}) == nullptr);
  check_state(*s, chain, 0);
}

TEST_CASE("a staged block is built upon, but readers see it only when published") {
  test::scratch_folder folder;
  test::sample_chain chain{2};
  const auto s = opened(test::quiet_config(folder.str()), chain.origin());
  const auto b = chain.next(5);
  REQUIRE(s->stage(b).ok());
  const address who = b->diff.accounts.at(0).who;
  CHECK(s->state_at_staged()->get_account(who) == b->diff.accounts[0].after);
  CHECK(s->state_at(block_number{0})->get_account(who) == b->diff.accounts[0].before);
  CHECK(s->head().number == block_number{0});
  CHECK(s->block_at(block_number{1}) == nullptr);
  CHECK_FALSE(s->locate(b->txn_hashes[0]));
  CHECK_FALSE(s->number_of(b->hash));
  CHECK(s->is_staged(b->txn_hashes[0]));
  CHECK(*s->hash_of(block_number{1}) == b->hash);
  REQUIRE(s->log().append(block_number{1}, encode_log_record(b->block, b->senders)).ok());
  REQUIRE(s->publish(block_number{1}).ok());
  CHECK(s->head().number == block_number{1});
  CHECK(s->head().txns_total == 5);
  CHECK(s->locate(b->txn_hashes[0]));
  CHECK_FALSE(s->is_staged(b->txn_hashes[0]));
}

TEST_CASE("blocks and the state of every height read the same from memory, disk and a reopen") {
  const u64 seed = GENERATE(11, 12, 13);
  test::scratch_folder folder;
  test::sample_chain chain{seed};
  auto config = test::quiet_config(folder.str());
  // Caches that hold nothing make every read of flushed blocks a read of the disk.
  config.state_cache_bytes = GENERATE(u64{0}, u64{64} << 20);
  config.block_cache_bytes = 0;
  {
    const auto s = opened(config, chain.origin());
    for (u64 n = 1; n <= 30; ++n) {
      test::lay(*s, chain.next(static_cast<u32>(chain.pick(8))));
      if (chain.pick(6) == 0) REQUIRE(s->flush().ok());
    }
    for (u64 n = 0; n <= 30; ++n) check_state(*s, chain, n);
    check_blocks(*s, chain);
  }
  const auto s = opened(config, chain.origin());
  CHECK(s->flushed_height() == block_number{30});
  CHECK(s->head().hash == chain.blocks().back()->hash);
  for (u64 n = 0; n <= 30; ++n) check_state(*s, chain, n);
  check_blocks(*s, chain);
  for (const auto& b : chain.blocks())
    for (const auto& [hash, code] : b->diff.codes) CHECK(*s->code(hash) == code);
  CHECK(s->code(hash256{}) == nullptr);
}

TEST_CASE("a view keeps its height while blocks are added and flushed under it") {
  test::scratch_folder folder;
  test::sample_chain chain{5};
  auto config = test::quiet_config(folder.str());
  config.state_cache_bytes = 0;
  const auto s = opened(config, chain.origin());
  for (int i = 0; i < 5; ++i) test::lay(*s, chain.next(6));
  const auto view = s->state_at(block_number{5});
  for (int i = 0; i < 10; ++i) test::lay(*s, chain.next(6));
  REQUIRE(s->flush().ok());
  for (u64 i = 0; i < 40; ++i) {
    const auto it = chain.at(5).accounts.find(test::account_no(i));
    CHECK(view->get_account(test::account_no(i)) == it->second);
  }
}

TEST_CASE("a block that does not continue the head is refused") {
  test::scratch_folder folder;
  test::sample_chain chain{6};
  const auto s = opened(test::quiet_config(folder.str()), chain.origin());
  const auto b1 = chain.next(1), b2 = chain.next(1);
  CHECK(s->stage(b2).error().code == error_code::not_contiguous);
  auto stranger = std::make_shared<executed_block>(*b1);
  stranger->block.header.parent_hash = b2->hash;
  CHECK(s->stage(stranger).error().code == error_code::wrong_parent);
  CHECK(s->publish(block_number{1}).error().code == error_code::not_contiguous);
}

TEST_CASE("logs are found by account and topics, in memory and on disk") {
  test::scratch_folder folder;
  test::sample_chain chain{7};
  const auto s = opened(test::quiet_config(folder.str()), chain.origin());
  for (u64 n = 1; n <= 40; ++n) {
    test::lay(*s, chain.next(6));
    if (n == 20) REQUIRE(s->flush().ok());
  }
  for (int round = 0; round < 60; ++round) {
    log_filter f;
    f.first = block_number{chain.pick(45)};
    f.last = block_number{f.first.value + chain.pick(45)};
    if (chain.pick(2)) f.accounts = {test::account_no(chain.pick(4)), test::account_no(9)};
    if (chain.pick(2)) f.topics[0] = {u256{chain.pick(3)}.to_be()};
    if (chain.pick(3) == 0) f.topics[1] = {u256{chain.pick(3)}.to_be(), u256{1}.to_be()};
    std::vector<std::pair<u64, u32>> want;
    for (const auto& b : chain.blocks()) {
      const u64 n = b->block.header.number.value;
      if (n < f.first.value || n > f.last.value) continue;
      u32 index = 0;
      for (const receipt& r : b->receipts)
        for (const log_entry& l : r.logs) {
          const auto in = [](const auto& list, const auto& x) {
            return list.empty() || std::find(list.begin(), list.end(), x) != list.end();
          };
          bool hit = in(f.accounts, l.account);
          for (std::size_t k = 0; k < 4; ++k)
            hit = hit &&
                  (f.topics[k].empty() || (k < l.topics.size() && in(f.topics[k], l.topics[k])));
          if (hit) want.emplace_back(n, index);
          ++index;
        }
    }
    const auto found = s->logs(f, {});
    REQUIRE(found.ok());
    std::vector<std::pair<u64, u32>> got;
    for (const auto& l : *found) got.emplace_back(l.number.value, l.log_index);
    CHECK(got == want);
    if (want.size() > 1) {
      const auto over = s->logs(f, {.logs_max = want.size() - 1});
      REQUIRE_FALSE(over.ok());
      CHECK(over.error().code == error_code::too_many);
    }
  }
}

TEST_CASE("a log query copies no more bytes than allowed and stops when its time is over") {
  test::scratch_folder folder;
  test::sample_chain chain{8};
  const auto s = opened(test::quiet_config(folder.str()), chain.origin());
  constexpr u64 blocks = 100, log_bytes = 700u << 10;
  const address loud = test::account_no(77);
  for (u64 n = 1; n <= blocks; ++n) {
    auto b = std::make_shared<executed_block>(*chain.next(1));
    b->receipts[0].logs = {{loud, {}, bytes(log_bytes, 0xab)}};
    b->receipts[0].bloom = logs_bloom(b->receipts[0].logs);
    b->block.header.logs_bloom = b->receipts[0].bloom;
    b->hash = header_hash(b->block.header);
    chain.replace_head(b);
    test::lay(*s, b);
    if (n == blocks / 2) REQUIRE(s->flush().ok());
  }
  for (const u64 first : {u64{1}, blocks / 2 + 1}) {  // on disk, and in memory
    INFO("from block " << first);
    u64 looks = 0;
    const auto count = [&] { return ++looks == 0; };
    const log_filter all{block_number{first}, block_number{blocks}, {loud}, {}};
    const auto large = s->logs(all, {.bytes_max = 5u << 20, .expired = count});
    REQUIRE_FALSE(large.ok());
    CHECK(large.error().code == error_code::too_large);
    CHECK(large.error().expected == 5u << 20);
    CHECK(looks == 8);  // seven logs fit, the eighth block's is refused
    CHECK(s->logs(all, {.bytes_max = (blocks - first + 1) * log_bytes})->size() ==
          blocks - first + 1);
    looks = 0;
    const auto late = s->logs(all, {.bytes_max = ~u64{0}, .expired = [&] { return ++looks > 3; }});
    REQUIRE_FALSE(late.ok());
    CHECK(late.error().code == error_code::timed_out);
    CHECK(looks == 4);
  }
}

TEST_CASE("readers on other threads always see whole heights while blocks flush") {
  test::scratch_folder folder;
  test::sample_chain chain{9};
  auto config = test::quiet_config(folder.str());
  config.flush_thread = true;
  config.flush_interval_ms = 1;
  config.state_cache_bytes = 4096;
  const auto s = opened(config, chain.origin());
  for (int i = 0; i < 300; ++i) chain.next(4);  // worlds are fixed before the readers start

  std::atomic<bool> done{false};
  std::atomic<u64> wrong{0}, reads{0};
  const auto reader = [&](u64 seed) {
    std::mt19937_64 random{seed};
    do {
      const u64 head = s->head().number.value;
      const u64 n = random() % 3 == 0 ? random() % (head + 1) : head;
      const auto view = s->state_at(block_number{n});
      for (int i = 0; i < 20; ++i) {
        const address who = test::account_no(random() % 40);
        const auto& world = chain.at(n);
        wrong += view->get_account(who) != world.accounts.at(who);
        const u64 k = random() % 4;
        const auto slot = world.slots.find({who, u256{k}.to_be()});
        wrong +=
            view->get_storage(who, u256{k}) != (slot == world.slots.end() ? u256{} : slot->second);
        ++reads;
      }
      if (n > 0) {
        const auto& b = chain.blocks()[n - 1];
        const auto stored = s->block_at(block_number{n});
        wrong += !stored || stored->hash != b->hash;
        wrong += *s->receipts_at(block_number{n}) != b->receipts;
        wrong += !s->locate(b->txn_hashes[0]);
      }
    } while (!done);
  };
  std::thread a{reader, 1}, b{reader, 2};
  for (const auto& block : chain.blocks()) test::lay(*s, block);
  REQUIRE(s->flush().ok());
  done = true;
  a.join();
  b.join();
  CHECK(wrong == 0);
  CHECK(reads > 0);
  CHECK(s->totals().blocks_flushed == 300);
  CHECK(s->totals().unflushed_blocks == 0);
}

TEST_CASE("staging waits when the backlog is full and goes on when it was flushed") {
  test::scratch_folder folder;
  test::sample_chain chain{10};
  auto config = test::quiet_config(folder.str());
  config.unflushed_blocks_max = 4;
  const auto s = opened(config, chain.origin());
  for (int i = 0; i < 20; ++i) {
    test::lay(*s, chain.next(2));
    CHECK(s->totals().unflushed_blocks <= 4);
  }
  CHECK(s->totals().stage_waits > 0);
  CHECK(s->flushed_height().value >= 16);
}

TEST_CASE("a store of another genesis is refused") {
  test::scratch_folder folder;
  test::sample_chain chain{1};
  opened(test::quiet_config(folder.str()), chain.origin());
  genesis other = chain.origin();
  other.diff.accounts[0].after->balance += u256{1};
  const auto s = chain_store::open(test::quiet_config(folder.str()), other);
  REQUIRE_FALSE(s.ok());
  CHECK(s.error().code == error_code::wrong_genesis);
}

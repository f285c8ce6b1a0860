#pragma once

#include <filesystem>

#include <catch2/catch.hpp>

#include "actors/batch/batch_layer.hpp"
#include "actors/sequencer/block_builder.hpp"
#include "runtime/stf/genesis.hpp"
#include "runtime/stf/publication.hpp"
#include "runtime/stf/rebuild.hpp"
#include "test/support/memory_chain.hpp"
#include "test/unit/store/sample_chain.hpp"

namespace ashlar::test {

class layer_clock final : public clock {
 public:
  duration steady() const noexcept override { return steady_; }
  unix_seconds wall() const noexcept override { return unix_seconds{wall_}; }
  void advance(u64 seconds) {
    steady_ += std::chrono::seconds(seconds);
    wall_ += seconds;
  }

 private:
  duration steady_ = std::chrono::hours(1);
  u64 wall_ = 1'700'000'000;
};

/// A chain of signed transfers on disk, and a batch layer over it.
struct layer_fixture {
  static constexpr u64 users = 6;

  scratch_folder folder;
  chain_config chain = memory_chain::sample_config();
  store::genesis origin;
  batch::batch_config config;
  layer_clock time;
  std::function<std::optional<batch::queued_operation>(u64)> queued;
  u64 behind_s = 0;  ///< L1's time, which dates blocks, behind the wall's
  leveldb::Env *batch_env = nullptr, *tree_env = nullptr;
  std::array<u64, users> nonces{};

  std::unique_ptr<store::chain_store> blocks;
  std::unique_ptr<sequencer::block_builder> builder;
  std::unique_ptr<store::tree_store> tree;
  std::unique_ptr<store::batch_store> batches;
  std::optional<store::content_store> witnesses;
  std::unique_ptr<batch::batch_layer> layer;

  layer_fixture() {
    origin.block.block.header = stf::genesis_header(chain, unix_seconds{1'600'000'000});
    origin.block.hash = header_hash(origin.block.block.header);
    std::vector<stf::genesis_account> rich;
    for (u64 i = 0; i < users; ++i)
      rich.push_back({test_key(i).account, 0, u256{1'000'000'000'000'000'000}, {}, {}});
    origin.diff = stf::genesis_diff(rich);
    config.sealing.age_ms_max = 60'000;
    open();
  }
  ~layer_fixture() { close(); }

  template <class T>
  static T must(result<T, store::error> r) {
    if (!r.ok()) FAIL(store::to_text(r.error()));
    return std::move(*r);
  }

  store::database_config at(const std::string& name) const {
    store::database_config c;
    c.folder = folder / name;
    return c;
  }

  void open_batches() {
    auto c = at("batches");
    c.env = batch_env;
    batches = must(store::batch_store::open(c));
  }

  /// All stores, as a node that starts does: the state is executed again where it lacks blocks.
  void open() {
    auto c = quiet_config(folder / "chain");
    blocks = must(store::chain_store::open(c, origin));
    builder = std::make_unique<sequencer::block_builder>(chain, *blocks);
    for (block_number n = blocks->head().number.next(); n <= blocks->log().height(); n = n.next()) {
      const auto block = builder->replay(must(blocks->log().read(n)));
      REQUIRE(block);
      REQUIRE(blocks->stage(block).ok());
      REQUIRE(blocks->publish(n).ok());
    }
    store::tree_store_config t;
    t.folder = folder / "tree";
    t.leaves_max = 1u << 16;
    t.threads = 1;
    t.env = tree_env;
    tree = must(store::tree_store::open(t));
    if (!tree->height()) must(tree->import(batch_number{0}, stf::tree_updates(origin.diff)));
    open_batches();
    witnesses.emplace(must(store::content_store::open(folder / "witnesses")));
  }
  void close() {
    layer.reset();
    builder.reset();
    blocks.reset();
    tree.reset();
    batches.reset();
    witnesses.reset();
  }

  result<std::unique_ptr<batch::batch_layer>, batch::layer_error> make_layer() {
    return batch::batch_layer::open(
        config, chain,
        {*blocks, *tree, *batches, *witnesses, time, queued, nullptr, [this] { return l1_now(); }});
  }
  void open_layer() {
    layer.reset();
    auto made = make_layer();
    if (!made.ok()) FAIL(made.error().text);
    layer = std::move(*made);
  }

  unix_seconds l1_now() const { return unix_seconds{time.wall().value - behind_s}; }
  /// Durable and published: these operations, and so many transfers.
  void add_block(u64 txns, std::span<const txn> operations = {}) {
    builder->begin(l1_now());
    for (const txn& t : operations) {
      const auto done = builder->add(t, t.priority.sender, t.priority.canonical_hash);
      REQUIRE(done.what == sequencer::block_builder::verdict::included);
    }
    for (u64 i = 0; i < txns; ++i) {
      const u64 from = (i + blocks->head().number.value) % users;
      address to = test_key(from).account;
      to[3] ^= static_cast<u8>(nonces[from]);  // some are new to the tree
      const txn t = signed_txn(chain, test_key(from), nonces[from], to, u256{1 + i});
      const auto done = builder->add(t, test_key(from).account, txn_hash(t));
      REQUIRE(done.what == sequencer::block_builder::verdict::included);
      ++nonces[from];
    }
    const auto block = builder->finish();
    const block_number n = block->block.header.number;
    REQUIRE(blocks->stage(block).ok());
    REQUIRE(blocks->log().append(n, store::encode_log_record(block->block, block->senders)).ok());
    REQUIRE(blocks->publish(n).ok());
  }
  void lay_all() {
    for (;;) {
      const auto more = layer->advance();
      if (!more.ok()) FAIL(more.error().text);
      if (!*more) return;
    }
  }
  void seal() {
    lay_all();
    const auto sealed = layer->seal(batch::seal_reason::asked);
    if (!sealed.ok()) FAIL(sealed.error().text);
  }

  /// Batches follow each other, cover the blocks without a gap, and what they publish rebuilds the
  /// very states that they name; the tree stands at the last one.
  void check_batches() const {
    stf::rebuilt_chain again(origin.diff, origin.block.block.header);
    block_number due{1};
    for (batch_number n{1}; n <= batches->last(); n = n.next()) {
      const auto b = must(batches->get(n));
      INFO("batch " << n.value);
      CHECK(b.first_block == due);
      due = b.last_block.next();
      REQUIRE(again.apply(b.input, b.pubdata).ok());
      CHECK(again.state() == b.state);
      CHECK(witnesses->get(b.witness_hash).ok());
    }
    CHECK(tree->height() == batches->last());
    CHECK(tree->root() == again.state().tree_root);
  }
};

}  // namespace ashlar::test

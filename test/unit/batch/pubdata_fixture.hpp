#pragma once

#include <map>

#include "actors/batch/batch_layer.hpp"
#include "actors/sequencer/block_builder.hpp"
#include "runtime/stf/genesis.hpp"
#include "test/support/pubdata_adversary.hpp"
#include "test/unit/store/sample_chain.hpp"

namespace ashlar::test {

/// The sequencer's block builder and the batch role's layer on stores in a scratch folder.
struct pubdata_fixture {
  class still_clock final : public clock {
   public:
    duration steady() const noexcept override { return duration{1}; }
    unix_seconds wall() const noexcept override { return unix_seconds{1'700'000'001}; }
  };

  chain_config chain = memory_chain::sample_config();
  batch::batch_config config;
  still_clock time;
  scratch_folder folder;
  std::unique_ptr<store::chain_store> blocks;
  std::unique_ptr<store::tree_store> tree;
  std::unique_ptr<store::batch_store> batches;
  std::optional<store::content_store> witnesses;
  std::unique_ptr<sequencer::block_builder> builder;
  std::unique_ptr<batch::batch_layer> layer;
  std::map<u64, u64> nonces;

  /// With EIP-2935's contract beside what is given: each block writes a slot of it.
  explicit pubdata_fixture(memory_state genesis) {
    genesis.put(stf::history_address, {1, {}, evm::empty_code_hash, 0}, bytes{0x00});
    store::genesis origin;
    origin.diff = genesis.all();
    std::sort(origin.diff.codes.begin(), origin.diff.codes.end());
    origin.block.block.header = stf::genesis_header(chain, unix_seconds{1'700'000'000});
    origin.block.hash = header_hash(origin.block.block.header);
    store::tree_store_config trees;
    trees.folder = folder / "tree";
    trees.leaves_max = 1u << 20;
    trees.sync = false;
    blocks = std::move(store::chain_store::open(quiet_config(folder / "chain"), origin)).value();
    tree = std::move(store::tree_store::open(trees)).value();
    ensure(tree->import(batch_number{0}, stf::tree_updates(origin.diff)).ok());
    store::database_config batch_files;
    batch_files.folder = folder / "batches";
    batches = std::move(store::batch_store::open(batch_files)).value();
    witnesses.emplace(std::move(store::content_store::open(folder / "witnesses")).value());
    builder = std::make_unique<sequencer::block_builder>(chain, *blocks);
  }

  void open_layer() {
    auto opened = batch::batch_layer::open(
        config, chain, {*blocks, *tree, *batches, *witnesses, time, {}, nullptr});
    ensure(opened.ok());
    layer = std::move(*opened);
  }

  using outcome = sequencer::block_builder::outcome;
  using verdict = sequencer::block_builder::verdict;

  /// Into the open block, or a new one.
  outcome add(const txn& t) {
    if (!builder->is_open()) builder->begin(time.wall());
    return builder->add(t, recover_sender(t).value(), txn_hash(t));
  }
  void close_block() { lay(*blocks, builder->finish()); }

  /// Each in turn, with a new block whenever one is full. True where all went in.
  void add_all(const std::vector<txn>& txns) {
    for (const txn& t : txns) {
      if (add(t).what == verdict::included) continue;
      close_block();
      ensure(add(t).what == verdict::included);
    }
    close_block();
  }

  /// Lays all blocks; seals what is left.
  void lay_all() {
    for (;;) {
      const auto more = layer->advance();
      ensure(more.ok());
      if (!*more) break;
    }
    if (layer->totals().blocks != 0) ensure(layer->seal(batch::seal_reason::asked).ok());
  }
};

}  // namespace ashlar::test

#pragma once

#include <algorithm>

#include "runtime/stf/batch_witness.hpp"
#include "runtime/tree/witness_builder.hpp"

namespace ashlar::stf {

/// The witness of a finished run over `before`, the tree as it was at its start. Blocks are what
/// was executed, encoded again.
template <class Tree>
batch_witness make_batch_witness(const chain_config& config, const batch_start& start,
                                 const batch_run& run, const Tree& before,
                                 std::vector<batch_witness::block_input> blocks) {
  batch_witness w;
  w.config = config;
  w.start = start;
  w.blocks = std::move(blocks);
  std::vector<hash256> keys;
  run.state().for_each_touched(
      [&](const address& who, const std::optional<evm::account>& account) {
        keys.push_back(tree::account_key(who));
        if (account && !account->is_empty()) w.accounts.emplace_back(who, *account);
      },
      [&](const address& who, const u256& slot, const u256&) {
        keys.push_back(tree::storage_key(who, slot));
      },
      [&](const hash256&, bytes_view code) { w.codes.push_back(to_bytes(code)); });
  std::sort(w.accounts.begin(), w.accounts.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  sort_codes(w.codes);
  w.proof = tree::make_witness(before, keys, tree_updates(run.state().diff()));
  return w;
}

}  // namespace ashlar::stf

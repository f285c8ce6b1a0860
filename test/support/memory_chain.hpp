#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/stf/apply_batch.hpp"
#include "runtime/stf/make_witness.hpp"
#include "runtime/tree/memory_tree.hpp"

namespace ashlar::test {

/// State in maps.
class memory_state final : public evm::state_reader {
 public:
  std::optional<evm::account> get_account(const address& who) override;
  u256 get_storage(const address& who, const u256& slot) override;
  bytes_view get_code(const hash256& code_hash) override;
  void apply(const evm::state_diff& diff);
  /// An account with code.
  void put(const address& who, const evm::account& account, bytes_view code = {});
  /// Everything, as a diff from nothing.
  evm::state_diff all() const;

  std::map<address, evm::account> accounts;
  std::map<std::pair<address, u256>, u256> slots;
  std::map<hash256, bytes> codes;
};

struct key_pair {
  hash256 secret;
  address account;
};
/// The key with this number, the same in every run.
key_pair test_key(u64 number);

/// A chain without disk, network or threads: state in maps, the tree in memory, batches applied
/// natively and from their witness. What the sequencer and the batch role do, in a few lines.
class memory_chain {
 public:
  explicit memory_chain(const memory_state& genesis, chain_config config = sample_config());
  static chain_config sample_config();

  struct sealed {
    stf::batch_result native;
    stf::batch_witness witness;
    std::vector<receipt> receipts;  ///< of all its transactions, in order
    u64 pubdata_charged = 0;        ///< sum over its transactions
    memory_use memory;              ///< of the batch
    u64 leaf_count = 0;             ///< of the tree before it
    u64 metered = 0;                ///< proving cycles of its execution; see evm/cycle_meter.hpp
  };
  /// Executes the blocks as one batch, natively; the chain moves on. Each block's transactions
  /// must be valid.
  sealed seal(const std::vector<std::pair<unix_seconds, std::vector<txn>>>& blocks);

  memory_state state;
  tree::memory_tree tree;
  chain_config config;
  stf::batch_start start;
};

/// An EIP-1559 transfer or call, signed.
txn signed_txn(const chain_config& config, const key_pair& from, u64 nonce,
               std::optional<address> to, const u256& value, bytes data = {},
               u64 gas_limit = 100'000, std::vector<access_list_entry> listed = {});

}  // namespace ashlar::test

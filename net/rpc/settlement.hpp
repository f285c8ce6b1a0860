#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/base/strong.hpp"
#include "runtime/base/u256.hpp"

namespace ashlar::rpc {

/// What does not change while the node runs.
struct chain_constants {
  u64 chain_id = 0;
  u64 l1_chain_id = 0;
  address hub;            ///< Bridgehub
  address main_contract;  ///< the chain's contract on L1
  address base_token_l1;  ///< 0x...01 for ETH, as in the ZK Stack
  address l1_bridge;      ///< shared bridge: the vault that holds deposits
  address l2_bridge;
  address confirmation_signer;  ///< signs soft confirmations
  address fee_vault;
  u32 protocol_version = 0;
  std::string client_version;  ///< "ashlar/0.1.0/linux-x86_64"
};

/// Where a block lies in its batch.
struct batch_position {
  batch_number batch;
  unix_seconds batch_timestamp;
  u32 first_txn_in_batch = 0;  ///< index in the batch of the block's first transaction
};

enum class batch_stage : u8 {
  open,       ///< takes blocks
  sealed,     ///< waits for its commit
  committed,  ///< commit mined on L1
  proved,     ///< proof accepted on L1
  executed,   ///< state root moved on L1
};
const char* to_text(batch_stage s) noexcept;

/// One L1 step of a batch, where it happened.
struct l1_step {
  hash256 l1_txn;
  unix_seconds at;
  u64 l1_gas_used = 0;
};

struct batch_status {
  batch_number number;
  batch_stage stage = batch_stage::open;
  block_number first_block;
  block_number last_block;
  u64 txns = 0;
  u64 l1_txns = 0;  ///< of which came from L1
  u64 l2_gas = 0;
  u64 pubdata_bytes = 0;
  unix_seconds timestamp;  ///< of its first block
  hash256 state_commitment;
  hash256 tree_root;
  u256 l1_gas_price;
  u256 l2_gas_price;
  std::optional<l1_step> commit;
  std::optional<l1_step> prove;
  std::optional<l1_step> execute;
  std::string waits_for;   ///< for people: what must happen next, empty where final
  std::string last_error;  ///< of the step that is tried now
  /// Seconds until the next stage, by what it took of earlier batches; none: no earlier one has
  /// reached it, or none waited as long as this one has.
  std::optional<u64> estimate_s;
};

enum class txn_stage : u8 {
  pending,    ///< next in line in the mempool
  queued,     ///< waits for a lower nonce
  confirmed,  ///< soft-confirmed in a block
  batched,    ///< its batch is sealed
  committed,
  proved,
  executed,
  dropped,
};
const char* to_text(txn_stage s) noexcept;

struct txn_status {
  txn_stage stage = txn_stage::pending;
  std::optional<block_number> block;
  std::optional<batch_number> batch;
  std::string waits_for;
  std::optional<u64> estimate_s;  ///< until its batch's next stage, as in `batch_status`
};

struct drop_reason {
  std::string code;     ///< machine-readable: "nonce_too_low", "evicted", ...
  std::string message;  ///< for people
  unix_seconds at;
};

/// Signed promise of a place in the chain.
struct soft_confirmation {
  u64 chain_id = 0;
  block_number block;
  hash256 block_hash;
  u32 index = 0;
  hash256 txn_hash;
  address signer;
  fixed_bytes<65> signature;  ///< r | s | v (27 or 28)
};

struct pipeline_status {
  block_number latest;
  block_number safe;
  block_number finalized;
  u64 mempool_pending = 0;
  u64 mempool_queued = 0;
  batch_number open_batch;
  std::optional<batch_number> last_sealed;
  std::optional<batch_number> last_committed;
  std::optional<batch_number> last_proved;
  std::optional<batch_number> last_executed;
  u64 priority_queue = 0;  ///< L1 operations seen and not yet executed
  u64 l1_head = 0;
  /// What each step waits for, in pipeline order.
  struct wait {
    std::string step;
    std::string waits_for;
    u64 since_s = 0;
  };
  std::vector<wait> waits;
  /// What each layer of the recursion took of the last proof for L1 that this node made, in the
  /// order of proving; empty: it has made none.
  struct layer {
    std::string name;
    u64 ms = 0;
  };
  std::vector<layer> proof_layers;
};

/// Who proves what on this node, and what it has proved. L1's word on a batch is its stage.
struct prover_fleet {
  struct worker {
    std::string name;
    std::string state;  ///< proving, checking, idle, suspended, gone
    u64 threads = 0;
    std::optional<batch_number> batch;
    u64 pass = 0;  ///< 1: commits to segments, 2: proves them; 0: neither yet
    u64 segments_done = 0, segments = 0;
    u64 cycles = 0, seconds = 0;  ///< of the run, as far as known; since its lease
    u64 proofs = 0, lies = 0, lost = 0;
  };
  struct job {
    batch_number batch;
    std::string state;  ///< queued, leased, checking, stuck
    std::string worker;
    u64 failures = 0;
    std::string reason;
  };
  struct proof {
    batch_number batch;
    hash256 proof_hash;
    u64 bytes = 0, cycles = 0, segments = 0, seconds = 0;
    std::string worker;
  };
  hash256 program_commitment;
  std::string params;
  u64 proved = 0;
  std::string trouble;  ///< why proofs cannot be kept now; empty when they can
  std::vector<worker> workers;
  std::vector<job> jobs;
  std::vector<proof> proofs;
};

enum class role_state : u8 { starting, ok, degraded, down };
const char* to_text(role_state s) noexcept;

struct role_health {
  std::string role;
  role_state state = role_state::starting;
  std::string detail;
  u64 restarts = 0;
};

struct health_report {
  std::vector<role_health> roles;
  /// The API serves and the sequencer takes transactions.
  bool ready = false;
};

/// Inclusion of an L2 -> L1 log in its batch's log tree.
struct message_proof {
  batch_number batch;
  u32 index = 0;  ///< leaf
  std::vector<hash256> siblings;
  hash256 root;
};

/// eth_syncing's answer while a node follows behind.
struct sync_progress {
  block_number starting;
  block_number current;
  block_number highest;
};

}  // namespace ashlar::rpc

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/base/strong.hpp"
#include "runtime/base/u256.hpp"
#include "runtime/types/batch_stage.hpp"

/// What crosses an actor boundary. No CAF here: this header may be included anywhere above
/// `runtime`. Values of a few words travel by value; anything larger travels as a pointer to an
/// immutable object and never leaves the process (between nodes it goes by content hash).
namespace ashlar {

struct txn;
struct block;
struct receipt;

namespace api {

/// The answer of a handler that has nothing to tell. CAF's own unit is sent as an empty message,
/// which no response handler takes.
struct ack {
  friend bool operator==(ack, ack) = default;
};

/// Why a transaction that was offered or accepted is not in a block. Kept in a bounded ring, so
/// that a wallet can ask. Codes are part of `ashlar_dropReason`: append only.
enum class drop_code : u8 {
  none = 0,
  already_known,            ///< the same hash is in the pool or was mined
  nonce_too_low,            ///< have = account nonce, want = transaction nonce
  nonce_gap_too_large,      ///< have = account nonce, want = transaction nonce
  insufficient_funds,       ///< have = balance, want = value + gas limit * fee cap
  fee_cap_below_base,       ///< have = fee cap, want = base fee
  tip_above_cap,            ///< have = fee cap, want = tip
  intrinsic_gas,            ///< have = gas limit, want = intrinsic gas
  gas_limit_above_cap,      ///< have = gas limit, want = the chain's cap
  initcode_too_large,       ///< have = bytes, want = most
  sender_not_eoa,           ///< the sender has code that is no delegation
  nonce_max,                ///< EIP-2681
  type_unsupported,         ///< have = the type byte
  underpriced,              ///< the pool is full of better paid ones; want = lowest tip that enters
  replacement_underpriced,  ///< have = offered fee cap, want = least fee cap that replaces
  replaced,                 ///< another transaction of the same sender and nonce took its place
  sender_limit,             ///< have = queued of this sender, want = most
  pool_full,                ///< evicted, or refused because nothing cheaper could be evicted
  too_large,                ///< have = bytes, want = most
  expired,                  ///< waited longer than the pool keeps a transaction
  censored,                 ///< refused by the operator's test switch
  shutting_down,            ///< the node is leaving; offer it again
  not_confirmed_in_time,    ///< not dropped: it still waits, but the caller's deadline has passed
  proving_cycles,           ///< proving it alone takes more than the node may: have, want = most
  sender_rests,             ///< after such a one: have = seconds left, want = taken again from then
};

/// A few words that say what happened, for people; stable enough to match in tests.
const char* to_text(drop_code code) noexcept;

/// A drop with the two numbers that explain it (see drop_code).
struct drop_reason {
  drop_code code = drop_code::none;
  u256 have;
  u256 want;
  friend bool operator==(const drop_reason&, const drop_reason&) = default;
};

/// A transaction whose bytes were decoded and whose sender was recovered by the edge.
struct submission {
  std::shared_ptr<const ashlar::txn> body;
  address sender;
  hash256 hash;
  u32 encoded_bytes = 0;  ///< size of its EIP-2718 encoding
};

enum class submit_wait : u8 {
  accepted,   ///< answer when the pool has taken or refused it
  confirmed,  ///< answer when it is durable in a block, dropped, or `wait_ms` have passed
};

/// Many transactions in one message: per-message cost would otherwise bound throughput.
struct submission_list {
  std::vector<submission> items;
  submit_wait wait = submit_wait::accepted;
  u32 wait_ms = 20'000;  ///< with `confirmed`: at most this long
  bool sign = false;     ///< with `confirmed`: sign each answer (tens of microseconds of one core)
};
using submission_list_ptr = std::shared_ptr<const submission_list>;

/// The sequencer's signed word that a transaction has its place. `signature` is r | s | y parity
/// over keccak256(chain id u64 be | block u64 be | index u32 be | txn hash | block hash); zero
/// where none was asked for (it can be had later, it never changes).
struct soft_confirmation {
  u64 chain_id = 0;
  block_number number;
  u32 index = 0;
  hash256 txn_hash;
  hash256 block_hash;
  fixed_bytes<65> signature;
  friend bool operator==(const soft_confirmation&, const soft_confirmation&) = default;
};

using soft_confirmation_ptr = std::shared_ptr<const soft_confirmation>;

/// In the pool, not in a block yet.
struct txn_accepted {
  friend bool operator==(const txn_accepted&, const txn_accepted&) = default;
};

/// What became of one submission: accepted, confirmed or dropped.
using submit_answer = std::variant<txn_accepted, soft_confirmation, drop_reason>;

/// One answer for each submission, in their order.
struct submit_answer_list {
  std::vector<submit_answer> items;
};
using submit_answer_list_ptr = std::shared_ptr<const submit_answer_list>;

/// A deposit or forced transaction seen on L1 at the configured depth.
struct priority_op {
  priority_id id;
  std::shared_ptr<const ashlar::txn> body;  ///< type 0x7f
  hash256 canonical_hash;
  u64 l1_block = 0;
  unix_seconds requested_at;  ///< L1 time; the commit deadline counts from it
};

/// Consecutive operations in queue order.
struct priority_list {
  std::vector<priority_op> items;
};
using priority_list_ptr = std::shared_ptr<const priority_list>;

/// The newest block that readers can see. Consumers read blocks from the store up to it; events
/// may be skipped, never reordered.
struct head_event {
  block_number number;
  hash256 hash;
  unix_seconds timestamp;
  u64 txns_total = 0;  ///< transactions in the chain up to this block
};

/// Where a transaction is.
struct pool_lookup {
  enum class place : u8 { unknown, pending, queued, dropped };
  place where = place::unknown;
  std::shared_ptr<const ashlar::txn> body;  ///< while pending or queued
  address sender;
  drop_reason reason;  ///< when dropped
};
using pool_lookup_ptr = std::shared_ptr<const pool_lookup>;

/// Counters of the pool, for status, `txpool` methods and metrics.
struct pool_totals {
  u64 pending_txns = 0;  ///< executable now
  u64 queued_txns = 0;   ///< behind a nonce gap
  u64 bytes = 0;
  u64 priority_txns = 0;
};

/// The sequencer's and the batch actor's test switches and operator levers.
struct censor_list {
  std::vector<address> senders;  ///< submissions from these are refused as `censored`
};

/// A batch was sealed and is in the batch store.
struct batch_sealed {
  batch_number number;
  block_number first_block;
  block_number last_block;
};

/// What L1 says of one batch, or that a reorg took it back (then `stage` is the lower one).
struct l1_batch_event {
  batch_number number;
  batch_stage stage = batch_stage::sealed;
  u64 l1_block = 0;
  hash256 l1_txn;
  bool reorged = false;
  bool final = false;  ///< the L1 block is final
};

/// Heads by tag: `latest` is the store's.
struct settled_heads {
  block_number safe;       ///< last block of the last committed batch
  block_number finalized;  ///< last block of the last batch executed on a final L1 block
};

/// Where a batch is and what it waits for.
struct batch_progress {
  batch_number number;
  batch_stage stage = batch_stage::sealed;
  std::string waits_for;  ///< empty: nothing
  hash256 commit_txn, prove_txn, execute_txn;
  u64 commit_gas = 0, prove_gas = 0, execute_gas = 0;
};

/// One line of `ashlar status` from one role.
struct role_status {
  std::string role;
  bool healthy = true;
  std::string doing;      ///< what it does now
  std::string waits_for;  ///< the cause when it cannot go on; empty otherwise
  std::vector<std::pair<std::string, u64>> counters;
};

/// A worker that asks for proof jobs: what it proves, and who it says it is.
struct worker_hello {
  std::string name;  ///< 1 to 32 of a-z, 0-9, '.', '_', '-'; counts are kept by it
  hash256 program_commitment;
  std::string params;
  u32 threads = 0;
};

/// A batch to prove, on loan. What its worker says counts only under the epoch of this lease.
struct proof_lease {
  batch_number batch;
  epoch lease_epoch;
  hash256 witness_hash;  ///< content address of the witness
  u32 lease_ms = 0;      ///< renew within this time
};

/// How far a leased proof is: pass 1 commits to the segments, 2 proves them.
struct proof_progress {
  batch_number batch;
  epoch lease_epoch;
  u32 pass = 0;
  u32 segments_done = 0, segments = 0;  ///< of this pass; 0 in all: not known yet
  u64 cycles = 0;
};

/// What a worker says is a proof.
struct proof_offer {
  batch_number batch;
  epoch lease_epoch;
  bytes file;
  u64 cycles = 0;    ///< for people; nothing depends on it
  u32 segments = 0;  ///< likewise
};
using proof_offer_ptr = std::shared_ptr<const proof_offer>;

/// Whether this node holds a proof of a batch that it has verified itself; not what L1 says.
struct batch_proof_status {
  bool proved = false;
  hash256 proof_hash;  ///< names the file; zero while there is none
  std::string doing;   ///< of one that is not proved: where it is, and what it waits for
};

/// Who proves what, for people and machines.
struct fleet_report {
  struct worker {
    std::string name;
    std::string state;  ///< proving, checking, idle, resting (behind a failure), suspended, gone
    u32 threads = 0;
    std::optional<batch_number> batch;
    u32 pass = 0, segments_done = 0, segments = 0;
    u64 cycles = 0, seconds = 0;  ///< of the run, as far as known; since the lease
    u64 proofs = 0, lies = 0, lost = 0;
  };
  struct job {
    batch_number batch;
    std::string state;  ///< queued, leased, checking, stuck
    std::string worker;
    u32 failures = 0;
    std::string reason;  ///< of the last failure; empty when there was none
  };
  struct proof {
    batch_number batch;
    hash256 proof_hash;
    u64 bytes = 0, cycles = 0, segments = 0, seconds = 0;
    std::string worker;
  };
  hash256 program_commitment;
  std::string params;
  u64 proved = 0;       ///< batches with a proof here
  std::string trouble;  ///< why proofs cannot be kept now; empty when they can
  std::vector<worker> workers;
  std::vector<job> jobs;      ///< the first ones, lowest batch first
  std::vector<proof> proofs;  ///< the last ones, newest first
};
using fleet_report_ptr = std::shared_ptr<const fleet_report>;

enum class child_phase : u8 { starting, running, backing_off, stopping, stopped, abandoned };
const char* to_text(child_phase phase) noexcept;

/// A supervisor's view of one child.
struct child_status {
  std::string name;
  child_phase phase = child_phase::stopped;
  u32 restarts = 0;         ///< since the supervisor started
  std::string last_reason;  ///< why it ended last; empty when it never did
  bool is_supervisor = false;
};

}  // namespace api
}  // namespace ashlar

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "net/rpc/call.hpp"
#include "net/rpc/chain_view.hpp"
#include "net/rpc/settlement.hpp"
#include "net/rpc/submit.hpp"
#include "runtime/base/result.hpp"

namespace ashlar::rpc {

enum class backend_errc : u8 {
  unknown_block,     ///< no such block
  state_pruned,      ///< the state of that block is no longer kept
  too_many_results,  ///< more than the limit given
  too_many_bytes,    ///< results of more bytes than the limit given
  timeout,           ///< the time limit given has passed
  call_rejected,     ///< the call is not executable; detail is geth's whole sentence
  unsupported,       ///< this node does not serve that; detail says why
  unavailable,       ///< try again later; detail says what is missing
  internal,
};

struct backend_error {
  backend_errc code{};
  std::string detail;
};

template <class T>
using answer = result<T, backend_error>;

/// What comes from the chain by itself. Called on one thread at a time, in chain order; the
/// callee returns at once and throws nothing.
class chain_observer {
 public:
  virtual ~chain_observer() = default;
  /// Not called while `wants_blocks()` is false.
  virtual void on_block(const sealed_block_ptr& block) noexcept = 0;
  /// Transactions that were just accepted. Not called while `wants_pending()` is false.
  virtual void on_pending(std::span<const pending_txn_ptr> txns) noexcept = 0;
  virtual bool wants_pending() const noexcept = 0;
  /// False spares the chain the making of blocks that nobody looks at.
  virtual bool wants_blocks() const noexcept { return true; }
};

struct fee_quote {
  u256 next_base_fee;
  u256 suggested_tip;
};

struct fee_history {
  block_number oldest;
  std::vector<u256> base_fees;             ///< one more than blocks: the last is the next block's
  std::vector<double> gas_used_ratios;     ///< one a block, 0..1
  std::vector<std::vector<u256>> rewards;  ///< one row a block, empty where none were asked for
};

/// Told of each block that was looked at how many of its transactions were, too; false: no more.
using look_meter = std::function<bool(std::size_t txns)>;

/// The chain as JSON-RPC sees it. Thread-safe; called from worker threads, which may block for
/// as long as the limits given allow. Nothing throws. Block numbers that are passed in were taken
/// from `heads()` or from the caller: any may be unknown.
///
/// Functions with a body have a correct but plain implementation on top of the others; override
/// them where an index answers faster.
class backend {
 public:
  virtual ~backend() = default;

  virtual const chain_constants& constants() const noexcept = 0;
  virtual chain_heads heads() const = 0;
  /// None: in sync.
  virtual std::optional<sync_progress> syncing() const { return std::nullopt; }

  // Transactions.
  /// EIP-2718 encodings, as many as one request held. `raw` and what it points to stay valid until
  /// `done` is called. Transactions of one sender are taken in the order given.
  virtual void submit(std::span<const bytes_view> raw, submit_wait wait, submit_callback done) = 0;
  /// Submits one and waits for its receipt. `raw` stays valid until `done` is called.
  virtual void submit_sync(bytes_view raw, std::chrono::milliseconds timeout,
                           sync_callback done) = 0;
  /// The account's next nonce, counting what is executable in the mempool.
  virtual u64 pending_nonce(const address& who) = 0;
  virtual pending_txn_ptr pending_by_hash(const hash256& txn_hash) = 0;

  // Blocks. Null: unknown. Cheap for recent blocks (a cache of shared blocks is expected).
  virtual sealed_block_ptr block_by_number(block_number n) = 0;
  virtual sealed_block_ptr block_by_hash(const hash256& hash) = 0;
  virtual std::optional<block_number> number_of(const hash256& block_hash);
  virtual std::optional<hash256> hash_of(block_number n);
  virtual std::optional<located_txn> txn_by_hash(const hash256& txn_hash) = 0;
  /// In order of block and index. Never holds more than `limits` allow: more matches, more bytes
  /// of them or more time is an error (too_many_results, too_many_bytes, timeout).
  virtual answer<std::vector<found_log>> logs(const log_filter& filter, const log_limits& limits);

  // State after block `at`.
  virtual answer<account_view> account(const address& who, block_number at) = 0;
  virtual answer<u256> storage(const address& who, const u256& slot, block_number at) = 0;
  virtual answer<bytes> code(const address& who, block_number at) = 0;
  virtual answer<account_proof> proof(const address& who, std::span<const u256> slots,
                                      block_number at) = 0;

  // Execution on top of block `at`, nothing kept.
  virtual answer<call_outcome> call(const call_request& request, block_number at,
                                    const state_overrides& accounts, const block_overrides& block,
                                    const call_limits& limits) = 0;
  virtual answer<gas_estimate> estimate_gas(const call_request& request, block_number at,
                                            const state_overrides& accounts,
                                            const block_overrides& block,
                                            const call_limits& limits) = 0;
  virtual answer<access_list_outcome> create_access_list(const call_request& request,
                                                         block_number at,
                                                         const state_overrides& accounts,
                                                         const call_limits& limits) = 0;

  // Fees.
  virtual fee_quote fees() = 0;
  /// Precondition: blocks >= 1, newest is known, percentiles rise within 0..100. The answer may
  /// start later than asked where the chain is shorter. Error where `goes_on` (may be empty) ends
  /// it: timeout.
  virtual answer<fee_history> fees_of(u64 blocks, block_number newest,
                                      std::span<const double> percentiles,
                                      const look_meter& goes_on = {});

  /// The observer is dropped when it is gone.
  virtual void observe(std::weak_ptr<chain_observer> observer) = 0;

  // Settlement.
  virtual std::optional<batch_position> batch_of(block_number block) = 0;
  /// What is stored of it: never waits for roles.
  virtual std::optional<batch_status> batch(batch_number n) = 0;
  /// The same, with what roles say that it waits for, where they can be asked.
  virtual std::optional<batch_status> explained_batch(batch_number n) { return batch(n); }
  /// The last sealed batch.
  virtual std::optional<batch_number> last_batch() = 0;
  /// `index`: of the log among the transaction's L2 -> L1 logs. None until its batch is sealed.
  virtual std::optional<message_proof> prove_message(const hash256& txn_hash, u32 index) = 0;
  virtual std::optional<soft_confirmation> confirmation_of(const hash256& txn_hash) = 0;
  virtual std::optional<txn_status> status_of(const hash256& txn_hash) = 0;
  virtual std::optional<drop_reason> drop_reason_of(const hash256& txn_hash) = 0;
  virtual pipeline_status pipeline() = 0;
  virtual health_report health() = 0;
  /// Nothing where this node does not prove, or the role does not answer.
  virtual std::optional<prover_fleet> fleet() = 0;
};

}  // namespace ashlar::rpc

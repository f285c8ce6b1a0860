#pragma once

#include <functional>
#include <string>
#include <vector>

#include "actors/node/demo/demo.hpp"
#include "actors/node/demo/endpoint.hpp"
#include "net/l1/chain_contract.hpp"
#include "runtime/types/l2_log.hpp"

/// Inside of `run_demo`: what its steps share. A step returns the line that the progress shows, or
/// why it could not be done; what it compares goes into the report as checks.
namespace ashlar::node::demo {

inline constexpr u64 ether = 1'000'000'000'000'000'000;

/// Somebody with a key, on both chains.
struct wallet {
  std::string name;
  hash256 secret;
  std::unique_ptr<l1::signer> key;
  address account;
  u64 nonce = 0;  ///< of the next transaction on L2
};

/// A request to the hub for a call on L2.
struct l2_request {
  address to;
  u256 value;
  bytes data;
  u64 gas_limit = 0;
  address refund_to;
  u256 held{};  ///< of the value: what the sender has on L2 already, so that it need not come along
};

/// What was asked for on L1 and is due on L2 without any operator.
struct left_behind {
  address receiver;  ///< on L2, of `deposited`
  u256 deposited;
  address withdrawn_to;  ///< on L1, of `withdrawn` of the token that came from L1
  u256 withdrawn;
  u256 ether_withdrawn;                  ///< to the same account; it was on L2
  std::vector<withdrawal_proof> proofs;  ///< of what is executed since
};

/// What was withdrawn on L2.
struct withdrawal {
  hash256 txn;
  address token;     ///< on L1; 1: ether
  address receiver;  ///< on L1
  u256 amount;
};

struct demo_run {
  demo_run(
      const demo_surroundings& s, const demo_limits& l,
      std::function<void(const std::string&)> p = [](const std::string&) {})
      : around(s), limits(l), progress(std::move(p)) {}

  const demo_surroundings& around;
  const demo_limits& limits;
  const std::function<void(const std::string&)> progress;  ///< takes a line within a step
  std::unique_ptr<endpoint> layer1, layer2;
  std::unique_ptr<l1::signer> rich;
  l1::fee_policy_config l1_fees;
  l1::fee_offer l2_offer;
  std::vector<wallet> wallets;
  demo_report report;

  // Handed from one step to the next.
  address gold, gold_on_l2;  ///< the token that came from L1
  left_behind left;
  address token_a, token_b, exchange;
  std::vector<withdrawal> withdrawals;
  u256 ether_on_l2;  ///< of all accounts, as L1 alone gives it
  u64 sealed = 0;    ///< batches sealed when last looked at

  /// Notes a check.
  void check(std::string name, bool ok, std::string detail);
  /// Notes a check that two values are one.
  void same(std::string name, const std::string& what, const u256& expected, const u256& got);
  void same(std::string name, const std::string& what, const hash256& expected, const hash256& got);

  /// Signs a transaction at the wallet's next nonce, which it takes.
  bytes sign(wallet& from, const std::optional<address>& to, bytes data, const u256& value,
             u64 gas_limit);
  /// Signs at an estimated gas limit, sends and waits until it is in a block; it must not fail.
  outcome<l1::l1_receipt> execute(wallet& from, const std::optional<address>& to, bytes data,
                                  const u256& value = {});
  /// Creates a contract of the build on L2.
  outcome<address> deploy(wallet& from, std::string_view name, const bytes& arguments);
  /// Creation bytecode and arguments.
  outcome<bytes> creation(std::string_view name, const bytes& arguments) const;

  /// A transaction of the rich account on L1; it must not fail.
  outcome<l1::l1_receipt> on_l1(const std::optional<address>& to, bytes data,
                                const u256& value = {});
  /// Asks the hub on L1, as `from`; gives what the chain's contract put in its queue.
  outcome<l1::priority_requested> request(const l1::signer& from, const l2_request& r);
  /// Least mint value of a request with this gas limit, at the fee that our transactions offer.
  outcome<u256> base_cost(u64 gas_limit);
  /// The priority operation that a transaction on L1 put in the queue.
  outcome<l1::priority_requested> queued_by(const l1::l1_receipt& receipt) const;
  /// The receipt on L2 of an operation from L1; it must not have failed.
  outcome<l1::l1_receipt> arrival(const l1::priority_requested& operation);

  /// Seals the open batch, and waits until there is one more.
  outcome<nothing> seal_batch();
  /// Batches that take no more blocks.
  std::vector<batch_row> sealed_batches() const;
};

/// Of the small addresses that the protocol gives to contracts and, 1, to ether.
address small_address(u32 n);
inline constexpr u32 ether_token = 1, base_token = 0x800a, token_bridge = 0x10003;

wallet make_wallet(const std::string& name);
/// keccak256(0x05 | rlp([chain_id, account, nonce])), signed (EIP-7702).
authorization authorize(const wallet& authority, u64 chain_id, const address& code, u64 nonce);

/// Where a transaction's first log stands.
struct log_place {
  u64 batch = 0;
  l2_log_proof proof;
  u16 txn_number = 0;  ///< in its batch
};
/// None while the transaction's batch is not sealed.
outcome<std::optional<log_place>> log_place_of(demo_run& run, const hash256& txn);
/// The log that a withdrawal must have left, from which the vault pays on L1.
l2_log log_of(const withdrawal& w, u16 txn_number);

using step = outcome<std::string> (*)(demo_run&);
outcome<std::string> step_endpoints(demo_run& run);
outcome<std::string> step_deposit_ether(demo_run& run);
outcome<std::string> step_deposit_token(demo_run& run);
outcome<std::string> step_transfers(demo_run& run);
outcome<std::string> step_confirmations(demo_run& run);
outcome<std::string> step_exchange(demo_run& run);
outcome<std::string> step_delegation(demo_run& run);
outcome<std::string> step_precompiles(demo_run& run);
outcome<std::string> step_censorship(demo_run& run);
outcome<std::string> step_withdrawal(demo_run& run);
outcome<std::string> step_commit(demo_run& run);
outcome<std::string> step_proofs(demo_run& run);
outcome<std::string> step_execution(demo_run& run);
outcome<std::string> step_payout(demo_run& run);
outcome<std::string> step_balance_sheet(demo_run& run);
outcome<std::string> step_restore(demo_run& run);
outcome<std::string> step_leave_behind(demo_run& run);
outcome<std::string> step_abandon(demo_run& run);
outcome<std::string> step_escape(demo_run& run);
outcome<std::string> step_refuge(demo_run& run);

}  // namespace ashlar::node::demo

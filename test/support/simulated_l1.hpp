#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "net/l1/chain_contract.hpp"
#include "net/l1/client.hpp"

namespace ashlar::test {

/// An L1 in memory behind the JSON-RPC of `l1::transport`: blocks, nonces, balances, a pool with
/// replacement rules, receipts, logs, reorgs, the chain contract's queue and its rules for commit,
/// prove, execute and escape, and a verifier as net/contracts/test/VerifierDouble.sol: it checks
/// nothing. What is mined when, what is reordered and what the endpoint answers is the test's to
/// say.
class simulated_l1 {
 public:
  explicit simulated_l1(const address& contract, u64 l2_chain_id = 270, u64 chain_id = 31'337);

  /// A connection to this object, which must outlive it.
  std::unique_ptr<l1::transport> connect();

  // -- the chain --------------------------------------------------------------------------------
  /// Mines what the pool holds and what was queued, then empty blocks.
  void mine(u64 blocks = 1);
  enum class fork : u8 {
    keeps,  ///< the transactions of the lost blocks are in the first new block
    drops,  ///< they are forgotten
  };
  /// Replaces the last `depth` blocks by `depth` + 1 others.
  void reorg(u64 depth, fork how);
  /// Takes the last `depth` blocks away and puts nothing in their place (`anvil_rollback`).
  void rollback(u64 depth);
  void forget_pool() { pool_.clear(); }
  void fund(const address& who, const u256& balance);
  void set_base_fee(const u256& fee) { base_fee_ = fee; }

  // -- what others do, mined with the next block ------------------------------------------------
  /// A transaction of `who` from elsewhere takes its next nonce, before the pool's.
  void take_nonce(const address& who) { queued_.push_back(other_txn{who}); }
  void deposit(const address& to, const u256& value) { queued_.push_back(deposit_txn{to, value}); }
  void prove_to(batch_number last) { queued_.push_back(prove_txn{last}); }
  void execute_to(batch_number last) { queued_.push_back(execute_txn{last}); }
  void revert_to(batch_number kept) { queued_.push_back(revert_txn{kept}); }
  void commit_by_another(const public_input& header, bytes pubdata) {
    queued_.push_back(commit_txn{header, std::move(pubdata)});
  }
  /// Every commit reverts with this, until it is taken back.
  void set_commit_revert(std::optional<bytes> revert_data) {
    commit_revert_ = std::move(revert_data);
  }
  /// The contract has a verifier from now on, at `verifier_address`.
  void set_verifier(bool there) { has_verifier_ = there; }
  /// Whether anyone may settle.
  void open_escape(bool is_open) { escape_open_ = is_open; }
  /// Every stage reverts with this, until it is taken back.
  void set_stage_revert(std::optional<bytes> revert_data) {
    stage_revert_ = std::move(revert_data);
  }
  /// A transaction of someone else to the contract or to the verifier, mined with the next block.
  void call_by_another(const address& to, bytes calldata) {
    queued_.push_back(call_txn{to, std::move(calldata)});
  }
  /// The verifier's code; it names who else is sent stages.
  bytes verifier_code{0xfe};
  void set_tip_state(const hash256& genesis) { blocks_.back().after.tip_state = genesis; }
  void set_finality_depth(u64 depth) { finality_depth_ = depth; }

  // -- the endpoint -----------------------------------------------------------------------------
  /// Called with the method before a request has any effect, and after it had; may throw.
  std::function<void(std::string_view method)> before, after;
  /// Answers instead of L1 where it gives something; `reached` L1 first where it is set.
  struct fault {
    l1::l1_result<std::string> answer;
    bool reached = false;
  };
  std::function<std::optional<fault>(std::string_view method)> faults;
  /// A question for logs of more blocks is refused.
  u64 logs_blocks_max = ~u64{0};

  // -- what a test looks at ---------------------------------------------------------------------
  u64 head() const { return blocks_.back().number; }
  hash256 head_hash() const { return blocks_.back().hash; }
  unix_seconds now() const { return blocks_.back().timestamp; }
  u64 pooled() const { return pool_.size(); }
  u64 nonce_of(const address& who) const;
  u64 requests() const { return requests_; }
  /// Batch numbers in the order of their BatchCommitted events on the present chain.
  std::vector<u64> commits() const;
  /// Batch numbers in the order of their BatchExecuted events on the present chain.
  std::vector<u64> executions() const { return numbers_of(2); }
  /// First batches in the order of the BatchesProved events on the present chain.
  std::vector<u64> proofs() const { return numbers_of(1); }
  /// Stages that the verifier took on the present chain.
  u64 stages() const;
  /// Transactions on the present chain that failed.
  u64 failures() const;
  u64 priority_total() const { return blocks_.back().after.priority_hashes.size() - 1; }
  /// Canonical hashes of the present chain's priority operations, by id.
  std::vector<hash256> priority_ops() const { return blocks_.back().after.priority_ops; }

  static address verifier_address();
  static hash256 program_set_root();
  /// Calldata of one stage, as VerifierDouble takes it.
  static bytes stage_calldata(const hash256& output, u64 index, u64 count, bytes_view blob);

  static constexpr u64 priority_deadline_s = 3'600;
  static constexpr u64 commit_gas = 123'456;

 private:
  struct other_txn {
    address who;
  };
  struct deposit_txn {
    address to;
    u256 value;
  };
  struct prove_txn {
    batch_number last;
  };
  struct execute_txn {
    batch_number last;
  };
  struct revert_txn {
    batch_number kept;
  };
  struct commit_txn {
    public_input header;
    bytes pubdata;
  };
  struct call_txn {
    address to;
    bytes calldata;
  };
  struct pool_txn {
    txn body;
    address from;
    hash256 hash;
  };
  using action = std::variant<pool_txn, other_txn, deposit_txn, prove_txn, execute_txn, revert_txn,
                              commit_txn, call_txn>;

  struct world {
    std::map<address, u64> nonces;
    std::map<address, u256> balances;
    u64 committed = 0, proved = 0, executed = 0;
    hash256 tip_state;
    std::vector<hash256> states;  ///< after batch i + 1
    std::vector<hash256> inputs;
    std::vector<hash256> priority_hashes{hash256{}};
    std::vector<hash256> priority_ops;
    std::map<hash256, u64> staged;  ///< stages done by output
    std::set<hash256> verified;
  };
  struct mined_txn {
    action what;
    hash256 hash;
    bool success = true;
    u64 gas_used = 21'000;
    std::vector<l1::l1_log> logs;
  };
  struct block {
    u64 number = 0;
    hash256 hash, parent;
    unix_seconds timestamp;
    u256 base_fee;
    std::vector<mined_txn> txns;
    world after;
  };

  friend class simulated_transport;
  l1::l1_result<std::string> answer(const std::string& body);
  struct rpc_error {
    int code;
    std::string message;
    bytes data;
  };
  struct json_calls;

  void mine_one(std::vector<action> first);
  mined_txn apply(block& into, action what);
  /// Revert data, or the logs.
  using effect = std::variant<bytes, std::vector<log_entry>>;
  effect commit(world& w, const public_input& header, bytes_view pubdata);
  effect prove(world& w, u64 first, u64 last);
  effect execute(world& w, bytes_view arguments);
  effect stage(world& w, bytes_view arguments);
  effect escape(world& w, bytes_view calldata);
  /// A call of the contract or of the verifier; nothing happens where it is neither.
  effect run(world& w, const address& to, bytes_view calldata);
  std::vector<u64> numbers_of(std::size_t topic) const;
  std::optional<rpc_error> accept(const txn& t);

  address contract_;
  u64 l2_chain_id_, chain_id_;
  std::vector<block> blocks_;
  std::vector<action> queued_;
  std::map<std::pair<address, u64>, pool_txn> pool_;
  std::optional<bytes> commit_revert_, stage_revert_;
  bool has_verifier_ = false;
  bool escape_open_ = false;
  u256 base_fee_{1'000'000'000};
  u64 finality_depth_ = 64;
  u64 salt_ = 0;
  u64 requests_ = 0;
};

}  // namespace ashlar::test

#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "actors/gateway/admission.hpp"
#include "actors/gateway/admission_desk.hpp"
#include "actors/gateway/batch_views.hpp"
#include "actors/gateway/block_views.hpp"
#include "actors/gateway/config.hpp"
#include "actors/gateway/observers.hpp"
#include "actors/gateway/proof_source.hpp"
#include "actors/gateway/role_link.hpp"
#include "net/rpc/backend.hpp"
#include "runtime/base/clock.hpp"

namespace ashlar::gateway {

/// The sequencer's engine, where it is in this process. From any thread; nothing here waits for the
/// role, whatever it does. Where a function is empty the role is asked.
struct local_sequencer {
  /// Offers transactions. False: too many wait, `done` is not called; otherwise it is called once,
  /// here or on any thread that must not be kept.
  std::function<bool(const api::submission_list_ptr& list,
                     std::function<void(api::submit_answer_list_ptr)> done)>
      submit{};
  std::function<u64(const address& who)> pending_nonce{};
  std::function<api::pool_lookup(const hash256& txn_hash)> lookup{};
  /// Signed; none where no published block has the transaction.
  std::function<std::optional<api::soft_confirmation>(const hash256& txn_hash)> confirm{};
  /// Why it confirms nothing now; it answers empty: it does. Empty: nobody knows.
  std::function<std::string()> why_unconfirmed{};
};

/// What a backend stands on. All of it outlives the backend.
struct chain_parts {
  caf::actor_system& system;
  const supervision::role_directory& roles;
  const chain_config& chain;
  const store::chain_store& blocks;
  const store::batch_store* batches = nullptr;  ///< null: nothing is known of batches
  const clock& time;
  proof_source* proofs = nullptr;  ///< null: eth_getProof answers "not supported"
  local_sequencer sequencer{};
};

struct backend_counters {
  u64 submitted = 0;          ///< transactions that came in
  u64 refused_stateless = 0;  ///< of which never reached the sequencer
  u64 refused_busy = 0;       ///< of which were shed
  u64 submissions_in_flight = 0;
  u64 asks_in_flight = 0;
};

/// A chain of this process behind JSON-RPC. Reads go to the store; what only the sequencer knows
/// is asked of it; submissions reach it as one list, directly or as one message. Its destructor
/// waits for what is under way, so it must not run on an actor's thread.
class chain_backend final : public rpc::backend {
 public:
  /// Precondition: config.validate() is ok.
  chain_backend(const chain_parts& parts, rpc::chain_constants constants, gateway_config config);
  ~chain_backend() override;

  /// Refuses new submissions from now on.
  void close() { flights_->close(); }
  bool is_idle() const { return flights_->now() == 0; }
  backend_counters counters() const;

  // For the gateway actor.
  /// Tells observers of the blocks up to the head that they have not heard of. One at a time.
  void feed();
  void set_settled(const api::settled_heads& heads);
  role_link& link() noexcept { return link_; }
  const gateway_config& config() const noexcept { return config_; }

  // rpc::backend
  const rpc::chain_constants& constants() const noexcept override { return constants_; }
  rpc::chain_heads heads() const override;
  void submit(std::span<const bytes_view> raw, rpc::submit_wait wait,
              rpc::submit_callback done) override;
  void submit_sync(bytes_view raw, std::chrono::milliseconds timeout,
                   rpc::sync_callback done) override;
  u64 pending_nonce(const address& who) override;
  rpc::pending_txn_ptr pending_by_hash(const hash256& txn_hash) override;
  rpc::sealed_block_ptr block_by_number(block_number n) override;
  rpc::sealed_block_ptr block_by_hash(const hash256& hash) override;
  std::optional<block_number> number_of(const hash256& block_hash) override;
  std::optional<hash256> hash_of(block_number n) override;
  std::optional<rpc::located_txn> txn_by_hash(const hash256& txn_hash) override;
  rpc::answer<std::vector<rpc::found_log>> logs(const rpc::log_filter& filter,
                                                const rpc::log_limits& limits) override;
  rpc::answer<rpc::account_view> account(const address& who, block_number at) override;
  rpc::answer<u256> storage(const address& who, const u256& slot, block_number at) override;
  rpc::answer<bytes> code(const address& who, block_number at) override;
  rpc::answer<rpc::account_proof> proof(const address& who, std::span<const u256> slots,
                                        block_number at) override;
  rpc::answer<rpc::call_outcome> call(const rpc::call_request& request, block_number at,
                                      const rpc::state_overrides& accounts,
                                      const rpc::block_overrides& block,
                                      const rpc::call_limits& limits) override;
  rpc::answer<rpc::gas_estimate> estimate_gas(const rpc::call_request& request, block_number at,
                                              const rpc::state_overrides& accounts,
                                              const rpc::block_overrides& block,
                                              const rpc::call_limits& limits) override;
  rpc::answer<rpc::access_list_outcome> create_access_list(const rpc::call_request& request,
                                                           block_number at,
                                                           const rpc::state_overrides& accounts,
                                                           const rpc::call_limits& limits) override;
  rpc::fee_quote fees() override;
  rpc::answer<rpc::fee_history> fees_of(u64 blocks, block_number newest,
                                        std::span<const double> percentiles,
                                        const rpc::look_meter& goes_on = {}) override;
  void observe(std::weak_ptr<rpc::chain_observer> observer) override;
  std::optional<rpc::batch_position> batch_of(block_number block) override;
  std::optional<rpc::batch_status> batch(batch_number n) override;
  std::optional<rpc::batch_status> explained_batch(batch_number n) override;
  std::optional<batch_number> last_batch() override;
  std::optional<rpc::message_proof> prove_message(const hash256& txn_hash, u32 index) override;
  std::optional<rpc::soft_confirmation> confirmation_of(const hash256& txn_hash) override;
  std::optional<rpc::txn_status> status_of(const hash256& txn_hash) override;
  std::optional<rpc::drop_reason> drop_reason_of(const hash256& txn_hash) override;
  rpc::pipeline_status pipeline() override;
  rpc::health_report health() override;
  std::optional<rpc::prover_fleet> fleet() override;

 private:
  struct list_run;
  revision rules_now() const;
  void send(std::shared_ptr<list_run> run, std::vector<admitted> checked);
  void offer(api::submission_list_ptr list, std::chrono::milliseconds timeout,
             role_link::callback<api::submit_answer_list_ptr> done);
  void note_pending(const api::submission_list& sent, const api::submit_answer_list& answers);
  void send_sync(const api::submission& one, std::chrono::milliseconds timeout,
                 rpc::sync_callback done);
  void wait_sync(const api::submission& one, std::chrono::milliseconds timeout,
                 std::optional<u64> gap_nonce, rpc::sync_callback done);
  std::optional<u64> nonce_at_head(const address& who) const;
  /// Nothing where the sequencer cannot be asked.
  std::optional<api::pool_lookup> look_up(const hash256& txn_hash);
  template <class Run>
  auto execute(block_number at, Run run) -> decltype(run(std::declval<const struct call_base&>()));
  u256 tip_quote(const store::stored_block& head);
  u256 tip_paid(const store::stored_block& head) const;
  std::vector<role_report> reports();
  /// What roles said of a batch in that stage.
  struct explanation {
    rpc::batch_stage stage{};
    std::string waits_for;  ///< empty: the publisher had nothing to say
    std::string proof;      ///< empty: no prover, or the stage needs none
    clock::duration at{};
  };
  std::optional<explanation> known_explanation(batch_number n, rpc::batch_stage stage);
  std::optional<explanation> explain(batch_number n, rpc::batch_stage stage);

  const chain_parts parts_;
  const rpc::chain_constants constants_;
  const gateway_config config_;
  const std::shared_ptr<in_flight> flights_;
  role_link link_;
  block_views blocks_;
  batch_views batches_;
  observers observers_;
  std::atomic<u64> safe_{0}, finalized_{0};
  std::atomic<u64> submitted_{0}, refused_stateless_{0};

  std::mutex tip_mutex_;
  u256 tip_;
  std::optional<clock::duration> tip_at_;

  std::mutex feed_mutex_;
  block_number fed_;

  std::mutex reports_mutex_;
  std::vector<role_report> reports_;
  std::optional<clock::duration> reports_at_;

  std::mutex explanations_mutex_, explaining_;
  std::map<batch_number, explanation> explanations_;

  admission_desk desk_;

  // Last: their threads use what is above.
  work_pool answers_;  ///< one thread: whom a confirmation reaches must not wait behind recoveries
  work_pool pool_;
};

}  // namespace ashlar::gateway

#pragma once

#include <map>
#include <mutex>

#include "net/rpc/backend.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/random.hpp"

namespace ashlar::rpc::test {

/// Distinct, readable values: at(3) is 0x0303...03.
template <std::size_t N>
fixed_bytes<N> filled(u8 with) {
  fixed_bytes<N> out;
  out.data_.fill(with);
  return out;
}
inline address addr(u8 n) {
  return filled<20>(n);
}
inline hash256 word(u8 n) {
  return filled<32>(n);
}

/// A chain of three blocks held in memory. Block 0 is empty; block 1 has a legacy transfer, an
/// EIP-1559 call with two logs and a creation; block 2 an EIP-7702 transaction, an EIP-2930
/// transaction that failed and an L1 -> L2 transaction. Batch 1 is blocks 0 and 1, committed.
///
/// What the functions that would execute answer is set by the test.
class memory_backend : public backend {
 public:
  memory_backend();

  const chain_constants& constants() const noexcept override { return constants_; }
  chain_heads heads() const override;
  std::optional<sync_progress> syncing() const override { return progress; }
  void submit(std::span<const bytes_view> raw, submit_wait wait, submit_callback done) override;
  void submit_sync(bytes_view raw, std::chrono::milliseconds timeout, sync_callback done) override;
  u64 pending_nonce(const address& who) override;
  pending_txn_ptr pending_by_hash(const hash256& txn_hash) override;
  sealed_block_ptr block_by_number(block_number n) override;
  sealed_block_ptr block_by_hash(const hash256& hash) override;
  std::optional<located_txn> txn_by_hash(const hash256& txn_hash) override;
  answer<account_view> account(const address& who, block_number at) override;
  answer<u256> storage(const address& who, const u256& slot, block_number at) override;
  answer<bytes> code(const address& who, block_number at) override;
  answer<account_proof> proof(const address& who, std::span<const u256> slots,
                              block_number at) override;
  answer<call_outcome> call(const call_request& request, block_number at,
                            const state_overrides& accounts, const block_overrides& block,
                            const call_limits& limits) override;
  answer<gas_estimate> estimate_gas(const call_request& request, block_number at,
                                    const state_overrides& accounts, const block_overrides& block,
                                    const call_limits& limits) override;
  answer<access_list_outcome> create_access_list(const call_request& request, block_number at,
                                                 const state_overrides& accounts,
                                                 const call_limits& limits) override;
  fee_quote fees() override { return {1'000'000'007, 1'000'000}; }
  void observe(std::weak_ptr<chain_observer> observer) override { observer_ = observer; }
  std::optional<batch_position> batch_of(block_number block) override;
  std::optional<batch_status> batch(batch_number n) override;
  std::optional<batch_number> last_batch() override { return batch_number{1}; }
  std::optional<message_proof> prove_message(const hash256& txn_hash, u32 index) override;
  std::optional<soft_confirmation> confirmation_of(const hash256& txn_hash) override;
  std::optional<txn_status> status_of(const hash256& txn_hash) override;
  std::optional<drop_reason> drop_reason_of(const hash256& txn_hash) override;
  pipeline_status pipeline() override;
  health_report health() override;
  std::optional<prover_fleet> fleet() override;

  /// Appends a block on top and tells the observer.
  sealed_block_ptr extend(std::vector<sealed_txn> txns);
  /// Makes a transaction pending and tells the observer.
  pending_txn_ptr wait(const txn& t, const address& sender);
  const sealed_block& block(u64 n) const { return *blocks_.at(n); }
  u64 height() const;

  // What the test sets, and what it looks at.
  std::optional<sync_progress> progress;
  call_outcome call_answer;
  std::optional<backend_error> call_failure;
  gas_estimate estimate_answer;
  sync_outcome sync_answer = submit_error{submit_errc::internal, {}};
  std::map<hash256, submit_error> refused;  ///< by keccak256 of the raw bytes
  bool ready = true;
  call_request seen_call;
  state_overrides seen_accounts;
  block_overrides seen_block;
  block_number seen_at;
  call_limits seen_limits;
  std::chrono::milliseconds seen_timeout{};
  std::vector<std::size_t> submissions;  ///< size of each
  std::vector<bytes> submitted;

 private:
  sealed_block_ptr append(std::vector<sealed_txn> txns);

  mutable std::mutex mutex_;
  chain_constants constants_;
  std::vector<sealed_block_ptr> blocks_;
  std::map<hash256, located_txn> by_hash_;
  std::map<hash256, pending_txn_ptr> pending_;
  std::weak_ptr<chain_observer> observer_;
};

/// A receipt with bloom and the rest derived from its logs.
receipt receipt_of(const txn& t, bool success, u64 gas_used, std::vector<log_entry> logs = {});
sealed_txn sealed(const txn& t, const address& sender, receipt outcome);
txn transfer(u64 nonce);

class manual_clock final : public clock {
 public:
  duration steady() const noexcept override {
    if (step.count() != 0) now += step;
    return now;
  }
  unix_seconds wall() const noexcept override { return unix_seconds{1'700'000'000}; }
  mutable duration now{};
  duration step{};  ///< passes at each look
};

class counting_random final : public random_source {
 public:
  void fill(std::span<u8> out) noexcept override {
    ++n_;
    for (u8& b : out) b = 0;
    if (out.size() >= 8) store_be64(out.data() + out.size() - 8, n_);
  }

 private:
  u64 n_ = 0;
};

}  // namespace ashlar::rpc::test

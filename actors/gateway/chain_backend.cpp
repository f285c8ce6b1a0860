#include "actors/gateway/chain_backend.hpp"

#include <algorithm>

#include "actors/gateway/execution.hpp"
#include "runtime/stf/fees.hpp"

// Reads and calls. Submission and settlement have files of their own.

namespace ashlar::gateway {
namespace {

failure<rpc::backend_error> unknown_block() {
  return fail(rpc::backend_error{rpc::backend_errc::unknown_block, {}});
}

rpc::backend_error to_backend_error(const store::error& e) {
  switch (e.code) {
    case store::error_code::too_many:
      return {rpc::backend_errc::too_many_results, "more than " + std::to_string(e.expected)};
    case store::error_code::too_large:
      return {rpc::backend_errc::too_many_bytes, "more than " + std::to_string(e.expected)};
    case store::error_code::timed_out:
      return {rpc::backend_errc::timeout, {}};
    default:
      return {rpc::backend_errc::internal, store::to_text(e)};
  }
}

/// BLOCKHASH inside a call on top of block `at`: later blocks are not there yet.
class store_hashes final : public evm::block_hashes {
 public:
  store_hashes(const store::chain_store& blocks, block_number at) : blocks_(blocks), at_(at) {}
  hash256 hash_of(u64 number) override {
    if (number > at_.value) return {};
    return blocks_.hash_of(block_number{number}).value_or(hash256{});
  }

 private:
  const store::chain_store& blocks_;
  const block_number at_;
};

}  // namespace

chain_backend::chain_backend(const chain_parts& parts, rpc::chain_constants constants,
                             gateway_config config)
    : parts_(parts),
      constants_(std::move(constants)),
      config_(std::move(config)),
      flights_(std::make_shared<in_flight>(config_.submissions_in_flight_max)),
      link_(parts.system, parts.roles, config_),
      blocks_(parts.blocks, config_.blocks_cache_bytes_max),
      batches_(parts.blocks, parts.batches),
      fed_(parts.blocks.head().number),
      answers_(1, config_.submissions_in_flight_max),
      pool_(config_.threads, config_.submissions_in_flight_max) {
  ensure(config_.validate().ok());
  // Until the listener speaks: what was committed and executed when the node stopped. `finalized`
  // waits for the listener, who alone knows what is final.
  const batch_views::reached known = batches_.heads(config_.pipeline_batches_max);
  safe_ = known.committed_block.value;
}

chain_backend::~chain_backend() {
  flights_->close();
  flights_->wait_idle();
}

backend_counters chain_backend::counters() const {
  backend_counters out;
  out.submitted = submitted_;
  out.refused_stateless = refused_stateless_;
  out.refused_busy = flights_->refused();
  out.submissions_in_flight = flights_->now();
  out.asks_in_flight = link_.asks().now();
  return out;
}

rpc::chain_heads chain_backend::heads() const {
  const block_number latest = parts_.blocks.head().number;
  const block_number safe = std::min(block_number{safe_}, latest);
  return {latest, safe, std::min(block_number{finalized_}, safe), block_number{0}};
}

void chain_backend::set_settled(const api::settled_heads& heads) {
  safe_ = heads.safe.value;
  finalized_ = heads.finalized.value;
}

void chain_backend::observe(std::weak_ptr<rpc::chain_observer> observer) {
  observers_.add(std::move(observer));
}

void chain_backend::feed() {
  std::lock_guard lock{feed_mutex_};
  const block_number head = parts_.blocks.head().number;
  if (!observers_.want_blocks()) {
    fed_ = std::max(fed_, head);
    return;
  }
  if (fed_ < head && head.value - fed_.value > config_.feed_blocks_max)
    fed_ = block_number{head.value - config_.feed_blocks_max};
  while (fed_ < head) {
    const rpc::sealed_block_ptr block = blocks_.get(fed_.next());
    if (!block) return;
    observers_.on_block(block);
    fed_ = fed_.next();
  }
}

rpc::sealed_block_ptr chain_backend::block_by_number(block_number n) {
  return blocks_.get(n);
}

rpc::sealed_block_ptr chain_backend::block_by_hash(const hash256& hash) {
  const auto n = parts_.blocks.number_of(hash);
  const rpc::sealed_block_ptr found = n ? blocks_.get(*n) : nullptr;
  return found && found->hash == hash ? found : nullptr;
}

std::optional<hash256> chain_backend::hash_of(block_number n) {
  if (parts_.blocks.head().number < n) return std::nullopt;  // staged ones are nobody's yet
  return parts_.blocks.hash_of(n);
}

std::optional<block_number> chain_backend::number_of(const hash256& block_hash) {
  const auto n = parts_.blocks.number_of(block_hash);
  // The store's key may hold less than the whole hash.
  if (!n || parts_.blocks.hash_of(*n) != block_hash) return std::nullopt;
  return n;
}

std::optional<rpc::located_txn> chain_backend::txn_by_hash(const hash256& txn_hash) {
  const auto at = parts_.blocks.locate(txn_hash);
  rpc::sealed_block_ptr block = at ? blocks_.get(at->number) : nullptr;
  if (!block || at->index >= block->txns.size()) return std::nullopt;
  return rpc::located_txn{std::move(block), at->index};
}

rpc::answer<std::vector<rpc::found_log>> chain_backend::logs(const rpc::log_filter& filter,
                                                             const rpc::log_limits& limits) {
  std::vector<rpc::found_log> out;
  if (filter.topics.size() > 4) return out;
  store::log_filter f;
  f.first = filter.from;
  f.last = filter.to;
  f.accounts = filter.addresses;
  std::copy(filter.topics.begin(), filter.topics.end(), f.topics.begin());
  auto found = parts_.blocks.logs(f, {limits.results_max, limits.bytes_max, limits.expired});
  if (!found) return fail(to_backend_error(found.error()));
  out.reserve(found->size());
  for (store::located_log& l : *found) {
    // The store lets a trailing "any" match a log with fewer topics; JSON-RPC does not.
    if (l.entry.topics.size() < filter.topics.size()) continue;
    out.push_back({std::move(l.entry), l.number, l.block_hash, l.timestamp, l.txn_hash, l.txn_index,
                   l.log_index});
  }
  return out;
}

rpc::answer<rpc::account_view> chain_backend::account(const address& who, block_number at) {
  const auto state = parts_.blocks.state_at(at);
  if (!state) return unknown_block();
  const auto found = state->get_account(who);
  if (!found) return rpc::account_view{};
  return rpc::account_view{found->nonce, found->balance, found->code_hash};
}

rpc::answer<u256> chain_backend::storage(const address& who, const u256& slot, block_number at) {
  const auto state = parts_.blocks.state_at(at);
  if (!state) return unknown_block();
  return state->get_storage(who, slot);
}

rpc::answer<bytes> chain_backend::code(const address& who, block_number at) {
  const auto state = parts_.blocks.state_at(at);
  if (!state) return unknown_block();
  const auto found = state->get_account(who);
  if (!found || !found->has_code()) return bytes{};
  return to_bytes(state->get_code(found->code_hash));
}

rpc::answer<rpc::account_proof> chain_backend::proof(const address& who,
                                                     std::span<const u256> slots, block_number at) {
  if (parts_.proofs == nullptr || parts_.batches == nullptr)
    return fail(rpc::backend_error{rpc::backend_errc::unsupported,
                                   "this node keeps no state tree to prove against"});
  if (parts_.blocks.head().number < at) return unknown_block();
  auto out = parts_.proofs->prove(who, slots);
  if (!out) return out;
  // A block that is in no batch yet is answered against the last sealed one; the answer names it.
  const auto asked = batches_.number_of(at);
  if (asked && *asked != out->batch)
    return fail(rpc::backend_error{rpc::backend_errc::state_pruned,
                                   "proofs are kept for the last sealed batch, " +
                                       std::to_string(out->batch.value) + "; block " +
                                       std::to_string(at.value) + " is in batch " +
                                       std::to_string(asked->value)});
  block_number last{0};  // of genesis, batch 0
  if (out->batch.value != 0) {
    const auto batch = parts_.batches->get(out->batch);
    // The tree is written before the batch's record.
    if (!batch)
      return fail(rpc::backend_error{rpc::backend_errc::unavailable, "the batch is being sealed"});
    last = batch->last_block;
  }
  ensure(out->slots.size() == slots.size());
  ASHLAR_TRY(out->account, account(who, last));
  for (std::size_t i = 0; i < slots.size(); ++i) {
    out->slots[i].slot = slots[i];
    ASHLAR_TRY(out->slots[i].value, storage(who, slots[i], last));
  }
  return out;
}

template <class Run>
auto chain_backend::execute(block_number at, Run run)
    -> decltype(run(std::declval<const call_base&>())) {
  const auto block = parts_.blocks.block_at(at);
  const auto state = block ? parts_.blocks.state_at(at) : nullptr;
  if (!state) return unknown_block();
  store_hashes hashes{parts_.blocks, at};
  return run(call_base{parts_.chain, block->block.header, *state, hashes, parts_.time, config_});
}

rpc::answer<rpc::call_outcome> chain_backend::call(const rpc::call_request& request,
                                                   block_number at,
                                                   const rpc::state_overrides& accounts,
                                                   const rpc::block_overrides& block,
                                                   const rpc::call_limits& limits) {
  return execute(at, [&](const call_base& base) {
    return gateway::call(base, request, accounts, block, limits);
  });
}

rpc::answer<rpc::gas_estimate> chain_backend::estimate_gas(const rpc::call_request& request,
                                                           block_number at,
                                                           const rpc::state_overrides& accounts,
                                                           const rpc::block_overrides& block,
                                                           const rpc::call_limits& limits) {
  return execute(at, [&](const call_base& base) {
    return gateway::estimate_gas(base, request, accounts, block, limits);
  });
}

rpc::answer<rpc::access_list_outcome> chain_backend::create_access_list(
    const rpc::call_request& request, block_number at, const rpc::state_overrides& accounts,
    const rpc::call_limits& limits) {
  return execute(at, [&](const call_base& base) {
    return gateway::create_access_list(base, request, accounts, limits);
  });
}

/// While blocks have room the least tip is enough; when they are more than half full, what 60 % of
/// the recent transactions paid.
u256 chain_backend::tip_quote(const store::stored_block& head) {
  const block_header& h = head.block.header;
  if (stf::window_gas_used(h) <= h.gas_limit / parts_.chain.elasticity) return config_.tip_min;
  std::lock_guard lock{tip_mutex_};
  const clock::duration now = parts_.time.steady();
  if (!tip_at_ || now - *tip_at_ > config_.tip_age_max) {
    tip_ = tip_paid(head);
    tip_at_ = now;
  }
  return tip_;
}

u256 chain_backend::tip_paid(const store::stored_block& head) const {
  const u64 newest = head.block.header.number.value;
  std::vector<u256> tips;
  for (u64 i = 0; i < config_.tip_blocks && i <= newest; ++i) {
    const auto block = parts_.blocks.block_at(block_number{newest - i});
    const auto receipts = parts_.blocks.receipts_at(block_number{newest - i});
    if (!block || !receipts) break;
    const u256 base = block->block.header.base_fee_per_gas.value_or(u256{});
    for (const receipt& r : *receipts)
      if (r.type != txn_type::priority && !(r.effective_gas_price < base))
        tips.push_back(r.effective_gas_price - base);
  }
  if (tips.empty()) return config_.tip_min;
  const auto at = tips.begin() + static_cast<std::ptrdiff_t>(tips.size() * 6 / 10);
  std::nth_element(tips.begin(), at, tips.end());
  return std::max(*at, config_.tip_min);
}

/// Without rewards headers are enough: no block is made for its transactions.
rpc::answer<rpc::fee_history> chain_backend::fees_of(u64 blocks, block_number newest,
                                                     std::span<const double> percentiles,
                                                     const rpc::look_meter& goes_on) {
  if (!percentiles.empty()) return backend::fees_of(blocks, newest, percentiles, goes_on);
  if (parts_.blocks.head().number < newest) return unknown_block();
  const u64 count = std::min(blocks, newest.value + 1);
  rpc::fee_history out;
  out.oldest = block_number{newest.value + 1 - count};
  for (block_number n = out.oldest; n <= newest; n = n.next()) {
    const auto block = parts_.blocks.block_at(n);
    if (!block) return unknown_block();
    const block_header& h = block->block.header;
    out.base_fees.push_back(h.base_fee_per_gas.value_or(u256{}));
    out.gas_used_ratios.push_back(static_cast<double>(h.gas_used) /
                                  static_cast<double>(h.gas_limit));
    if (goes_on && !goes_on(0)) return fail(rpc::backend_error{rpc::backend_errc::timeout, {}});
  }
  const auto after = parts_.blocks.block_at(newest.next());
  out.base_fees.push_back(after ? after->block.header.base_fee_per_gas.value_or(u256{})
                                : fees().next_base_fee);
  return out;
}

rpc::fee_quote chain_backend::fees() {
  const auto head = parts_.blocks.block_at(parts_.blocks.head().number);
  ensure(head != nullptr);
  const unix_seconds now = std::max(parts_.time.wall(), head->block.header.timestamp);
  return {stf::next_base_fee(parts_.chain, head->block.header, now), tip_quote(*head)};
}

}  // namespace ashlar::gateway

#include "runtime/evm/frame.hpp"
#include "runtime/evm/gas.hpp"
#include "runtime/evm/transition.hpp"

// Which transactions may be in a block, and what they pay before they run.

namespace ashlar::evm {

const char* to_text(rejection reason) noexcept {
  switch (reason) {
    case rejection::nonce_too_low:
      return "nonce too low";
    case rejection::nonce_too_high:
      return "nonce too high";
    case rejection::nonce_max:
      return "nonce has max value";
    case rejection::insufficient_funds:
      return "insufficient funds for gas * price + value";
    case rejection::fee_cap_below_base_fee:
      return "max fee per gas less than block base fee";
    case rejection::tip_above_fee_cap:
      return "max priority fee per gas higher than max fee per gas";
    case rejection::intrinsic_gas:
      return "intrinsic gas too low";
    case rejection::floor_gas:
      return "insufficient gas for floor data gas cost";
    case rejection::gas_cap:
      return "transaction gas limit too high";
    case rejection::block_gas:
      return "gas limit reached";
    case rejection::initcode_size:
      return "max initcode size exceeded";
    case rejection::sender_not_eoa:
      return "sender not an eoa";
    case rejection::type_unsupported:
      return "transaction type not supported";
    case rejection::wrong_chain_id:
      return "invalid chain id for signer";
    case rejection::missing_to:
      return "transaction of this type cannot create a contract";
    case rejection::empty_authorizations:
      return "EIP-7702 transaction with empty auth list";
    case rejection::no_blobs:
      return "blob transaction missing blob hashes";
    case rejection::too_many_blobs:
      return "blob transaction has too many blobs";
    case rejection::bad_blob_version:
      return "blob transaction with an invalid blob hash version";
    case rejection::blob_fee_cap:
      return "max fee per blob gas less than block blob gas fee";
    case rejection::pubdata_limit:
      return "too many authorizations for the pubdata of one transaction";
    case rejection::block_pubdata:
      return "the block is full of pubdata";
    case rejection::block_memory:
      return "the block's proof is full";
    case rejection::oversize:
      return "the transaction is too long";
  }
  return "unknown";
}

namespace {

/// Bytes that are zero, counted by words: each is paid for in proving cycles.
u64 zero_bytes(bytes_view from) noexcept {
  using word [[gnu::may_alias]] = u32;
  constexpr u32 each_byte = 0x01010101, below_top = 0x7f * each_byte;
  constexpr std::size_t words_at_once = 252;  // a byte counts to 255
  u64 others = 0;
  const u8* p = from.data();
  const u8* const end = p + from.size();
  for (; p != end && reinterpret_cast<std::uintptr_t>(p) % alignof(word) != 0; ++p)
    others += *p != 0;
  const word* w = reinterpret_cast<const word*>(p);
  std::size_t words = static_cast<std::size_t>(end - p) / 4;
  p += 4 * words;
  // A one in the place of each byte that is not zero: its top bit, after a sum that carries to it.
  const auto ones = [](u32 v) { return (((v & below_top) + below_top) | v) >> 7 & each_byte; };
  while (words != 0) {
    const std::size_t now = std::min(words, words_at_once);
    u32 sums = 0;
    std::size_t i = 0;
    for (; i + 4 <= now; i += 4, w += 4) sums += ones(w[0]) + ones(w[1]) + ones(w[2]) + ones(w[3]);
    for (; i < now; ++i, ++w) sums += ones(*w);
    others += (sums & 0xff) + (sums >> 8 & 0xff) + (sums >> 16 & 0xff) + (sums >> 24);
    words -= now;
  }
  for (; p != end; ++p) others += *p != 0;
  return from.size() - others;
}

}  // namespace

intrinsic_cost intrinsic_gas(const txn& t, revision rev) noexcept {
  const u64 zeros = zero_bytes(t.data);
  const u64 nonzeros = t.data.size() - zeros;
  u64 gas = gas::txn + zeros * gas::txn_data_zero + nonzeros * gas::txn_data_nonzero;
  if (!t.to) gas += gas::txn_create + gas::initcode_word * gas::words(t.data.size());
  for (const access_list_entry& e : t.access_list)
    gas += gas::access_address + gas::access_slot * e.storage_keys.size();
  gas += gas::authorization * t.authorizations.size();
  u64 floor = 0;
  if (rev >= revision::prague)
    floor = gas::txn + gas::floor_per_token * (zeros + gas::tokens_per_nonzero * nonzeros);
  return {gas, floor};
}

namespace {

failure<txn_rejection> reject(rejection why, const u256& have = 0, const u256& want = 0) {
  return fail(txn_rejection{why, have, want});
}

status<txn_rejection> validate_blobs(const block_env& env, const txn& t) {
  if (env.blobs_per_txn_max == 0) return reject(rejection::type_unsupported, u64{3});
  if (!t.to) return reject(rejection::missing_to);
  if (t.blob_hashes.empty()) return reject(rejection::no_blobs);
  if (t.blob_hashes.size() > env.blobs_per_txn_max)
    return reject(rejection::too_many_blobs, u64{t.blob_hashes.size()}, u64{env.blobs_per_txn_max});
  for (const hash256& h : t.blob_hashes)
    if (h[0] != 1) return reject(rejection::bad_blob_version, u64{h[0]}, 1);
  if (t.max_fee_per_blob_gas < env.blob_base_fee)
    return reject(rejection::blob_fee_cap, t.max_fee_per_blob_gas, env.blob_base_fee);
  return nothing{};
}

/// Authorizations stay when all else of a transaction is undone, so what they may publish has to
/// fit by itself: an account in full, its nonce and a delegation each.
status<txn_rejection> validate_authorizations(const block_env& env, const txn& t) {
  constexpr u64 bytes_each = 22 + 10 + delegation_bytes + 3;
  constexpr u64 sender_bytes = 22 + 10 + 32;
  const u64 bytes = sender_bytes + bytes_each * t.authorizations.size();
  if (env.pubdata_txn_bytes_max != 0 && bytes > env.pubdata_txn_bytes_max)
    return reject(rejection::pubdata_limit, bytes, env.pubdata_txn_bytes_max);
  return nothing{};
}

/// What a transaction lists it touches before its first instruction, which no bound stops.
status<txn_rejection> validate_listed_keys(const block_env& env, const txn& t) {
  u64 keys = t.authorizations.size();
  for (const access_list_entry& e : t.access_list) keys += 1 + e.storage_keys.size();
  if (keys > env.memory.keys) return reject(rejection::oversize, keys, env.memory.keys);
  return nothing{};
}

/// What needs no state.
result<intrinsic_cost, txn_rejection> validate_alone(const block_env& env, const txn& t) {
  if (t.type == txn_type::set_code) {
    if (env.rev < revision::prague) return reject(rejection::type_unsupported, u64{4});
    if (!t.to) return reject(rejection::missing_to);
    if (t.authorizations.empty()) return reject(rejection::empty_authorizations);
    ASHLAR_CHECK(validate_authorizations(env, t));
  }
  if (t.type == txn_type::blob) ASHLAR_CHECK(validate_blobs(env, t));
  if (t.chain_id && *t.chain_id != env.chain_id)
    return reject(rejection::wrong_chain_id, *t.chain_id, env.chain_id);
  if (env.rev >= revision::osaka && t.gas_limit > gas::txn_max)
    return reject(rejection::gas_cap, t.gas_limit, gas::txn_max);
  if (t.gas_limit > gas::representable_max)
    return reject(rejection::gas_cap, t.gas_limit, gas::representable_max);
  if (t.gas_limit > env.gas_limit) return reject(rejection::block_gas, t.gas_limit, env.gas_limit);
  if (t.max_priority_fee_per_gas > t.max_fee_per_gas)
    return reject(rejection::tip_above_fee_cap, t.max_priority_fee_per_gas, t.max_fee_per_gas);
  if (t.max_fee_per_gas < env.base_fee)
    return reject(rejection::fee_cap_below_base_fee, t.max_fee_per_gas, env.base_fee);
  ASHLAR_CHECK(validate_listed_keys(env, t));
  if (!t.to && t.data.size() > gas::initcode_bytes_max)
    return reject(rejection::initcode_size, u64{t.data.size()}, gas::initcode_bytes_max);
  const intrinsic_cost cost = intrinsic_gas(t, env.rev);
  if (t.gas_limit < cost.gas) return reject(rejection::intrinsic_gas, t.gas_limit, cost.gas);
  if (t.gas_limit < cost.floor) return reject(rejection::floor_gas, t.gas_limit, cost.floor);
  return cost;
}

/// gas limit * fee cap + value + blob gas * blob fee cap; none where it does not fit.
std::optional<u256> cost_max(const txn& t) {
  auto cost = checked_mul(t.max_fee_per_gas, t.gas_limit);
  if (cost) cost = checked_add(*cost, t.value);
  if (cost && t.type == txn_type::blob) {
    const auto blobs = checked_mul(t.max_fee_per_blob_gas, gas::blob * t.blob_hashes.size());
    cost = blobs ? checked_add(*cost, *blobs) : std::nullopt;
  }
  return cost;
}

}  // namespace

result<intrinsic_cost, txn_rejection> validate_txn(state& over, const block_env& env, const txn& t,
                                                   const address& sender) {
  if (t.is_priority()) return intrinsic_gas(t, env.rev);
  ASHLAR_TRY(const intrinsic_cost intrinsic, validate_alone(env, t));
  account_entry& from = over.load(sender);
  if (from.now.has_code() && !delegation_of(over, from)) return reject(rejection::sender_not_eoa);
  if (t.nonce < from.now.nonce) return reject(rejection::nonce_too_low, t.nonce, from.now.nonce);
  if (t.nonce > from.now.nonce) return reject(rejection::nonce_too_high, t.nonce, from.now.nonce);
  if (t.nonce == ~u64{0}) return reject(rejection::nonce_max, t.nonce);
  const auto cost = cost_max(t);
  if (!cost || from.now.balance < *cost)
    return reject(rejection::insufficient_funds, from.now.balance, cost.value_or(u256::max()));
  return intrinsic;
}

}  // namespace ashlar::evm

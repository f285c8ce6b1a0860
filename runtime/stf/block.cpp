#include "runtime/stf/block.hpp"

#include "runtime/stf/fees.hpp"
#include "runtime/types/mpt.hpp"

namespace ashlar::stf {
namespace {

block_header empty_header(const chain_config& config, unix_seconds timestamp) {
  block_header h;
  h.beneficiary = config.fee_vault;
  h.gas_limit = config.block_gas_limit;
  h.timestamp = timestamp;
  h.extra_data = header_extra(0, 0, {});
  h.base_fee_per_gas = u256{config.base_fee_genesis};
  h.withdrawals_root = empty_trie_root;
  h.blob_gas_used = 0;
  h.excess_blob_gas = 0;
  h.parent_beacon_block_root = hash256{};
  if (config.revision_at(timestamp) >= revision::prague) h.requests_hash = empty_requests_hash;
  return h;
}

/// Upper bound of an encoding's length, of its fields alone.
u64 envelope_bytes(const txn& t) noexcept {
  constexpr u64 account = 24, word = 33, authorization = 128;
  u64 bytes = (t.is_priority() ? 1'152 : 256) + t.data.size() +
              authorization * t.authorizations.size() +
              word * (t.blob_hashes.size() + t.priority.factory_deps.size());
  for (const access_list_entry& e : t.access_list) bytes += account + word * e.storage_keys.size();
  return bytes;
}

/// The root of the receipts' trie; merges their blooms.
hash256 receipts_root(const std::vector<receipt>& receipts, bloom& blooms) {
  // In a leaf of the trie a receipt stands behind so many bytes. It lies as far from a word here,
  // so that it is copied there by words, by machines that load nothing else.
  constexpr std::size_t leaf_header_bytes = 3 + 1 + 3, word_bytes = 4;
  std::size_t room = 0;
  for (const receipt& r : receipts) {
    room += 300 + 200 * r.logs.size();
    for (const log_entry& l : r.logs) room += l.data.size();
  }
  bytes encoded;
  encoded.reserve(room);
  std::vector<std::pair<std::size_t, std::size_t>> places;
  places.reserve(receipts.size());
  for (const receipt& r : receipts) {
    while (encoded.size() % word_bytes != leaf_header_bytes % word_bytes) encoded.push_back(0);
    const std::size_t begin = encoded.size();
    encode_receipt(encoded, r);
    places.emplace_back(begin, encoded.size() - begin);
    if (!r.logs.empty()) bloom_merge(blooms, r.bloom);
  }
  std::vector<bytes_view> views;
  views.reserve(places.size());
  for (const auto& [begin, size] : places)
    views.push_back(bytes_view{encoded}.subspan(begin, size));
  return ordered_trie_root(views);
}

}  // namespace

memory_use envelope_memory(const txn& t) noexcept {
  return {0, 0, memory_weight::txn + memory_weight::envelope_byte * envelope_bytes(t)};
}

block_header genesis_header(const chain_config& config, unix_seconds timestamp) {
  return empty_header(config, timestamp);
}

block_execution::block_execution(const chain_config& config, const block_header& parent,
                                 const hash256& parent_hash, unix_seconds timestamp,
                                 evm::state& state, evm::block_hashes& hashes)
    : config_(config), state_(state) {
  block_header& h = out_.block.header;
  h = empty_header(config, timestamp);
  h.parent_hash = parent_hash;
  h.number = parent.number.next();
  h.base_fee_per_gas = next_base_fee(config, parent, timestamp);
  if (timestamp == parent.timestamp) window_gas_before_ = window_gas_used(parent);

  env_.number = h.number.value;
  env_.timestamp = timestamp.value;
  env_.gas_limit = h.gas_limit;
  env_.beneficiary = h.beneficiary;
  env_.base_fee = *h.base_fee_per_gas;
  env_.base_fee_recipient = config.fee_vault;
  env_.chain_id = config.chain_id;
  env_.blob_base_fee = u256{1};
  env_.rev = config.revision_at(timestamp);
  env_.pubdata_gas_per_byte = config.pubdata_gas_per_byte;
  env_.pubdata_txn_bytes_max = config.pubdata_txn_bytes_max;
  env_.proving_cycles_per_gas = config.proving_cycles_per_gas;
  env_.memory = txn_memory_bounds;
  env_.hashes = &hashes;
  state_.begin_block();

  // EIP-2935: what its system call would store, where the contract is deployed.
  if (env_.rev >= revision::prague) {
    const auto account = state_.get_account(history_address);
    if (account && account->code_size != 0)
      state_.write_storage(history_address, u256{parent.number.value % history_serve_window},
                           u256::from_be(parent_hash));
  }
}

void block_execution::reserve(std::size_t txns) {
  out_.block.txns.reserve(txns);
  out_.senders.reserve(txns);
  out_.txn_hashes.reserve(txns);
  encoded_.reserve(txns);
  out_.receipts.reserve(txns);
}

result<evm::txn_outcome, evm::txn_rejection> block_execution::add(const txn& t,
                                                                  const address& sender,
                                                                  const hash256& hash,
                                                                  bytes_view encoded) {
  if (t.gas_limit > gas_left())
    return fail(evm::txn_rejection{evm::rejection::block_gas, u256{gas_left()}, u256{t.gas_limit}});
  // A batch holds whole blocks and L1 takes a batch's pubdata in one transaction: a block that has
  // this much takes no more, so that it fits whatever its last transaction was.
  if (pubdata_bytes_ >= pubdata_block_bytes_full)
    return fail(evm::txn_rejection{evm::rejection::block_pubdata, u256{pubdata_bytes_},
                                   u256{pubdata_block_bytes_full}});
  // Likewise of what its proof holds.
  const memory_use used = state_.block_memory();
  if (used.keys >= block_memory_keys_full || used.bytes >= block_memory_bytes_full)
    return fail(evm::txn_rejection{evm::rejection::block_memory, u256{used.keys},
                                   u256{block_memory_keys_full}});
  const u64 size = envelope_bytes(t);
  if (size > txn_envelope_bytes_max && !t.is_priority())
    return fail(
        evm::txn_rejection{evm::rejection::oversize, u256{size}, u256{txn_envelope_bytes_max}});
  auto outcome = evm::execute_txn(state_, env_, t, sender);
  if (!outcome) return outcome;
  state_.hold(envelope_memory(t).bytes);
  if constexpr (evm::cycle_meter::counts) state_.meter().add(evm::txn_weight(t, size));
  gas_used_ += outcome->gas_used;
  pubdata_bytes_ += outcome->pubdata_bytes;
  receipt r;
  r.type = t.type;
  r.success = outcome->success;
  r.cumulative_gas_used = gas_used_;
  r.logs = outcome->logs;
  r.bloom = logs_bloom(r.logs);
  r.gas_used = outcome->gas_used;
  r.effective_gas_price = outcome->effective_gas_price;
  r.contract_address = outcome->created;
  out_.receipts.push_back(std::move(r));
  out_.block.txns.push_back(t);
  out_.senders.push_back(sender);
  out_.txn_hashes.push_back(hash);
  encoded_.push_back(encoded);
  return outcome;
}

executed_block block_execution::finish() {
  block_header& h = out_.block.header;
  h.gas_used = gas_used_;
  h.extra_data =
      header_extra(window_gas_before_ + gas_used_, pubdata_bytes_, state_.block_memory());
  std::vector<bytes> encoded_here;
  encoded_here.reserve(encoded_.size());
  for (std::size_t i = 0; i < encoded_.size(); ++i)
    if (encoded_[i].empty())
      encoded_[i] = encoded_here.emplace_back(encode_txn(out_.block.txns[i]));
  h.transactions_root = ordered_trie_root(encoded_);
  h.receipts_root = receipts_root(out_.receipts, h.logs_bloom);
  out_.hash = header_hash(h);
  return std::move(out_);
}

}  // namespace ashlar::stf

#include "actors/gateway/block_views.hpp"

namespace ashlar::gateway {
namespace {

/// Bytes of an RLP item with this payload. Precondition: not a single byte below 0x80.
u64 rlp_item_bytes(u64 payload) noexcept {
  if (payload < 56) return payload + 1;
  u64 length_bytes = 0;
  for (u64 n = payload; n != 0; n >>= 8) ++length_bytes;
  return payload + 1 + length_bytes;
}

struct built {
  std::shared_ptr<rpc::sealed_block> block;
  std::size_t bytes;  ///< of memory, about
};

built build(const store::stored_block& from, const std::vector<receipt>& receipts) {
  auto out = std::make_shared<rpc::sealed_block>();
  out->hash = from.hash;
  out->header = from.block.header;
  out->txns.reserve(from.block.txns.size());
  u64 txn_bytes = 0;
  std::size_t memory = sizeof(rpc::sealed_block);
  u32 log_index = 0;
  for (std::size_t i = 0; i < from.block.txns.size(); ++i) {
    const txn& body = from.block.txns[i];
    const u64 encoded = encode_txn(body).size();
    txn_bytes += body.type == txn_type::legacy ? encoded : rlp_item_bytes(encoded);
    out->txns.push_back({body, from.txn_hashes[i], from.senders[i], receipts[i], log_index});
    log_index += static_cast<u32>(receipts[i].logs.size());
    memory += sizeof(rpc::sealed_txn) + encoded;
    for (const log_entry& l : receipts[i].logs)
      memory += sizeof l + l.data.size() + l.topics.size() * sizeof(hash256);
  }
  constexpr u64 no_ommers = 1, no_withdrawals = 1;
  out->size_bytes = rlp_item_bytes(encode_header(out->header).size() + rlp_item_bytes(txn_bytes) +
                                   no_ommers + no_withdrawals);
  return {std::move(out), memory};
}

}  // namespace

rpc::sealed_block_ptr block_views::get(block_number number) {
  {
    std::lock_guard lock{mutex_};
    const auto found = blocks_.find(number.value);
    if (found != blocks_.end()) {
      by_age_.splice(by_age_.begin(), by_age_, found->second.age);
      return found->second.block;
    }
  }
  const store::stored_block_ptr block = store_.block_at(number);
  if (!block) return nullptr;
  const store::receipts_ptr receipts = store_.receipts_at(number);
  if (!receipts || receipts->size() != block->block.txns.size()) return nullptr;
  built made = build(*block, *receipts);
  keep(made.block, made.bytes);
  return std::move(made.block);
}

void block_views::keep(const rpc::sealed_block_ptr& block, std::size_t bytes) {
  std::lock_guard lock{mutex_};
  const u64 number = block->header.number.value;
  if (bytes > bytes_max_ || blocks_.contains(number)) return;
  by_age_.push_front(number);
  blocks_.emplace(number, entry{block, bytes, by_age_.begin()});
  bytes_ += bytes;
  while (bytes_ > bytes_max_) {
    const auto oldest = blocks_.find(by_age_.back());
    bytes_ -= oldest->second.bytes;
    blocks_.erase(oldest);
    by_age_.pop_back();
  }
}

}  // namespace ashlar::gateway

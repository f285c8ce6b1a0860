#include "test/e2e/crash/ledger.hpp"

#include <algorithm>

#include "runtime/base/hex.hpp"

namespace ashlar::test {
namespace json = boost::json;

namespace {

constexpr u64 blocks_per_request = 200;

/// The node is up while it is audited: no answer is a failure.
template <class T>
T answer(result<T, rpc_session::refusal> r, const char* what) {
  if (!r.ok()) throw rig_error(std::string(what) + ": " + r.error().text);
  return std::move(*r);
}

std::string text_of(const confirmed_txn& c) {
  return "transaction " + to_hex(c.txn) + " (client " + std::to_string(c.sender) + ", nonce " +
         std::to_string(c.nonce) + "), confirmed at " + std::to_string(c.index) + " of block " +
         std::to_string(c.block) + " " + to_hex(c.block_hash);
}

}  // namespace

confirmed_txn read_place(const json::object& receipt) {
  confirmed_txn c;
  c.txn = hash_in(receipt, "transactionHash");
  c.block = number_in(receipt, "blockNumber");
  c.index = number_in(receipt, "transactionIndex");
  c.block_hash = hash_in(receipt, "blockHash");
  if (number_in(receipt, "status") != 1) throw rig_error("a transfer failed: " + to_hex(c.txn));
  return c;
}

void ledger::note(const confirmed_txn& c) {
  {
    std::lock_guard lock{mutex_};
    all_.push_back(c);
  }
  grown_.notify_all();
}

std::size_t ledger::size() const {
  std::lock_guard lock{mutex_};
  return all_.size();
}

std::vector<confirmed_txn> ledger::since(std::size_t first) const {
  std::lock_guard lock{mutex_};
  return {all_.begin() + static_cast<std::ptrdiff_t>(std::min(first, all_.size())), all_.end()};
}

bool ledger::await_size(std::size_t wanted, std::chrono::milliseconds patience) const {
  std::unique_lock lock{mutex_};
  return grown_.wait_for(lock, patience, [&] { return all_.size() >= wanted; });
}

void chain_audit::look(const rig& r, const ledger& told, std::mt19937_64& random) {
  rpc_session rpc(r.l2_endpoint());
  // Taken before the blocks are read, so that each must be in one of them.
  const auto fresh = told.since(checked_);
  read_blocks(rpc);
  for (const confirmed_txn& c : fresh) check_place(c);
  std::vector<confirmed_txn> some;
  const std::size_t newest = std::min<std::size_t>(fresh.size(), 20);
  some.assign(fresh.end() - static_cast<std::ptrdiff_t>(newest), fresh.end());
  if (checked_ > 0) {
    const auto old = told.since(0);
    for (int i = 0; i < 20; ++i) some.push_back(old[random() % checked_]);
  }
  check_receipts(rpc, some);
  checked_ += fresh.size();
}

void chain_audit::read_blocks(rpc_session& rpc) {
  const json::value head = answer(rpc.call("eth_blockNumber", {}), "eth_blockNumber");
  const auto number = parse_u256(std::string(head.as_string()));
  if (!number) throw rig_error("eth_blockNumber is no number");
  const u64 last = number->low();
  if (!hashes_.empty() && last < this->head())
    throw rig_error("the chain had block " + std::to_string(this->head()) + " and ends at " +
                    std::to_string(last) + " now");
  if (!hashes_.empty()) {
    const auto again = answer(rpc.call("eth_getBlockByNumber", {to_quantity(this->head()), false}),
                              "the last block");
    if (!again.is_object() || hash_in(again.as_object(), "hash") != hashes_.back())
      throw rig_error("block " + std::to_string(this->head()) + " is another one now");
  }
  for (u64 from = hashes_.size(); from <= last; from += blocks_per_request) {
    std::vector<json::array> asked;
    for (u64 n = from; n <= std::min(last, from + blocks_per_request - 1); ++n)
      asked.push_back({to_quantity(n), false});
    for (const json::value& b : answer(rpc.call_many("eth_getBlockByNumber", asked), "blocks")) {
      if (!b.is_object())
        throw rig_error("block " + std::to_string(hashes_.size()) + " is missing below the head");
      add_block(b.as_object());
    }
  }
}

void chain_audit::add_block(const json::object& block) {
  const u64 number = hashes_.size();
  if (number_in(block, "number") != number)
    throw rig_error("asked for block " + std::to_string(number) + ", got another");
  if (number > 0 && hash_in(block, "parentHash") != hashes_.back())
    throw rig_error("block " + std::to_string(number) + " has another parent");
  u64 index = 0;
  for (const json::value& t : block.at("transactions").as_array()) {
    const hash256 hash = *fixed_from_hex<32>(std::string(t.as_string()));
    const auto [at, added] = places_.emplace(hash, place{number, index});
    if (!added)
      throw rig_error("transaction " + to_hex(hash) + " is in blocks " +
                      std::to_string(at->second.block) + " and " + std::to_string(number));
    ++index;
  }
  hashes_.push_back(hash_in(block, "hash"));
}

void chain_audit::check_place(const confirmed_txn& c) const {
  const auto at = places_.find(c.txn);
  if (at == places_.end()) throw rig_error(text_of(c) + ", is gone");
  if (at->second.block != c.block || at->second.index != c.index)
    throw rig_error(text_of(c) + ", is at " + std::to_string(at->second.index) + " of block " +
                    std::to_string(at->second.block));
  if (hashes_.at(c.block) != c.block_hash)
    throw rig_error(text_of(c) + ", whose block is " + to_hex(hashes_.at(c.block)) + " now");
}

void chain_audit::check_receipts(rpc_session& rpc, const std::vector<confirmed_txn>& some) const {
  if (some.empty()) return;
  std::vector<json::array> asked;
  for (const confirmed_txn& c : some) asked.push_back({to_hex(c.txn)});
  const auto got = answer(rpc.call_many("eth_getTransactionReceipt", asked), "receipts");
  for (std::size_t i = 0; i < some.size(); ++i) {
    if (!got[i].is_object()) throw rig_error(text_of(some[i]) + ", has no receipt");
    const confirmed_txn now = read_place(got[i].as_object());
    if (now.txn != some[i].txn || now.block != some[i].block || now.index != some[i].index ||
        now.block_hash != some[i].block_hash)
      throw rig_error(text_of(some[i]) + ", has another receipt: " + text_of(now));
  }
}

void chain_audit::check_nonces(const rig& r, const ledger& told,
                               const std::vector<address>& senders) const {
  std::vector<std::vector<confirmed_txn>> by_sender(senders.size());
  for (const confirmed_txn& c : told.since(0)) by_sender.at(c.sender).push_back(c);
  rpc_session rpc(r.l2_endpoint());
  for (std::size_t s = 0; s < senders.size(); ++s) {
    auto& mine = by_sender[s];
    std::sort(mine.begin(), mine.end(),
              [](const auto& a, const auto& b) { return a.nonce < b.nonce; });
    for (std::size_t i = 0; i < mine.size(); ++i) {
      if (mine[i].nonce != i)
        throw rig_error(text_of(mine[i]) + ", where nonce " + std::to_string(i) + " was due");
      if (i > 0 && std::pair(mine[i - 1].block, mine[i - 1].index) >=
                       std::pair(mine[i].block, mine[i].index))
        throw rig_error(text_of(mine[i]) + ", before its predecessor");
    }
    const auto nonce =
        answer(rpc.call("eth_getTransactionCount", {to_hex(senders[s]), "latest"}), "nonce");
    if (parse_u256(std::string(nonce.as_string())) != u256{mine.size()})
      throw rig_error("client " + std::to_string(s) + " had " + std::to_string(mine.size()) +
                      " transactions confirmed, its nonce is " + std::string(nonce.as_string()));
  }
}

u64 chain_audit::block_of(const hash256& txn) const {
  const auto at = places_.find(txn);
  if (at == places_.end()) throw rig_error("transaction " + to_hex(txn) + " is in no block");
  return at->second.block;
}

}  // namespace ashlar::test

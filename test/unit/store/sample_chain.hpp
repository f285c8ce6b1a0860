#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <random>
#include <unistd.h>

#include "runtime/crypto/keccak.hpp"
#include "runtime/store/chain_store.hpp"

namespace ashlar::test {

/// A folder that is empty at first and gone at last.
class scratch_folder {
 public:
  scratch_folder() {
    static std::atomic<int> next{0};
    path_ = std::filesystem::temp_directory_path() /
            ("ashlar_store_" + std::to_string(::getpid()) + "_" + std::to_string(next++));
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~scratch_folder() {
    std::error_code ec;
    std::filesystem::remove_all(path_, ec);
  }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string str() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

inline address account_no(u64 n) {
  address a;
  store_be64(a.data(), n * 0x9e3779b97f4a7c15ull);
  store_be64(a.data() + 12, n);
  return a;
}

/// Blocks with made-up effects, from a seed, and the state that they should leave at each height.
class sample_chain {
 public:
  struct world {
    std::map<address, std::optional<evm::account>> accounts;
    std::map<std::pair<address, hash256>, u256> slots;
  };

  explicit sample_chain(u64 seed) : random_(seed) {
    origin_.block.block.header.timestamp = unix_seconds{1000};
    for (u64 i = 0; i < accounts_; ++i) {
      evm::account a;
      a.balance = u256{1'000'000 + i};
      origin_.diff.accounts.push_back({account_no(i), std::nullopt, a});
      world_.accounts[account_no(i)] = a;
    }
    const bytes code{0x60, 0x00};
    origin_.diff.codes.push_back({crypto::keccak256(code), code});
    origin_.block.hash = header_hash(origin_.block.block.header);
    head_ = origin_.block.block.header;
    head_hash_ = origin_.block.hash;
    worlds_.push_back(world_);
  }

  const store::genesis& origin() const { return origin_; }
  const std::vector<store::executed_block_ptr>& blocks() const { return blocks_; }
  const world& at(u64 n) const { return worlds_[n]; }

  /// The next block, with this many transactions.
  store::executed_block_ptr next(u32 txns) {
    auto b = std::make_shared<store::executed_block>();
    block_header& h = b->block.header;
    h.parent_hash = head_hash_;
    h.number = head_.number.next();
    h.timestamp = unix_seconds{head_.timestamp.value + pick(2)};
    h.extra_data.assign(8, 0);
    std::map<address, std::optional<evm::account>> touched;
    std::map<std::pair<address, hash256>, u256> written;
    for (u32 i = 0; i < txns; ++i) {
      add_txn(*b, h.number.value, i);
      change_state(b->senders.back(), touched, written);
    }
    for (const auto& [who, before] : touched)
      if (before != world_.accounts[who])
        b->diff.accounts.push_back({who, before, world_.accounts[who]});
    for (const auto& [key, before] : written)
      if (before != world_.slots[key])
        b->diff.slots.push_back({key.first, u256::from_be(key.second), before, world_.slots[key]});
    const bytes code{0x5b, static_cast<u8>(h.number.value), static_cast<u8>(h.number.value >> 8)};
    b->diff.codes.push_back({crypto::keccak256(code), code});
    for (const receipt& r : b->receipts) bloom_merge(h.logs_bloom, r.bloom);
    b->hash = header_hash(h);
    head_ = h;
    head_hash_ = b->hash;
    worlds_.push_back(world_);
    blocks_.push_back(b);
    return b;
  }

  /// What follows continues `b`, a changed form of the last block.
  void replace_head(const store::executed_block_ptr& b) {
    head_ = b->block.header;
    head_hash_ = b->hash;
  }

  u64 pick(u64 below) { return random_() % below; }

 private:
  void change_state(const address& who, std::map<address, std::optional<evm::account>>& touched,
                    std::map<std::pair<address, hash256>, u256>& written) {
    const auto before = world_.accounts[who];
    touched.try_emplace(who, before);
    if (pick(20) == 0) {
      world_.accounts[who] = std::nullopt;
    } else {
      evm::account a = before.value_or(evm::account{});
      ++a.nonce;
      a.balance += u256{pick(1000)};
      world_.accounts[who] = a;
    }
    const std::pair key{who, u256{pick(4)}.to_be()};
    written.try_emplace(key, world_.slots[key]);
    world_.slots[key] = pick(3) ? u256{pick(~0ull)} : u256{};
  }

  void add_txn(store::executed_block& b, u64 number, u32 i) {
    txn t;
    t.type = txn_type::dynamic_fee;
    t.chain_id = 7;
    t.nonce = number * 1000 + i;
    t.max_fee_per_gas = u256{100};
    t.gas_limit = 21000;
    t.to = account_no(pick(accounts_));
    t.value = u256{pick(1000)};
    t.signature = {static_cast<u8>(pick(2)), u256{1 + pick(~0ull - 1)}, u256{1 + pick(1u << 30)}};
    receipt r;
    r.type = t.type;
    r.success = pick(5) != 0;
    r.gas_used = 21000;
    r.cumulative_gas_used = 21000ull * (i + 1);
    r.effective_gas_price = u256{100};
    if (pick(4) == 0) {
      log_entry l;
      l.account = account_no(pick(3));
      l.topics.push_back(u256{pick(3)}.to_be());
      if (pick(2)) l.topics.push_back(u256{pick(3)}.to_be());
      l.data = {1, 2, 3};
      r.logs.push_back(l);
    }
    r.bloom = logs_bloom(r.logs);
    b.senders.push_back(account_no(pick(accounts_)));
    b.txn_hashes.push_back(txn_hash(t));
    b.block.txns.push_back(std::move(t));
    b.receipts.push_back(std::move(r));
  }

  static constexpr u64 accounts_ = 40;
  std::mt19937_64 random_;
  store::genesis origin_;
  block_header head_;
  hash256 head_hash_;
  world world_;
  std::vector<world> worlds_;
  std::vector<store::executed_block_ptr> blocks_;
};

inline store::chain_store_config quiet_config(const std::string& folder) {
  store::chain_store_config c;
  c.folder = folder;
  c.flush_thread = false;
  return c;
}

/// Stage, log and publish, as the sequencer does.
inline void lay(store::chain_store& s, const store::executed_block_ptr& b) {
  ensure(s.stage(b).ok());
  ensure(
      s.log().append(b->block.header.number, store::encode_log_record(b->block, b->senders)).ok());
  ensure(s.publish(b->block.header.number).ok());
}

}  // namespace ashlar::test

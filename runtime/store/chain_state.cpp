#include "runtime/store/chain_parts.hpp"

namespace ashlar::store {

namespace {

/// One height's state. Keeps the codes that it gave out alive.
class state_view final : public evm::state_reader {
 public:
  state_view(chain_store::parts& p, u64 at) : parts_(p), at_(at) {}

  std::optional<evm::account> get_account(const address& who) override {
    return parts_.account_at(who, at_);
  }
  u256 get_storage(const address& who, const u256& slot) override {
    return parts_.slot_at({who, slot}, at_);
  }
  bytes_view get_code(const hash256& code_hash) override {
    const auto it = codes_.find(code_hash);
    if (it != codes_.end()) return *it->second;
    auto code = parts_.code_of(code_hash);
    if (!code) return {};
    return *codes_.emplace(code_hash, std::move(code)).first->second;
  }

 private:
  chain_store::parts& parts_;
  u64 at_;
  std::unordered_map<hash256, std::shared_ptr<const bytes>> codes_;
};

/// Looks a key up: memory, the newest row, then the versions.
template <class Value, class Key, class Decode>
Value versioned_read(chain_store::parts& p, version_table<Key, Value>& table, const Key& key,
                     u64 at, Decode decode) {
  Value out{};
  typename version_table<Key, Value>::ticket ticket;
  if (table.find(key, at, out, ticket)) {
    p.cache_hits.fetch_add(1, std::memory_order_relaxed);
    return out;
  }
  p.cache_misses.fetch_add(1, std::memory_order_relaxed);
  const auto damaged = [&](const char* what) {
    p.unreadable({error_code::damaged, 0, at, std::string("state database: ") + what});
  };
  const auto raw = p.must(p.db->get(rows::newest_key(key)));
  rows::versioned<Value> newest;
  if (raw) {
    auto decoded = decode(*raw);
    if (!decoded) damaged("a newest row");
    newest = std::move(*decoded);
  }
  if (newest.block <= at) {
    table.fill(key, newest.block, newest.value, ticket, p.flushed.load());
    return newest.value;
  }
  const bytes wanted = rows::version_key(key, at);
  cursor walk = p.db->walk();
  walk.seek(wanted);
  const auto walked = walk.check();
  if (!walked.ok()) p.unreadable(walked.error());
  const std::size_t prefix = wanted.size() - rows::version_suffix_bytes;
  if (!walk.valid() || walk.key().size() != wanted.size() ||
      !equal(walk.key().first(prefix), bytes_view(wanted).first(prefix)))
    return Value{};
  auto decoded = decode(walk.value());
  if (!decoded) damaged("a version row");
  return std::move(decoded->value);
}

}  // namespace

rows::account_value chain_store::parts::account_at(const address& who, u64 at) {
  return versioned_read<rows::account_value>(*this, accounts, who, at, rows::decode_account);
}

u256 chain_store::parts::slot_at(const slot_key& k, u64 at) {
  return versioned_read<u256>(*this, slots, k, at, rows::decode_slot);
}

std::shared_ptr<const bytes> chain_store::parts::code_of(const hash256& code_hash) {
  if (auto cached = codes.find(code_hash)) return cached;
  {
    std::shared_lock lock{mutex};
    const auto it = pending_codes.find(code_hash);
    if (it != pending_codes.end()) return it->second;
  }
  auto raw = must(db->get(rows::code_key(code_hash)));
  if (!raw) return nullptr;
  auto code = std::make_shared<const bytes>(std::move(*raw));
  codes.put(code_hash, code, code->size() + 64);
  return code;
}

std::unique_ptr<evm::state_reader> chain_store::state_at(block_number number) const {
  if (number > head().number) return nullptr;
  return std::make_unique<state_view>(*parts_, number.value);
}

std::unique_ptr<evm::state_reader> chain_store::state_at_staged() const {
  return std::make_unique<state_view>(*parts_, staged_head().number.value);
}

std::shared_ptr<const bytes> chain_store::code(const hash256& code_hash) const {
  return parts_->code_of(code_hash);
}

}  // namespace ashlar::store

#include "runtime/stf/witness_reader.hpp"

#include <algorithm>

#include "runtime/crypto/keccak.hpp"

namespace ashlar::stf {
namespace {

template <class Key, class Value>
const Value* find_sorted(const std::vector<std::pair<Key, Value>>& sorted, const Key& key) {
  // The first bytes nearly always tell keys apart.
  const u32 prefix = load_be32(key.data());
  const auto at =
      std::lower_bound(sorted.begin(), sorted.end(), key, [prefix](const auto& p, const Key& k) {
        const u32 other = load_be32(p.first.data());
        if (other != prefix) return other < prefix;
        return std::memcmp(p.first.data(), k.data(), Key::size()) < 0;
      });
  return at != sorted.end() && at->first == key ? &at->second : nullptr;
}

}  // namespace

result<witness_reader, batch_error> witness_reader::open(const batch_witness& w,
                                                         const tree::witness_tree& tree) {
  witness_reader out(w, tree);
  batch_error error;
  for (std::size_t i = 0; i < w.accounts.size(); ++i) {
    const auto& [who, account] = w.accounts[i];
    if (i > 0 && !(w.accounts[i - 1].first < who)) {
      error.code = batch_error_code::unsorted;
      return fail(error);
    }
    const auto leaf = tree.lookup(tree::account_key(who));
    if (!leaf || *leaf == nullptr || (*leaf)->content.value.is_zero() ||
        (*leaf)->content.value != leaf_value(account)) {
      error.code = batch_error_code::wrong_preimage;
      error.got = i;
      return fail(error);
    }
  }
  out.codes_.reserve(w.codes.size());
  for (const bytes& code : w.codes) {
    const hash256 hash = crypto::keccak256(code);
    if (!out.codes_.empty() && !(out.codes_.back().first < hash)) {
      error.code = batch_error_code::unsorted;
      return fail(error);
    }
    out.codes_.emplace_back(hash, bytes_view(code));
  }
  return out;
}

void witness_reader::refuse(batch_error_code code, tree::tree_error cause) {
  if (failure_) return;
  failure_.emplace();
  failure_->code = code;
  failure_->tree = cause;
}

std::optional<evm::account> witness_reader::get_account(const address& who) {
  // Those that the witness gives are the tree's, as `open` has checked.
  if (const evm::account* const found = find_sorted(*accounts_, who)) return *found;
  const auto leaf = tree_->lookup(tree::account_key(who));
  if (!leaf)
    refuse(batch_error_code::not_covered, leaf.error());
  else if (*leaf != nullptr && !(*leaf)->content.value.is_zero())
    refuse(batch_error_code::missing_preimage);
  return std::nullopt;
}

u256 witness_reader::get_storage(const address& who, const u256& slot) {
  const auto leaf = tree_->lookup(tree::storage_key(who, slot));
  if (!leaf) {
    refuse(batch_error_code::not_covered, leaf.error());
    return {};
  }
  return *leaf == nullptr ? u256{} : u256::from_be((*leaf)->content.value);
}

bytes_view witness_reader::get_code(const hash256& code_hash) {
  const bytes_view* const found = find_sorted(codes_, code_hash);
  if (found == nullptr) {
    refuse(batch_error_code::missing_code);
    return {};
  }
  return *found;
}

}  // namespace ashlar::stf

#include "runtime/types/mpt.hpp"

#include <algorithm>

#include "runtime/crypto/keccak.hpp"
#include "runtime/types/rlp.hpp"

namespace ashlar {
namespace {

/// How a parent names a node: its RLP where that is under 32 bytes, else the RLP of its hash.
struct node_reference {
  u8 data[33];
  u8 size = 0;
  bytes_view view() const noexcept { return {data, size}; }
};

node_reference reference_to(bytes_view node) noexcept {
  node_reference out;
  if (node.size() < 32) {
    std::memcpy(out.data, node.data(), node.size());
    out.size = static_cast<u8>(node.size());
    return out;
  }
  const hash256 hash = crypto::keccak256(node);
  out.data[0] = 0x80 + 32;
  std::memcpy(out.data + 1, hash.data(), 32);
  out.size = 33;
  return out;
}

/// An entry that lies elsewhere.
struct trie_entry {
  bytes_view key, value;
};

std::size_t nibble_count(const trie_entry& e) noexcept {
  return 2 * e.key.size();
}

u8 nibble(const trie_entry& e, std::size_t i) noexcept {
  const u8 byte = e.key[i / 2];
  return i % 2 == 0 ? byte >> 4 : byte & 15;
}

/// Hex-prefix encoding (yellow paper, appendix C) of the key's nibbles [from, to); its size.
std::size_t pack_path(u8 path[33], const trie_entry& e, std::size_t from, std::size_t to,
                      bool is_leaf) {
  std::size_t size = 1;
  path[0] = is_leaf ? 0x20 : 0;
  if ((to - from) % 2 == 1) path[0] = static_cast<u8>(path[0] | 0x10 | nibble(e, from++));
  for (; from < to; from += 2)
    path[size++] = static_cast<u8>((nibble(e, from) << 4) | nibble(e, from + 1));
  return size;
}

/// Bytes of a string's RLP.
std::size_t string_bytes(bytes_view s) noexcept {
  return s.size() == 1 && s[0] < 0x80 ? 1 : rlp::header_bytes(s.size()) + s.size();
}

/// Builds tries over sorted entries bottom-up. `depth` counts nibbles that all entries share.
class trie_builder {
 public:
  explicit trie_builder(std::span<const trie_entry> entries) noexcept : entries_(entries) {}

  /// The encoded node over entries [first, last). Precondition: first < last.
  bytes node(std::size_t first, std::size_t last, std::size_t depth) const {
    const trie_entry& front = entries_[first];
    bytes out;
    if (last - first == 1) {
      u8 path[33];
      const std::size_t path_bytes = pack_path(path, front, depth, nibble_count(front), true);
      const std::size_t payload = string_bytes({path, path_bytes}) + string_bytes(front.value);
      out.reserve(rlp::header_bytes(payload) + payload);
      rlp::encode_list_header(out, payload);
      rlp::encode_string(out, {path, path_bytes});
      rlp::encode_string(out, front.value);
      return out;
    }
    const std::size_t fork = shared_nibbles(front, entries_[last - 1], depth);
    if (fork == depth) return branch(first, last, depth);
    const node_reference child = reference_to(branch(first, last, fork));
    rlp::list_scope list{out};
    u8 path[33];
    rlp::encode_string(out, {path, pack_path(path, front, depth, fork, false)});
    append(out, child.view());
    list.close();
    return out;
  }

 private:
  static std::size_t shared_nibbles(const trie_entry& a, const trie_entry& b, std::size_t from) {
    const std::size_t end = std::min(nibble_count(a), nibble_count(b));
    while (from < end && nibble(a, from) == nibble(b, from)) ++from;
    return from;
  }

  bytes branch(std::size_t first, std::size_t last, std::size_t depth) const {
    constexpr std::size_t branch_bytes_max = 17 * 33 + 3;
    bytes out;
    out.reserve(branch_bytes_max);
    rlp::list_scope list{out, last - first > 6 ? 3u : 2u};
    // Sorted order puts a key that ends here before all that continue.
    const trie_entry* here = nullptr;
    if (nibble_count(entries_[first]) == depth) here = &entries_[first++];
    for (u8 digit = 0; digit < 16; ++digit) {
      std::size_t end = first;
      while (end < last && nibble(entries_[end], depth) == digit) ++end;
      if (end == first)
        rlp::encode_string(out, {});
      else
        append(out, reference_to(node(first, end, depth + 1)).view());
      first = end;
    }
    ensure(first == last);  // Sorted and distinct.
    rlp::encode_string(out, here ? here->value : bytes_view{});
    list.close();
    return out;
  }

  std::span<const trie_entry> entries_;
};

hash256 root_of(std::span<const trie_entry> sorted) {
  if (sorted.empty()) return empty_trie_root;
  for (const trie_entry& e : sorted) ensure(e.key.size() <= 32 && !e.value.empty());
  return crypto::keccak256(trie_builder{sorted}.node(0, sorted.size(), 0));
}

bytes hashed_key(bytes_view raw) {
  const hash256 hash = crypto::keccak256(raw);
  return to_bytes(hash.data_);
}

hash256 root_of_unsorted(std::vector<mpt_entry>& entries) {
  std::sort(entries.begin(), entries.end(),
            [](const mpt_entry& a, const mpt_entry& b) { return a.key < b.key; });
  return mpt_root(entries);
}

}  // namespace

hash256 mpt_root(std::span<const mpt_entry> sorted) {
  std::vector<trie_entry> entries;
  entries.reserve(sorted.size());
  for (const mpt_entry& e : sorted) entries.push_back({e.key, e.value});
  return root_of(entries);
}

hash256 ordered_trie_root(std::span<const bytes_view> items) {
  std::vector<std::array<u8, 9>> keys(items.size());
  std::vector<trie_entry> entries;
  entries.reserve(items.size());
  bytes key;
  // rlp(0) is 0x80: it sorts behind 0x01 .. 0x7f and before the long forms.
  auto add = [&](std::size_t index) {
    key.clear();
    rlp::encode_u64(key, index);
    std::copy(key.begin(), key.end(), keys[index].begin());
    entries.push_back({{keys[index].data(), key.size()}, items[index]});
  };
  for (std::size_t i = 1; i < std::min<std::size_t>(items.size(), 0x80); ++i) add(i);
  if (!items.empty()) add(0);
  for (std::size_t i = 0x80; i < items.size(); ++i) add(i);
  return root_of(entries);
}

hash256 ordered_trie_root(std::span<const bytes> items) {
  return ordered_trie_root(std::vector<bytes_view>(items.begin(), items.end()));
}

hash256 secure_storage_root(std::span<const mpt_storage_slot> slots) {
  std::vector<mpt_entry> entries;
  entries.reserve(slots.size());
  for (const mpt_storage_slot& s : slots) {
    if (s.value.is_zero()) continue;
    bytes value;
    rlp::encode_u256(value, s.value);
    entries.push_back({hashed_key(s.slot.data_), std::move(value)});
  }
  return root_of_unsorted(entries);
}

hash256 secure_state_root(std::span<const mpt_account> accounts) {
  std::vector<mpt_entry> entries;
  entries.reserve(accounts.size());
  for (const mpt_account& a : accounts) {
    bytes value;
    rlp::list_scope list{value};
    rlp::encode_u64(value, a.nonce);
    rlp::encode_u256(value, a.balance);
    rlp::encode_fixed(value, secure_storage_root(a.storage));
    rlp::encode_fixed(value, a.code_hash);
    list.close();
    entries.push_back({hashed_key(a.account.data_), std::move(value)});
  }
  return root_of_unsorted(entries);
}

}  // namespace ashlar

#include "runtime/types/mpt.hpp"

#include <algorithm>

#include "runtime/crypto/keccak.hpp"
#include "runtime/types/rlp.hpp"

namespace ashlar {
namespace {

/// How a parent names a node: its RLP where that is under 32 bytes, else the RLP of its hash.
struct node_reference {
  hash256 content;       ///< the hash, or the node in front
  std::size_t size = 0;  ///< of the node; 32 for a hash
  std::size_t encoded_bytes() const noexcept { return size == 32 ? 33 : size; }
  /// Writes it; the place behind.
  u8* write(u8* to) const noexcept {
    if (size == 32) *to++ = 0x80 + 32;
    std::memcpy(to, content.data(), size);
    return to + size;
  }
};

node_reference reference_to(bytes_view node) noexcept {
  if (node.size() >= 32) return {crypto::keccak256(node), 32};
  node_reference out;
  std::memcpy(out.content.data(), node.data(), node.size());
  out.size = node.size();
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

/// Builds tries over sorted entries bottom-up. `depth` counts nibbles that all entries share.
class trie_builder {
 public:
  explicit trie_builder(std::span<const trie_entry> entries) : entries_(entries) {
    std::size_t most = 0;
    for (const trie_entry& e : entries) most = std::max(most, e.value.size());
    leaf_.resize(most + leaf_rest_max);
  }

  /// The hash of the node over all entries, of which there is one.
  hash256 root() {
    if (entries_.size() == 1) return crypto::keccak256(leaf(entries_[0], 0));
    return crypto::keccak256(inner(0, entries_.size(), 0));
  }

 private:
  static constexpr std::size_t leaf_rest_max = 9 + 34 + 9;  ///< all but the value

  node_reference reference(std::size_t first, std::size_t last, std::size_t depth) {
    if (last - first == 1) return reference_to(leaf(entries_[first], depth));
    return reference_to(inner(first, last, depth));
  }

  /// The encoded leaf, good until the next.
  bytes_view leaf(const trie_entry& e, std::size_t depth) {
    u8 packed[33];
    const bytes_view path{packed, pack_path(packed, e, depth, nibble_count(e), true)};
    u8* to =
        rlp::write_list_header(leaf_.data(), rlp::string_bytes(path) + rlp::string_bytes(e.value));
    to = rlp::write_string(rlp::write_string(to, path), e.value);
    return {leaf_.data(), static_cast<std::size_t>(to - leaf_.data())};
  }

  /// The encoded node over two entries or more.
  bytes inner(std::size_t first, std::size_t last, std::size_t depth) {
    const trie_entry& front = entries_[first];
    const std::size_t fork = shared_nibbles(front, entries_[last - 1], depth);
    if (fork == depth) return branch(first, last, depth);
    const node_reference child = reference_to(branch(first, last, fork));
    u8 packed[33];
    const bytes_view path{packed, pack_path(packed, front, depth, fork, false)};
    const std::size_t payload = rlp::string_bytes(path) + child.encoded_bytes();
    bytes out(rlp::header_bytes(payload) + payload);
    child.write(rlp::write_string(rlp::write_list_header(out.data(), payload), path));
    return out;
  }

  static std::size_t shared_nibbles(const trie_entry& a, const trie_entry& b, std::size_t from) {
    const std::size_t end = std::min(nibble_count(a), nibble_count(b));
    while (from < end && nibble(a, from) == nibble(b, from)) ++from;
    return from;
  }

  bytes branch(std::size_t first, std::size_t last, std::size_t depth) {
    // Sorted order puts a key that ends here before all that continue.
    bytes_view here;
    if (nibble_count(entries_[first]) == depth) here = entries_[first++].value;
    node_reference children[16];
    std::size_t payload = rlp::string_bytes(here);
    for (u8 digit = 0; digit < 16; ++digit) {
      std::size_t end = first;
      while (end < last && nibble(entries_[end], depth) == digit) ++end;
      if (end != first) children[digit] = reference(first, end, depth + 1);
      payload += end == first ? 1 : children[digit].encoded_bytes();
      first = end;
    }
    ensure(first == last);  // Sorted and distinct.
    bytes out(rlp::header_bytes(payload) + payload);
    u8* to = rlp::write_list_header(out.data(), payload);
    for (const node_reference& child : children)
      to = child.size == 0 ? rlp::write_string(to, {}) : child.write(to);
    rlp::write_string(to, here);
    return out;
  }

  std::span<const trie_entry> entries_;
  bytes leaf_;
};

hash256 root_of(std::span<const trie_entry> sorted) {
  if (sorted.empty()) return empty_trie_root;
  for (const trie_entry& e : sorted) ensure(e.key.size() <= 32 && !e.value.empty());
  return trie_builder{sorted}.root();
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

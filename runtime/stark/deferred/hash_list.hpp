#pragma once

#include "runtime/stark/hash/hash.hpp"

namespace ashlar::stark {

/// Hashes that are asked for one by one and worked out together: in the processor's lanes, on
/// several threads, and a node whose children are another's once. The digests are those of
/// hash_encoded and hash_node, whatever is asked and in whatever order.
class hash_list {
 public:
  /// One of its hashes.
  using number = u32;

  explicit hash_list(hash_kind hash) noexcept : hash_(hash) {}

  std::size_t size() const noexcept { return hashes_.size(); }

  /// hash_encoded. The bytes must outlive `run`.
  number row(bytes_view elements, unsigned each);
  number node(number left, number right);
  /// The ancestor of `from`, the node `index` of its level, as many levels above as there are
  /// siblings (32 bytes each, the lowest first), which must outlive `run`.
  number climb(number from, u32 index, bytes_view siblings);

  /// Works all out, on up to `threads` threads, 0 for one a processor: as many as the system gives,
  /// and one where there is little to do.
  void run(unsigned threads);
  /// What `run` found.
  const hash256& digest(number n) const noexcept { return digests_[n]; }

 private:
  // A row has its elements' bytes; a node one child that is a hash of the list, and another one
  // that is, too, or lies at `data`.
  struct hash {
    const u8* data;
    u32 elements;  // 0: a node
    u32 each_or_child;
    u32 other;      // a node's second child in the list, or `at_data`
    u32 round;      // of a node: one above its children's; of a row 0
    bool is_right;  // the child is the right one
  };
  static constexpr u32 at_data = ~u32{0};

  class turns;
  std::vector<std::vector<number>> row_pieces() const;
  std::vector<std::vector<number>> node_rounds() const;
  std::size_t blocks() const noexcept;
  number add(const hash& h);

  hash_kind hash_;
  std::vector<hash> hashes_;
  std::vector<hash256> digests_;
};

}  // namespace ashlar::stark

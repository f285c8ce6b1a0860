#pragma once

#include "runtime/stark/hash/hash.hpp"
#include "runtime/stark/prover/cell_pool.hpp"
#include "runtime/stark/prover/crew.hpp"

namespace ashlar::stark {

/// A column on the evaluation domain, coset by coset, each in natural order.
struct column_view {
  const gl* data;
  std::size_t coset_stride;  // elements from one coset to the next
  gl at(std::size_t coset, std::size_t i) const noexcept { return data[coset * coset_stride + i]; }
};

/// Columns of one height; a leaf holds one element of each.
struct column_group {
  unsigned height_log2;
  std::vector<column_view> columns;
};

/// The prover's side of merkle_proof.hpp.
class merkle_tree {
 public:
  /// `groups` by falling height, not empty. `each` as in hash_elements.
  void build(std::vector<column_group> groups, hash_kind hash, unsigned each, unsigned blowup_log2,
             crew& threads, std::shared_ptr<cell_pool> pool);
  const hash256& root() const noexcept { return *level(0); }
  /// prover_backend::gather: the nodes of level `cap_log2`; by position, rows and siblings.
  bytes cap(unsigned cap_log2) const;
  bytes paths(unsigned cap_log2, std::span<const u32> positions) const;

 private:
  void append_row(const column_group& group, u32 place, bytes& out) const;
  // Digests of all rows, by place in the tree.
  void hash_group(const column_group& group, hash256* out, crew& threads) const;
  // Level d has 2^d digests.
  hash256* level(unsigned d) noexcept {
    return reinterpret_cast<hash256*>(nodes_.data()) + (std::size_t{1} << d);
  }
  const hash256* level(unsigned d) const noexcept {
    return reinterpret_cast<const hash256*>(nodes_.data()) + (std::size_t{1} << d);
  }

  std::vector<column_group> groups_;
  hash_kind hash_ = hash_kind::blake3;
  unsigned each_ = hash_block_max, blowup_log2_ = 0;
  cell_buffer nodes_;
};

}  // namespace ashlar::stark

#include "runtime/stark/merkle/merkle_proof.hpp"

#include <bit>

#include "runtime/base/ensure.hpp"

namespace ashlar::stark {

hash256 ancestor_of(hash_kind hash, hash256 node, u32 index, bytes_view siblings) noexcept {
  for (std::size_t at = 0; at < siblings.size(); at += sizeof(hash256), index >>= 1) {
    const hash256 sibling = hash256::copy_of(siblings.data() + at);
    node = index & 1 ? hash_node(hash, sibling, node) : hash_node(hash, node, sibling);
  }
  return node;
}

hash256 root_above(hash_kind hash, std::vector<hash256> nodes) noexcept {
  ensure(std::has_single_bit(nodes.size()));
  for (std::size_t n = nodes.size() / 2; n != 0; n /= 2)
    for (std::size_t i = 0; i < n; ++i) nodes[i] = hash_node(hash, nodes[2 * i], nodes[2 * i + 1]);
  return nodes[0];
}

}  // namespace ashlar::stark

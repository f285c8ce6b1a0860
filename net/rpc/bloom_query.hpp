#pragma once

#include <array>
#include <vector>

#include "net/rpc/chain_view.hpp"

namespace ashlar::rpc {

/// A log filter's question to blooms, hashed once: asking a block's bloom then hashes nothing.
class bloom_query {
 public:
  /// Asks nothing: every block may match.
  bloom_query() = default;
  /// Cost: a keccak256 for each address and topic.
  explicit bloom_query(const log_filter& filter);

  /// False: no log of a block with this bloom can match.
  bool may_match(const bloom& of_block) const noexcept;

 private:
  using positions = std::array<u16, 3>;  ///< of the bits, from the bloom's first byte
  static positions positions_of(bytes_view item) noexcept;

  /// One element a place that is not "any": some of its alternatives must be there.
  std::vector<std::vector<positions>> all_of_;
};

}  // namespace ashlar::rpc

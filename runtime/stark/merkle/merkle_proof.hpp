#pragma once

#include <optional>
#include <vector>

#include "runtime/base/bytes.hpp"

namespace ashlar::stark {

// One tree over tables of different heights. Level d has 2^d nodes (d = 0 is the root). The leaves
// of the tallest tables' level are BLAKE3 of the row's bytes (all tables of that height, in order,
// side by side). A node is BLAKE3(left ‖ right); where tables have as many rows as the level has
// nodes, the node is BLAKE3(that ‖ BLAKE3(their rows)). All shapes are known to the verifier and
// every path is as long as the shape says, so leaves, nodes and joined rows cannot change places.

/// The digests of opened rows at one level: `index[i]` ascending without repetition.
struct opened_level {
  unsigned level_log2 = 0;
  std::vector<u32> index;
  std::vector<hash256> digest;
};

/// The indices without repetition of `from` shifted right; `from` ascending.
std::vector<u32> parents_of(const std::vector<u32>& from, unsigned shift);

/// Where the digests of siblings come from, in the one order both sides use: from the deepest level
/// to the root, by ascending index.
class sibling_reader {
 public:
  virtual ~sibling_reader() = default;
  virtual const u8* next() = 0;  // 32 bytes, or null when there are no more
};

/// The root that follows from opened rows. `levels` is ordered from the deepest; each further one
/// must hold exactly the parents (parents_of) of the one before. Nothing when siblings run out.
std::optional<hash256> root_from_openings(const std::vector<opened_level>& levels,
                                          sibling_reader& siblings);

}  // namespace ashlar::stark

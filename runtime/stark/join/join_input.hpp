#pragma once

#include "runtime/stark/join/join.hpp"

namespace ashlar::stark {

/// What a join verifies: the proof of a run, and the batches that it stands for.
struct join_item {
  bool is_join = false;         ///< an inner join's; else of one batch
  std::vector<hash256> inputs;  ///< their public inputs' hashes, in order
  bytes_view proof;
};

/// A join that has been computed natively: the private input of the program `join` and the output
/// that it leaves.
struct join_input {
  std::vector<u32> words;
  hash256 output;
};

/// Verifies the items and writes down what the program reads to verify them again. Fails where the
/// program would.
result<join_input, join_failure> make_join_input(const join_params& params, const program_set& set,
                                                 join_kind kind, std::span<const join_item> items);

}  // namespace ashlar::stark

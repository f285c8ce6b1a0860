#pragma once

#include "runtime/stark/circuit/builder.hpp"

// The recorded twins of node_claim.hpp.

namespace ashlar::stark {

struct recorded_cut {
  quad state;
  wire pc, index;
};

struct recorded_facts {
  wire alpha, beta, count;
  std::array<wire, 8> output;  ///< words of four bytes; that they are below 2^32 is not said here

  /// 15 elements of input: alpha, beta, count, output.
  static recorded_facts input(circuit_builder& b);
  quad digest(circuit_builder& b) const;
};

struct recorded_claim {
  wire kind;
  quad run;
  recorded_cut from, to;
  wire sum;

  quad digest(circuit_builder& b) const;
};

/// Six elements of input: state, pc, index.
recorded_cut input_cut(circuit_builder& b);
/// list_with.
quad list_with(circuit_builder& b, quad list, std::span<const wire> output);

/// Asserts that the first four public values are these elements.
void state_first(circuit_builder& b, quad elements);
/// The other four: the root of the set.
quad set_root_of(circuit_builder& b);

}  // namespace ashlar::stark

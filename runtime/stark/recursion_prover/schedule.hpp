#pragma once

#include <vector>

#include "runtime/base/bytes.hpp"

namespace ashlar::stark {

/// What a proof of recursion does; see recursion/README.md.
enum class step_kind : u8 {
  given,      ///< a proof that is there
  leaf,       ///< verifies one part of a run
  leaf_join,  ///< two neighbours' claims as one, where both are leaves'
  wrap,       ///< the same claim, by a small circuit: of a leaf without a neighbour
  complete,   ///< a whole run as a list of one batch
  join,       ///< two neighbours' claims as one
  outer,      ///< a list from its start, for L1
};

/// One proof to be made. Steps stand in an order in which each comes behind what it verifies, layer
/// by layer: those of one circuit follow each other, so that its key is made once.
struct proof_step {
  step_kind kind;
  u32 layer;   ///< 0, 1, ..
  u32 number;  ///< in its layer; of a leaf: the run's part, 0 for memory
  u32 of[2] =
      {};  ///< the steps whose proofs it verifies: two of joins, one of wrap, complete, outer
  friend bool operator==(const proof_step&, const proof_step&) = default;
};

/// The proofs that a step verifies: none of leaf and given, two of joins, else one.
u32 verified_by(step_kind kind) noexcept;

/// The steps from the proof of a run, memory's part and `segments` others, to one proof of all of
/// them, which is the last step's: a claim of the whole run. The joins are a tree as low as can be.
/// Precondition: segments >= 1.
std::vector<proof_step> schedule_of_run(u32 segments);

/// The steps from such proofs of neighbouring batches to one proof for L1, which is the last
/// step's. A batch's place in the list is part of what it is completed to, so this waits until it
/// is known where a list begins. Precondition: batches >= 1.
std::vector<proof_step> schedule_of_list(u32 batches);

/// How many layers a schedule has.
u32 layers_in(const std::vector<proof_step>& schedule) noexcept;

}  // namespace ashlar::stark

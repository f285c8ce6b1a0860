#pragma once

#include "runtime/stark/solidity/proof_plan.hpp"

namespace ashlar::stark {

/// What the head answers with, and what the calls for rows and for leaves start with.
struct call_contexts {
  bytes rows, leaves;
};

/// Native twin of the head's begin(). Precondition: the proof is one that verifies.
call_contexts contexts_of(const l1_machine& machine, const proof_plan& plan, const hash256& list,
                          const hash256& set_root, bytes_view proof);

}  // namespace ashlar::stark

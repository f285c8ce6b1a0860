#pragma once

#include <span>
#include <string>

#include "actors/batch/sealing.hpp"
#include "runtime/stf/rebuild.hpp"
#include "runtime/store/batch_store.hpp"

namespace ashlar::node {

/// A batch of operations from L1 and nothing else.
struct operations_batch {
  store::sealed_batch sealed;  ///< without its witness's hash
  bytes witness;
  u64 operations = 0;
};

/// Lays as many of `operations` as fit into one batch behind `chain`, in order, all of its blocks
/// at `timestamp`. The first `least` are those that L1 demands of a batch: whatever `limits` say,
/// they are in it, and it is an error where L1 or a proof could not hold them. `operations`: the
/// queue from the first that the chain has not taken. Preconditions: there is an operation, and no
/// fewer than `least`; `timestamp` is not before the chain's. The batch is applied once more from
/// its witness alone, as it will be proved. The error is a sentence.
result<operations_batch, std::string> lay_operations(const chain_config& config,
                                                     const stf::rebuilt_chain& chain,
                                                     std::span<const txn> operations, u64 least,
                                                     unix_seconds timestamp,
                                                     const batch::sealing_config& limits);

/// A batch as L1 has it: what its header and its pubdata tell, which is all but witness, gas and
/// the chain's state after it. Precondition: the pubdata was taken by a rebuilt chain.
store::sealed_batch batch_from_l1(const public_input& header, bytes_view published,
                                  const stf::rebuilt_chain& after);

}  // namespace ashlar::node

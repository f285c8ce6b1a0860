#pragma once

#include <boost/json.hpp>

#include "runtime/store/batch_store.hpp"
#include "test/e2e/crash/ledger.hpp"

namespace ashlar::test {

/// What L1's events say, looked at from the first to the last: batches committed, proved and
/// executed in their order, each once, none before the step that comes first, none taken back.
/// Violations are thrown.
struct steps_on_l1 {
  u64 committed = 0, proved = 0, executed = 0;  ///< last batches
};
steps_on_l1 check_steps(const rig& r, l1::client& l1_client);
/// Every transaction that the operator's account has on L1 succeeded, and no two are the same call.
/// Throws.
void check_operator_calls(const rig& r);
/// The last batch that L1 has, after a look at all events: commits of 1, 2, 3, ... each once, none
/// taken back. Violations are thrown.
u64 check_commits(const rig& r, l1::client& l1_client);
/// The number of the block with a tag; 0 where there is none.
u64 block_of_tag(const rig& r, const char* tag);
/// Until the last block is in a batch on L1.
void await_all_committed(const rig& r);
/// Until L1 has executed all that is committed.
void await_all_executed(const rig& r, l1::client& l1_client);
/// What `ashlar restore` prints.
boost::json::object restore(const rig& r);
/// It prints this state. Ends the test's case otherwise.
void check_restored(const rig& r, u64 batch, u64 block, const hash256& tree_root);
/// From the folder of a node that does not run.
store::sealed_batch last_batch(const rig& r);
/// The chain was ended behind batch `committed`, which ends with block `head`: the node's folder,
/// L1, and what L1 alone gives agree, and each batch took one transaction of the operator.
void check_settled(const rig& r, l1::client& l1_client, u64 committed, u64 head);

/// The same of a chain whose batches were all executed: no call of the operator's is on L1 twice.
void check_executed(const rig& r, u64 executed, u64 head);

}  // namespace ashlar::test

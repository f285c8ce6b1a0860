#pragma once

#include <boost/json.hpp>

#include "runtime/store/batch_store.hpp"
#include "test/e2e/crash/ledger.hpp"

namespace ashlar::test {

/// The last batch that L1 has, after a look at all events: commits of 1, 2, 3, ... each once, none
/// taken back. Violations are thrown.
u64 check_commits(const rig& r, l1::client& l1_client);
/// The number of the block with a tag; 0 where there is none.
u64 block_of_tag(const rig& r, const char* tag);
/// Until the last block is in a batch on L1.
void await_all_committed(const rig& r);
/// What `ashlar restore` prints.
boost::json::object restore(const rig& r);
/// From the folder of a node that does not run.
store::sealed_batch last_batch(const rig& r);
/// The chain was ended behind batch `committed`, which ends with block `head`: the node's folder,
/// L1, and what L1 alone gives agree, and each batch took one transaction of the operator.
void check_settled(const rig& r, l1::client& l1_client, u64 committed, u64 head);

}  // namespace ashlar::test

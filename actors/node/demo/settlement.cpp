#include <algorithm>

#include <fmt/format.h>

#include "actors/node/demo/run.hpp"
#include "runtime/base/hex.hpp"

/// What goes back to L1: the batches, and the state out of them alone.
namespace ashlar::node::demo {
namespace {

/// A batch as its commit on L1 has it.
struct commit_on_l1 {
  l1::commit_call call;
  u64 gas_used = 0;
};

/// The commits of the chain's contract, by batch, from L1's logs and calldata alone.
outcome<std::vector<commit_on_l1>> commits_on_l1(demo_run& run) {
  const chain_spec& spec = run.around.spec;
  endpoint& at = *run.layer1;
  ASHLAR_TRY(const auto head, at.tell(at.rpc().latest()));
  ASHLAR_TRY(const auto logs,
             at.tell(at.rpc().logs(l1::l1_block_number{spec.l1_start_block}, head.number,
                                   spec.contracts.chain, l1::chain_event_topics())));
  std::vector<commit_on_l1> out;
  for (const l1::l1_log& log : logs) {
    const auto event = l1::decode_chain_event(log.entry);
    const auto* committed = event ? std::get_if<l1::batch_committed>(&*event) : nullptr;
    if (!committed) continue;
    ASHLAR_TRY(const auto input, at.tell(at.rpc().txn_input(log.txn_hash)));
    ASHLAR_TRY(const auto receipt, at.success(log.txn_hash, run.limits.receipt_patience_s));
    auto call = input ? l1::decode_commit_batch(*input) : std::nullopt;
    if (!call || call->header.number != committed->number)
      return fail("L1: the commit of batch " + std::to_string(committed->number.value) +
                  " has other calldata than commitBatch's");
    out.push_back({std::move(*call), receipt.gas_used});
  }
  return out;
}

/// The proofs that the node gives, against the log roots that are on L1.
outcome<nothing> check_withdrawals(demo_run& run, const std::vector<commit_on_l1>& commits) {
  for (const withdrawal& w : run.withdrawals) {
    ASHLAR_TRY(const auto found, log_place_of(run, w.txn));
    if (!found)
      return fail(std::string("L2: no log proof of the withdrawal, its batch is committed"));
    const auto commit = std::find_if(commits.begin(), commits.end(), [&](const commit_on_l1& c) {
      return c.call.header.number.value == found->batch;
    });
    if (commit == commits.end())
      return fail(
          fmt::format("L1: batch {}, which has the withdrawal, was not committed", found->batch));
    l2_log_proof proof = found->proof;
    proof.root = commit->call.header.l2_to_l1_log_root;
    const bool ok = check_l2_log(l2_log_leaf(log_of(w, found->txn_number)), proof);
    run.check("withdrawal", ok,
              ok ? fmt::format("withdrawal is proved in its batch's log tree (batch {}, log {}); "
                               "waits for execution",
                               found->batch, proof.index)
                 : fmt::format("the proof does not lead to the log root of batch {} on L1, {}",
                               found->batch, to_hex(proof.root)));
  }
  return nothing{};
}

/// Each batch's row against its commit on L1.
void check_rows(demo_run& run, const std::vector<commit_on_l1>& commits,
                const std::vector<batch_row>& rows) {
  u64 agree = 0;
  std::string first;
  for (const commit_on_l1& c : commits) {
    const u64 n = c.call.header.number.value;
    const u64 blocks = c.call.header.last_block.value - c.call.header.first_block.value + 1;
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const batch_row& r) { return r.number == n; });
    if (row == rows.end() || row->blocks != blocks || row->pubdata_bytes != c.call.pubdata.size() ||
        row->l1_gas_commit != c.gas_used) {
      if (first.empty())
        first = row == rows.end()
                    ? fmt::format("; batch {} is not known to the sequencer", n)
                    : fmt::format("; batch {}: {} blocks, {} bytes, {} gas on L1, {}, {}, {} here",
                                  n, blocks, c.call.pubdata.size(), c.gas_used, row->blocks,
                                  row->pubdata_bytes, row->l1_gas_commit);
      continue;
    }
    ++agree;
  }
  run.check("batches are on L1 as the sequencer has them",
            agree == commits.size() && !commits.empty(),
            fmt::format("{} of {} commits agree in blocks, pubdata and gas{}", agree,
                        commits.size(), first));
}

}  // namespace

outcome<std::string> step_commit(demo_run& run) {
  const chain_spec& spec = run.around.spec;
  const u64 last = run.sealed_batches().size();
  run.check("three batches and more were sealed", last >= 3, fmt::format("{} batches", last));
  std::string seen = "nothing yet";
  auto reached = wait_for(
      fmt::format("batch {} to be committed on L1", last), run.limits.commit_patience_s,
      [&]() -> outcome<std::optional<l1::chain_progress>> {
        ASHLAR_TRY(const auto p,
                   run.layer1->tell(l1::read_progress(run.layer1->rpc(), spec.contracts.chain)));
        const auto rows = run.sealed_batches();
        // The sequencer's side follows through its listener.
        const auto waits = std::count_if(rows.begin(), rows.end(), [&](const batch_row& r) {
          return r.number <= last && r.l1_gas_commit == 0;
        });
        seen = fmt::format("L1 has {} committed, the node knows {} of {}", p.committed.value,
                           static_cast<u64>(rows.size()) - static_cast<u64>(waits), rows.size());
        if (p.committed.value < last || waits > 0) return std::optional<l1::chain_progress>{};
        return std::optional{p};
      },
      100);
  if (!reached) return fail(reached.error() + "; " + seen);
  ASHLAR_TRY(const auto commits, commits_on_l1(run));
  check_rows(run, commits, run.sealed_batches());
  if (!commits.empty())
    run.same("the contract stands where the last commit left it", "the commitment",
             commits.back().call.header.state_after, reached->tip_state);
  run.same("every deposit was taken", "operations committed", u256{reached->priority_total},
           u256{reached->priority_committed});
  ASHLAR_CHECK(check_withdrawals(run, commits));
  u64 gas = 0;
  for (const commit_on_l1& c : commits) gas += c.gas_used;
  return fmt::format("{} batches, {} L1 gas in all", commits.size(), gas);
}

outcome<std::string> step_restore(demo_run& run) {
  ASHLAR_TRY(const state_from_l1 state, run.around.restore());
  run.report.sequencer_root = state.sequencer_root;
  run.report.restored_root = state.root;
  run.ether_on_l2 = state.ether;
  run.check(
      "the state comes back from L1 alone",
      !state.root.is_zero() && state.root == state.sequencer_root,
      "restored " + to_hex(state.root) + ", the sequencer has " + to_hex(state.sequencer_root));
  return to_hex(state.root);
}

}  // namespace ashlar::node::demo

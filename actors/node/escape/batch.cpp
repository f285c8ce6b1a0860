#include "actors/node/escape/batch.hpp"

#include <fmt/format.h>

#include "actors/batch/batch_layer.hpp"
#include "actors/batch/pubdata_bound.hpp"
#include "runtime/stf/make_witness.hpp"
#include "runtime/stf/publication.hpp"
#include "runtime/types/pubdata.hpp"

namespace ashlar::node {
namespace {

/// A block of operations, for batch_run.
struct operations_block {
  std::vector<txn> txns;
  std::vector<address> senders;
  std::vector<hash256> hashes;
  block_header header;
  u64 metered_cycles = 0;  ///< see evm/cycle_meter.hpp

  bytes encoded(std::size_t i) const { return encode_txn(txns[i]); }
};

/// Executes operations ahead of the batch, to see how many a block takes.
class block_cutter {
 public:
  block_cutter(const chain_config& config, const stf::batch_start& start, evm::state_reader& under)
      : config_(config),
        state_(under),
        parent_(start.parent),
        hashes_(start.hashes, start.parent.number) {}

  /// The next block; without transactions where not even the first goes into an empty one.
  operations_block next(std::span<const txn> operations, unix_seconds timestamp) {
    operations_block out;
    const u64 before = state_.meter().cycles();
    stf::block_execution block(config_, parent_, hashes_.newest_hash(), timestamp, state_, hashes_);
    for (const txn& t : operations) {
      if (out.txns.size() == config_.priority_txns_per_block_max) break;
      if (!block.add(t, t.priority.sender, t.priority.canonical_hash)) break;
      out.txns.push_back(t);
      out.senders.push_back(t.priority.sender);
      out.hashes.push_back(t.priority.canonical_hash);
    }
    const stf::executed_block done = block.finish();
    parent_ = out.header = done.block.header;
    out.metered_cycles = state_.meter().cycles() - before;
    hashes_.push(done.hash);
    return out;
  }

 private:
  const chain_config& config_;
  evm::state state_;
  block_header parent_;
  stf::recent_hashes hashes_;
};

batch::batch_totals bound_of(const chain_config& config, const operations_block& b) {
  ashlar::block block;
  block.header = b.header;
  block.txns = b.txns;
  batch::batch_totals bound = batch::bound_of(config, block);
  bound.metered_cycles = b.metered_cycles;
  return bound;
}

/// What a run holds, and whether more goes into it: by what it really has, which is less than its
/// blocks' bounds together.
class run_meter {
 public:
  run_meter(const batch::sealing_config& limits, const stf::batch_run& run,
            const tree::memory_tree& tree)
      : limits_(limits), run_(run), tree_(tree) {}

  bool has_room_for(const batch::batch_totals& next) {
    const auto reason = batch::must_seal_before(limits_, totals(), next);
    if (reason != batch::seal_reason::pubdata && reason != batch::seal_reason::proving_cycles)
      return !reason;
    pubdata_.measure(run_, [&](const hash256& key) { return tree_.find(key); });
    return !batch::must_seal_before(limits_, totals(), next);
  }

 private:
  batch::batch_totals totals() const {
    batch::batch_totals t;
    t.blocks = run_.block_count();
    t.txns = run_.txn_count();
    t.l2_gas = run_.gas_used();
    t.pubdata_bytes = pubdata_.bytes(run_);
    t.messages = run_.logs().size();
    t.memory = run_.memory();
    t.leaf_count = tree_.leaf_count();
    t.metered_cycles = run_.state().meter().cycles();
    return t;
  }

  const batch::sealing_config& limits_;
  const stf::batch_run& run_;
  const tree::memory_tree& tree_;
  batch::pubdata_bound pubdata_;
};

/// Closes the run: pubdata, witness, public input, and the check by the witness alone.
result<operations_batch, std::string> conclude(
    const chain_config& config, const stf::rebuilt_chain& chain, const stf::batch_run& run,
    std::vector<stf::batch_witness::block_input> inputs) {
  const stf::batch_start start = chain.next();
  const evm::state_diff diff = run.state().diff();
  bytes pubdata =
      stf::publish(run, diff, [&](const hash256& key) { return chain.tree().find(key); });
  if (pubdata.size() > l1_pubdata_bytes_max)
    return fail(fmt::format("the batch publishes {} bytes, L1 takes {}", pubdata.size(),
                            l1_pubdata_bytes_max));
  operations_batch out;
  out.operations = run.priority_next() - start.priority_next;
  out.witness = stf::encode_batch_witness(
      stf::make_batch_witness(config, start, run, chain.tree(), std::move(inputs)));
  tree::memory_tree tree = chain.tree();
  const auto after = tree.apply(stf::tree_updates(diff));
  if (!after) return fail(std::string("the state tree refuses the batch"));
  stf::batch_result made = stf::conclude(config, start, run, *after, std::move(pubdata));
  const auto again = stf::apply_batch(out.witness);
  if (!again)
    return fail(std::string("the batch's witness does not hold: ") +
                stf::to_text(again.error().code));
  if (again->input != made.input)
    return fail(std::string("the batch's witness gives another public input"));
  store::sealed_batch& s = out.sealed;
  s.number = start.number;
  s.first_block = made.input.first_block;
  s.last_block = made.input.last_block;
  s.txn_count = run.txn_count();
  s.gas_used = run.gas_used();
  s.sealed_at = made.input.last_timestamp;
  s.input = made.input;
  s.state = made.after;
  s.pubdata = std::move(made.pubdata);
  s.logs = std::move(made.logs);
  s.messages = std::move(made.messages);
  s.priority_next = run.priority_next();
  s.seal_reason = "escape";
  return out;
}

}  // namespace

result<operations_batch, std::string> lay_operations(const chain_config& config,
                                                     const stf::rebuilt_chain& chain,
                                                     std::span<const txn> operations, u64 least,
                                                     unix_seconds timestamp,
                                                     const batch::sealing_config& limits) {
  ensure(!operations.empty() && least <= operations.size());
  ensure(timestamp >= chain.state().last_timestamp);
  const stf::batch_start start = chain.next();
  const auto under = chain.reader();
  block_cutter cutter(config, start, *under);
  stf::batch_run run(config, start, *under);
  std::vector<stf::batch_witness::block_input> inputs;
  run_meter meter(limits, run, chain.tree());
  for (std::size_t taken = 0; taken < operations.size();) {
    // What is demanded has blocks of its own: what comes behind it must not be what does not fit.
    const bool demanded = taken < least;
    const auto left = operations.subspan(taken, (demanded ? least : operations.size()) - taken);
    const operations_block block = cutter.next(left, timestamp);
    if (block.txns.empty())
      return fail(fmt::format("operation {} cannot be executed even in an empty block",
                              taken + start.priority_next));
    if (!demanded && !meter.has_room_for(bound_of(config, block))) break;
    const auto done = run.add_block(timestamp, block.txns, block.senders, block.hashes);
    if (!done) return fail(std::string(stf::to_text(done.error().code)));
    stf::batch_witness::block_input input{timestamp, {}};
    for (std::size_t i = 0; i < block.txns.size(); ++i) input.txns.push_back(block.encoded(i));
    inputs.push_back(std::move(input));
    taken += block.txns.size();
  }
  return conclude(config, chain, run, std::move(inputs));
}

store::sealed_batch batch_from_l1(const public_input& header, bytes_view published,
                                  const stf::rebuilt_chain& after) {
  const auto decoded = decode_pubdata(published);
  ensure(decoded.ok());
  store::sealed_batch s;
  s.number = header.number;
  s.first_block = header.first_block;
  s.last_block = header.last_block;
  s.sealed_at = header.last_timestamp;
  s.input = header;
  s.state = after.state();
  s.pubdata = to_bytes(published);
  s.logs = decoded->logs;
  s.messages = decoded->messages;
  s.priority_next = after.next().priority_next;
  s.seal_reason = "read from L1";
  return s;
}

}  // namespace ashlar::node

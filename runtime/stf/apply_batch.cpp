#include "runtime/stf/apply_batch.hpp"

#include "runtime/crypto/keccak.hpp"
#include "runtime/stf/publication.hpp"
#include "runtime/stf/witness_reader.hpp"

namespace ashlar::stf {
namespace {

failure<batch_error> refuse(batch_error_code code) {
  batch_error e;
  e.code = code;
  return fail(e);
}

failure<batch_error> refuse_tree(tree::tree_error cause) {
  batch_error e;
  e.code = batch_error_code::bad_tree_witness;
  e.tree = cause;
  return fail(e);
}

/// The parent header is known by its hash, which the state commitment digests.
status<batch_error> check_start(const batch_witness& w) {
  if (const auto valid = validate(w.config); !valid) {
    batch_error e;
    e.code = batch_error_code::bad_config;
    e.config = valid.error();
    return fail(e);
  }
  const batch_start& s = w.start;
  const u64 known = std::min<u64>(s.parent.number.value, block_hash_window - 1) + 1;
  // The last number has no next one.
  if (s.parent.number.value == ~u64{0}) return refuse(batch_error_code::bad_parent);
  if (s.hashes.size() != known || s.hashes.back() != header_hash(s.parent) || s.number.value == 0)
    return refuse(batch_error_code::bad_parent);
  if (w.blocks.empty()) return refuse(batch_error_code::no_blocks);
  return nothing{};
}

/// For hash tables: known only when the batch is closed, and without a source of randomness.
u64 seed_of(const batch_witness& w) {
  for (auto block = w.blocks.rbegin(); block != w.blocks.rend(); ++block)
    if (!block->txns.empty())
      return load_le64(crypto::keccak256(block->txns.back()).data()) ^ w.start.number.value;
  return w.start.number.value;
}

struct decoded_block {
  std::vector<txn> txns;
  std::vector<address> senders;
  std::vector<hash256> hashes;
};

/// The sender at this place, from the list where there is one.
std::optional<address> sender_of(const txn& t, const sender_lists* known, std::size_t block,
                                 std::size_t place) {
  if (known && block < known->size() && place < (*known)[block].size())
    return (*known)[block][place];
  return recover_sender(t);
}

result<decoded_block, batch_error> decode_block_txns(const batch_witness& w, std::size_t block,
                                                     const sender_lists* known) {
  decoded_block out;
  batch_error e;
  e.block = block;
  for (const bytes& raw : w.blocks[block].txns) {
    e.txn = out.txns.size();
    auto t = decode_txn(raw, txn_source::log);
    if (!t) {
      e.code = batch_error_code::bad_txn;
      e.decode = t.error();
      return fail(e);
    }
    if (!check_chain_id(*t, w.config.chain_id, false)) {
      e.code = batch_error_code::wrong_chain_id;
      e.expected = w.config.chain_id;
      return fail(e);
    }
    const auto sender = sender_of(*t, known, block, out.txns.size());
    if (!sender) {
      e.code = batch_error_code::bad_signature;
      return fail(e);
    }
    out.hashes.push_back(txn_hash(*t));
    out.senders.push_back(*sender);
    out.txns.push_back(std::move(*t));
  }
  return out;
}

}  // namespace

batch_result conclude(const chain_config& config, const batch_start& start, const batch_run& run,
                      const tree::summary& tree_after, bytes pubdata) {
  batch_result out;
  out.after.tree_root = tree_after.root;
  out.after.leaf_count = tree_after.leaf_count;
  out.after.last_block = run.last_header().number;
  out.after.block_hashes_digest = run.hashes().digest();
  out.after.last_timestamp = run.last_header().timestamp;
  out.logs = run.logs();
  out.messages = run.messages();
  out.pubdata = std::move(pubdata);

  public_input& in = out.input;
  in.protocol_version = config.protocol_version;
  in.chain_id = config.chain_id;
  in.l1_chain_id = config.l1_chain_id;
  in.chain_contract = config.chain_contract;
  in.number = start.number;
  in.state_before = state_commitment(state_of(start));
  in.state_after = state_commitment(out.after);
  in.first_block = start.parent.number.next();
  in.last_block = run.last_header().number;
  in.first_timestamp = run.timestamps().front();
  in.last_timestamp = run.timestamps().back();
  in.pubdata_commitment = pubdata_commitment(pubdata_mode::calldata, out.pubdata);
  in.priority_hash_before = start.priority_hash;
  in.priority_hash_after = run.priority_hash();
  in.priority_count = run.priority_next() - start.priority_next;
  in.l2_to_l1_log_root = l2_log_root(out.logs);
  in.config_hash = config_hash(config);
  return out;
}

result<batch_result, batch_error> apply_batch(const batch_witness& w, evm::workspace* shared,
                                              const sender_lists* known) {
  ASHLAR_CHECK(check_start(w));
  auto tree = tree::witness_tree::open(w.proof, w.start.tree);
  if (!tree) return refuse_tree(tree.error());
  ASHLAR_TRY(witness_reader reader, witness_reader::open(w, *tree));

  std::optional<evm::workspace> own;
  if (shared == nullptr) shared = &own.emplace(evm::workspace_config{.hash_seed = seed_of(w)});
  batch_run run(w.config, w.start, reader, shared);
  for (std::size_t i = 0; i < w.blocks.size(); ++i) {
    ASHLAR_TRY(const decoded_block b, decode_block_txns(w, i, known));
    const auto executed = run.add_block(w.blocks[i].timestamp, b.txns, b.senders, b.hashes);
    // What was read without proof comes first: what follows from it means nothing.
    if (reader.failure()) return fail(*reader.failure());
    if (!executed) return fail(executed.error());
  }

  const evm::state_diff diff = run.state().diff();
  const auto after = tree->apply(tree_updates(diff));
  if (!after) return refuse_tree(after.error());
  std::optional<tree::tree_error> uncovered;
  const auto index_of = [&](const hash256& key) -> std::optional<u64> {
    const auto leaf = tree->lookup(key);
    if (!leaf) uncovered = leaf.error();
    return leaf && leaf->present ? std::optional<u64>(leaf->index) : std::nullopt;
  };
  bytes pubdata = publish(run, diff, index_of);
  if (uncovered) return refuse_tree(*uncovered);
  return conclude(w.config, w.start, run, *after, std::move(pubdata));
}

result<batch_result, batch_error> apply_batch(bytes_view encoded_witness, evm::workspace* shared,
                                              const sender_lists* known) {
  ASHLAR_TRY(const batch_witness w, decode_batch_witness(encoded_witness));
  return apply_batch(w, shared, known);
}

}  // namespace ashlar::stf

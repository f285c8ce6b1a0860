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

constexpr std::size_t journal_entries_reserved =
    txn_memory_bounds.passing_bytes / memory_weight::journal_entry + 1'024;

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

result<decoded_block, batch_error> decode_block_txns(const batch_witness& w, std::size_t block) {
  decoded_block out;
  batch_error e;
  e.block = block;
  const std::vector<bytes>& encoded = w.blocks[block].txns;
  out.txns.reserve(encoded.size());
  out.hashes.reserve(encoded.size());
  for (const bytes& raw : encoded) {
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
    out.hashes.push_back(txn_hash(*t, raw));
    out.txns.push_back(std::move(*t));
  }
  return out;
}

/// The senders of all blocks, recovered together where they are not known.
status<batch_error> find_senders(const batch_witness& w, std::vector<decoded_block>& blocks,
                                 const sender_lists* known) {
  const auto is_known = [&](std::size_t block, std::size_t place) {
    return known && block < known->size() && place < (*known)[block].size();
  };
  std::vector<received_txn> asked;
  for (std::size_t b = 0; b < blocks.size(); ++b)
    for (std::size_t i = 0; i < blocks[b].txns.size(); ++i)
      if (!is_known(b, i)) asked.push_back({&blocks[b].txns[i], w.blocks[b].txns[i]});
  const auto found = recover_senders(asked);
  auto next = found.begin();
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    blocks[b].senders.reserve(blocks[b].txns.size());
    for (std::size_t i = 0; i < blocks[b].txns.size(); ++i) {
      const auto sender = is_known(b, i) ? std::optional((*known)[b][i]) : *next++;
      if (!sender) {
        batch_error e;
        e.code = batch_error_code::bad_signature;
        e.block = b;
        e.txn = i;
        return fail(e);
      }
      blocks[b].senders.push_back(*sender);
    }
  }
  return nothing{};
}

/// All transactions, with senders and hashes.
result<std::vector<decoded_block>, batch_error> decode_blocks(const batch_witness& w,
                                                              const sender_lists* known) {
  std::vector<decoded_block> out;
  out.reserve(w.blocks.size());
  for (std::size_t i = 0; i < w.blocks.size(); ++i) {
    ASHLAR_TRY(decoded_block b, decode_block_txns(w, i));
    out.push_back(std::move(b));
  }
  ASHLAR_CHECK(find_senders(w, out, known));
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

  ASHLAR_TRY(const std::vector<decoded_block> blocks, decode_blocks(w, known));
  std::optional<evm::workspace> own;
  if (shared == nullptr)
    // Nothing is translated here: it pays little where cycles are proved, and the program that is
    // proved holds one interpreter loop, the exact one.
    // And what grows with use has all its room from the start: memory that is left behind by
    // growing would count to the proof.
    shared =
        &own.emplace(evm::workspace_config{.code_cache_bytes_max = ~std::size_t{0},
                                           .frame_block_bytes = txn_memory_bounds.frames_bytes,
                                           .output_bytes_reserved = txn_memory_bounds.output_bytes,
                                           .journal_entries_reserved = journal_entries_reserved,
                                           .translate_after_runs = ~0u,
                                           .hash_seed = seed_of(w),
                                           .remember_slot_hashes = false});
  batch_run run(w.config, w.start, reader, shared);
  for (std::size_t i = 0; i < w.blocks.size(); ++i) {
    const decoded_block& b = blocks[i];
    const auto executed =
        run.add_block(w.blocks[i].timestamp, b.txns, b.senders, b.hashes, w.blocks[i].txns);
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
    return leaf && *leaf != nullptr ? std::optional<u64>((*leaf)->index) : std::nullopt;
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

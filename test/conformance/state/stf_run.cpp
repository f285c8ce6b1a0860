#include "test/conformance/state/stf_run.hpp"

#include "runtime/crypto/secp256k1.hpp"
#include "runtime/stf/apply_batch.hpp"
#include "runtime/stf/fees.hpp"
#include "runtime/stf/make_witness.hpp"
#include "runtime/stf/publication.hpp"
#include "runtime/types/mpt.hpp"

namespace ashlar::conformance {
namespace {

constexpr u64 chain_gas_limit_max = u64{1} << 40;

chain_config config_of(const evm::block_env& env) {
  chain_config c;
  c.chain_id = env.chain_id;
  c.l1_chain_id = 1;
  c.chain_contract[19] = 0xcc;
  c.revisions = {{unix_seconds{0}, env.rev}};
  c.block_gas_limit = std::clamp(env.gas_limit, u64{21'000}, chain_gas_limit_max);
  c.txn_gas_limit_max = c.priority_txn_gas_max = 21'000;
  c.base_fee_min = c.base_fee_genesis = 1;
  c.fee_vault = env.beneficiary;
  if (c.fee_vault.is_zero()) c.fee_vault[0] = 0xfe;
  c.pubdata_gas_per_byte = 0;
  c.proving_cycles_per_gas = 0;
  c.pubdata_txn_bytes_max = pubdata_txn_bytes_highest;
  return c;
}

/// A parent of the same second, so that the block has the parent's base fee.
stf::batch_start start_of(const chain_config& config, const evm::block_env& env,
                          const tree::summary& tree) {
  stf::batch_start s;
  s.number = batch_number{1};
  s.tree = tree;
  s.parent = stf::genesis_header(config, unix_seconds{env.timestamp});
  const u64 parent = std::max<u64>(env.number, 1) - 1;
  s.parent.number = block_number{parent};
  s.parent.base_fee_per_gas = env.base_fee;
  numbered_hashes published;
  for (u64 n = parent - std::min<u64>(parent, block_hash_window - 1); n < parent; ++n)
    s.hashes.push_back(published.hash_of(n));
  s.hashes.push_back(header_hash(s.parent));
  return s;
}

/// The transaction with EIP-155's protection, which our chains require, and with a gas limit that
/// a block of theirs can have.
txn signed_for(const chain_config& config, const state_case& c) {
  txn t = *c.transaction;
  t.chain_id = config.chain_id;
  if (c.expected_exception.empty()) t.gas_limit = std::min(t.gas_limit, chain_gas_limit_max);
  const auto s = crypto::sign(signing_hash(t), c.secret);
  ensure(s.has_value());
  t.signature = {static_cast<u8>(s->y_parity), s->r, s->s};
  return t;
}

/// What the EVM gives when it is run directly, in the block that our chain has.
struct direct_run {
  result<evm::txn_outcome, evm::txn_rejection> outcome;
  evm::state_diff diff;
  memory_use memory;  ///< of the transaction but for its envelope
};

direct_run run_directly(const planted_state& pre, const chain_config& config,
                        const stf::batch_start& start, const evm::block_env& published,
                        const txn& t, const address& sender, evm::workspace& space) {
  stf::recent_hashes hashes(start.hashes, start.parent.number);
  evm::block_env env;
  env.number = start.parent.number.value + 1;
  env.timestamp = published.timestamp;
  env.gas_limit = config.block_gas_limit;
  env.beneficiary = config.fee_vault;
  env.base_fee = published.base_fee;
  env.base_fee_recipient = config.fee_vault;
  env.chain_id = config.chain_id;
  env.rev = published.rev;
  env.pubdata_txn_bytes_max = config.pubdata_txn_bytes_max;
  env.memory = txn_memory_bounds;
  env.hashes = &hashes;
  planted_state::reader under = pre.state;
  evm::state over{under, &space};
  auto outcome = evm::execute_txn(over, env, t, sender);
  return {std::move(outcome), over.diff(), over.block_memory()};
}

/// The state commitment behind a block with this one transaction, put together by hand.
hash256 commitment_after(const planted_state& pre, const chain_config& config,
                         const stf::batch_start& start, const txn& t, const direct_run& direct) {
  const evm::txn_outcome& o = *direct.outcome;
  receipt r;
  r.type = t.type;
  r.success = o.success;
  r.cumulative_gas_used = o.gas_used;
  r.logs = o.logs;
  r.bloom = logs_bloom(r.logs);

  block_header h = stf::genesis_header(config, start.parent.timestamp);
  h.parent_hash = header_hash(start.parent);
  h.number = start.parent.number.next();
  h.base_fee_per_gas = start.parent.base_fee_per_gas;
  h.gas_used = o.gas_used;
  h.transactions_root = ordered_trie_root(std::array{encode_txn(t)});
  h.receipts_root = ordered_trie_root(std::array{encode_receipt(r)});
  h.logs_bloom = r.bloom;
  h.extra_data =
      stf::header_extra(o.gas_used, o.pubdata_bytes, direct.memory + stf::envelope_memory(t));

  tree::memory_tree tree = pre.tree;
  const auto after = tree.apply(stf::tree_updates(direct.diff));
  ensure(after.ok());
  std::vector<hash256> hashes = start.hashes;
  hashes.push_back(header_hash(h));
  if (hashes.size() > block_hash_window) hashes.erase(hashes.begin());
  return state_commitment(
      {after->root, after->leaf_count, h.number, block_hashes_digest(hashes), h.timestamp});
}

/// Whether the direct run has the published root once the base fee is burnt as on Ethereum.
bool has_published_root(const planted_state& pre, const chain_config& config, const state_case& c,
                        const direct_run& direct) {
  test::map_reader world = pre.state;
  world.apply(direct.diff);
  evm::account& vault = world.accounts[config.fee_vault];
  vault.balance -= c.env.base_fee * u256{direct.outcome->gas_used};
  if (vault.is_empty()) world.accounts.erase(config.fee_vault);
  return root_of(world) == c.expected_root && logs_hash(direct.outcome->logs) == c.expected_logs;
}

stf_outcome failed(std::string why) {
  return {stf_verdict::failed, std::move(why)};
}

std::string name_of(const stf::batch_error& e) {
  std::string text = stf::to_text(e.code);
  if (e.code == stf::batch_error_code::rejected)
    text += std::string(" (") + evm::to_text(e.rejection) + ")";
  if (e.code == stf::batch_error_code::bad_txn)
    text += std::string(" (") + to_text(e.decode.code) + ")";
  return text;
}

/// A batch with only this envelope, and a witness of what `run` touched.
bytes witness_of(const planted_state& pre, const chain_config& config,
                 const stf::batch_start& start, const stf::batch_run& run, bytes envelope) {
  return stf::encode_batch_witness(stf::make_batch_witness(
      config, start, run, pre.tree, {{start.parent.timestamp, {std::move(envelope)}}}));
}

/// Bytes that must not decode as a transaction of ours.
stf_outcome refuse_bytes(const planted_state& pre, const chain_config& config,
                         const stf::batch_start& start, const state_case& c,
                         const std::string& name, test::guest_runs& guest) {
  planted_state::reader under = pre.state;
  const stf::batch_run untouched(config, start, under);
  const bytes witness = witness_of(pre, config, start, untouched, c.raw);
  const auto proved = stf::apply_batch(witness);
  guest.ask(name, witness, proved);
  if (proved) return failed("stf took what does not decode");
  if (proved.error().code != stf::batch_error_code::bad_txn)
    return failed("refused as: " + name_of(proved.error()));
  if (!c.expected_exception.empty()) return {stf_verdict::refused, {}};
  return {stf_verdict::unsupported, unsupported_class::blob};
}

/// Whether the EVM in the vector's own block, without bounds of ours, does what was published.
bool is_as_published(const planted_state& pre, const state_case& c, evm::workspace& space) {
  test::map_reader world = pre.state;
  evm::state over{world, &space};
  const auto outcome = evm::execute_txn(over, c.env, *c.transaction, c.sender);
  if (outcome.ok() != c.expected_exception.empty()) return false;
  if (outcome) world.apply(over.diff());
  return root_of(world) == c.expected_root &&
         logs_hash(outcome ? outcome->logs : std::vector<log_entry>{}) == c.expected_logs;
}

/// What stf refused for a bound that Ethereum has not.
stf_outcome judge_bound(const planted_state& pre, const state_case& c, const txn& t,
                        const direct_run& direct, evm::workspace& space) {
  constexpr u64 most = memory_weight::txn + memory_weight::envelope_byte * txn_envelope_bytes_max;
  const bool is_long = stf::envelope_memory(t).bytes > most;
  const bool lists_much =
      !direct.outcome && direct.outcome.error().reason == evm::rejection::oversize;
  if (!is_long && !lists_much) return failed("refused as oversize, though within the bounds");
  if (!is_as_published(pre, c, space))
    return failed("over our bounds, and without them not as was published");
  if (!c.expected_exception.empty()) return {stf_verdict::refused, {}};
  return {stf_verdict::unsupported,
          is_long ? unsupported_class::envelope : unsupported_class::listed_keys};
}

bool is_oversize(const stf::batch_error& e) {
  return e.code == stf::batch_error_code::rejected && e.rejection == evm::rejection::oversize;
}

}  // namespace

planted_state::planted_state(const test::map_reader& pre) {
  evm::state_diff all;
  state.codes = pre.codes;
  for (const auto& [who, a] : pre.accounts) {
    if (a.is_empty()) continue;
    state.accounts[who] = a;
    all.accounts.push_back({who, std::nullopt, a});
  }
  for (const auto& [who, slots] : pre.storage)
    for (const auto& [slot, value] : slots) {
      state.storage[who][slot] = value;
      all.slots.push_back({who, slot, {}, value});
    }
  const auto planted = tree.apply(stf::tree_updates(all));
  ensure(planted.ok());
  summary = *planted;
}

stf_outcome run_through_stf(const planted_state& pre, const state_case& c, evm::workspace& space,
                            const std::string& name, test::guest_runs& guest) {
  const chain_config config = config_of(c.env);
  const stf::batch_start start = start_of(config, c.env, pre.summary);
  if (!c.transaction || c.transaction->type == txn_type::blob)
    return refuse_bytes(pre, config, start, c, name, guest);
  if (c.secret.is_zero()) return failed("the vector has no secretKey to sign with");
  const txn t = signed_for(config, c);
  const hash256 hash = txn_hash(t);
  const direct_run direct = run_directly(pre, config, start, c.env, t, c.sender, space);

  planted_state::reader under = pre.state;
  stf::batch_run run(config, start, under, &space);
  const auto native = run.add_block(start.parent.timestamp, {&t, 1}, {&c.sender, 1}, {&hash, 1});
  const bytes witness = witness_of(pre, config, start, run, encode_txn(t));
  const auto proved = stf::apply_batch(witness, &space);
  guest.ask(name, witness, proved);

  if (!native && is_oversize(native.error())) {
    if (proved) return failed("taken from the witness, though over the bounds");
    if (!is_oversize(proved.error())) return failed("from the witness: " + name_of(proved.error()));
    return judge_bound(pre, c, t, direct, space);
  }
  if (!direct.outcome) {
    if (c.expected_exception.empty())
      return failed(std::string("the chain refuses it: ") +
                    evm::to_text(direct.outcome.error().reason));
    if (native || proved) return failed("taken, though the EVM rejects it");
    // What no wallet may send is not even decoded; all else is rejected as directly.
    const stf::batch_error& e = proved.error();
    if (e.code == stf::batch_error_code::bad_txn) return {stf_verdict::refused, {}};
    if (e.code != stf::batch_error_code::rejected || e.rejection != direct.outcome.error().reason)
      return failed("refused as: " + name_of(e));
    return {stf_verdict::refused, {}};
  }
  if (!native) return failed("natively: " + name_of(native.error()));
  if (run.state().diff() != direct.diff) return failed("the native run has another diff");
  if (native->receipts[0].logs != direct.outcome->logs) return failed("logs differ");
  if (native->receipts[0].gas_used != direct.outcome->gas_used) return failed("gas differs");
  if (!proved) return failed("from the witness: " + name_of(proved.error()));
  if (proved->input.state_after != commitment_after(pre, config, start, t, direct))
    return failed("the witness leads to another state");
  const bytes published =
      stf::publish(run, direct.diff, [&](const hash256& key) { return pre.tree.find(key); });
  if (proved->pubdata != published) return failed("pubdata differs");
  if (!c.expected_exception.empty()) return failed("not refused for " + c.expected_exception);
  return {has_published_root(pre, config, c, direct) ? stf_verdict::published
                                                     : stf_verdict::environment,
          {}};
}

}  // namespace ashlar::conformance

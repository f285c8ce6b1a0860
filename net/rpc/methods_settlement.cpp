#include "net/rpc/encode.hpp"
#include "net/rpc/iso_time.hpp"
#include "net/rpc/json_out.hpp"
#include "net/rpc/method.hpp"

/// zks_ in the ZK Stack's shapes, ashlar_ in our own: every number there is a quantity.
namespace ashlar::rpc {
namespace {

using to_address = address chain_constants::*;

template <to_address Which>
outcome constant_address(const call_in& in, std::string& out) {
  append_data(out, in.s.chain.constants().*Which);
  return nothing{};
}

outcome l1_chain_id(const call_in& in, std::string& out) {
  append_quantity(out, in.s.chain.constants().l1_chain_id);
  return nothing{};
}

outcome bridge_contracts(const call_in& in, std::string& out) {
  const chain_constants& c = in.s.chain.constants();
  object_out o(out);
  o.data("l1Erc20DefaultBridge", c.l1_bridge);
  o.data("l2Erc20DefaultBridge", c.l2_bridge);
  o.data("l1SharedDefaultBridge", c.l1_bridge);
  o.data("l2SharedDefaultBridge", c.l2_bridge);
  o.end();
  return nothing{};
}

outcome last_batch(const call_in& in, std::string& out) {
  append_quantity(out, in.s.chain.last_batch().value_or(batch_number{}).value);
  return nothing{};
}

outcome batch_block_range(const call_in& in, std::string& out) {
  ASHLAR_TRY(const u64 n, in.get(0, decode_u64_or_number));
  const auto batch = in.s.chain.batch(batch_number{n});
  if (!batch) {
    out += "null";
    return nothing{};
  }
  out += '[';
  append_quantity(out, batch->first_block.value);
  out += ',';
  append_quantity(out, batch->last_block.value);
  out += ']';
  return nothing{};
}

void put_step(object_out& o, const char* hash_name, const char* time_name,
              const std::optional<l1_step>& step) {
  if (step) {
    o.data(hash_name, step->l1_txn);
    o.text(time_name, to_iso(step->at));
  } else {
    o.null(hash_name);
    o.null(time_name);
  }
}

void put_price(object_out& o, const char* name, const u256& v) {
  o.key(name) += to_decimal(v);
}

/// What the details of a block and of a batch share.
void put_settlement(object_out& o, const std::optional<batch_status>& batch) {
  const batch_status none;
  const batch_status& b = batch ? *batch : none;
  o.text("status", b.stage == batch_stage::executed ? "verified" : "sealed");
  put_step(o, "commitTxHash", "committedAt", b.commit);
  put_step(o, "proveTxHash", "provenAt", b.prove);
  put_step(o, "executeTxHash", "executedAt", b.execute);
  put_price(o, "l1GasPrice", b.l1_gas_price);
  put_price(o, "l2FairGasPrice", b.l2_gas_price);
  object_out contracts(o.key("baseSystemContractsHashes"));
  contracts.data("bootloader", hash256{});
  contracts.data("default_aa", hash256{});
  contracts.end();
}

outcome batch_details(const call_in& in, std::string& out) {
  ASHLAR_TRY(const u64 n, in.get(0, decode_u64_or_number));
  const auto batch = in.s.chain.batch(batch_number{n});
  if (!batch || batch->stage == batch_stage::open) {
    out += "null";
    return nothing{};
  }
  object_out o(out);
  o.number("number", batch->number.value);
  o.number("timestamp", batch->timestamp.value);
  o.number("l1TxCount", batch->l1_txns);
  o.number("l2TxCount", batch->txns - std::min(batch->txns, batch->l1_txns));
  o.data("rootHash", batch->state_commitment);
  put_settlement(o, batch);
  o.end();
  return nothing{};
}

outcome block_details(const call_in& in, std::string& out) {
  ASHLAR_TRY(const u64 n, in.get(0, decode_u64_or_number));
  const sealed_block_ptr block = in.s.chain.block_by_number(block_number{n});
  if (!block) {
    out += "null";
    return nothing{};
  }
  u64 from_l1 = 0;
  for (const sealed_txn& t : block->txns) from_l1 += t.body.is_priority();
  const auto position = in.s.chain.batch_of(block->header.number);
  object_out o(out);
  o.number("number", n);
  o.number("timestamp", block->header.timestamp.value);
  if (position) {
    o.number("l1BatchNumber", position->batch.value);
  } else {
    o.null("l1BatchNumber");
  }
  o.number("l1TxCount", from_l1);
  o.number("l2TxCount", block->txns.size() - from_l1);
  o.data("rootHash", block->hash);
  put_settlement(o, position ? in.s.chain.batch(position->batch) : std::nullopt);
  o.data("operatorAddress", block->header.beneficiary);
  o.text("protocolVersion", "Version" + std::to_string(in.s.chain.constants().protocol_version));
  o.end();
  return nothing{};
}

void put_details(object_out& o, const txn& body, const address& sender, const u256& fee,
                 const char* status, const std::optional<batch_status>& batch, unix_seconds at) {
  o.boolean("isL1Originated", body.is_priority());
  o.text("status", status);
  o.quantity("fee", fee);
  o.quantity("gasPerPubdata", body.priority.gas_per_pubdata_limit);
  o.data("initiatorAddress", sender);
  o.text("receivedAt", to_iso(at));
  const auto put = [&](const char* name, const std::optional<l1_step>& step) {
    if (step)
      o.data(name, step->l1_txn);
    else
      o.null(name);
  };
  const batch_status none;
  const batch_status& b = batch ? *batch : none;
  put("ethCommitTxHash", b.commit);
  put("ethProveTxHash", b.prove);
  put("ethExecuteTxHash", b.execute);
}

outcome txn_details(const call_in& in, std::string& out) {
  ASHLAR_TRY(const hash256 hash, in.get(0, decode_hash));
  const auto found = in.s.chain.txn_by_hash(hash);
  if (found) {
    const sealed_txn& t = found->block->txns[found->index];
    const auto position = in.s.chain.batch_of(found->block->header.number);
    const auto batch = position ? in.s.chain.batch(position->batch) : std::nullopt;
    const char* status = !t.outcome.success                               ? "failed"
                         : batch && batch->stage == batch_stage::executed ? "verified"
                                                                          : "included";
    object_out o(out);
    put_details(o, t.body, t.sender, t.outcome.effective_gas_price * u256(t.outcome.gas_used),
                status, batch, found->block->header.timestamp);
    o.end();
  } else if (const pending_txn_ptr waiting = in.s.chain.pending_by_hash(hash)) {
    object_out o(out);
    put_details(o, waiting->body, waiting->sender, {}, "pending", std::nullopt, in.s.time.wall());
    o.end();
  } else {
    out += "null";
  }
  return nothing{};
}

outcome message_proof_of(const call_in& in, std::string& out) {
  ASHLAR_TRY(const hash256 hash, in.get(0, decode_hash));
  u64 index = 0;
  if (in.has(1)) {
    ASHLAR_TRY(index, in.get(1, decode_u64_or_number));
  }
  if (index >= 1u << 14) return fail(invalid_argument(1, "log index out of range"));
  // Where a batch stands between chains: other kinds of proof, which there are none of here.
  if (in.has(2)) return fail(invalid_argument(2, "must be null"));
  const auto proof = in.s.chain.prove_message(hash, static_cast<u32>(index));
  if (!proof) {
    out += "null";
    return nothing{};
  }
  object_out o(out);
  o.number("id", proof->index);
  append_array(o.key("proof"), proof->siblings, [&](const hash256& h) { append_data(out, h); });
  o.data("root", proof->root);
  o.number("batchNumber", proof->batch.value);
  o.end();
  return nothing{};
}

/// `brings_value`: the money may come with the operation, whatever the sender has on L2 now.
result<u64, rpc_error> estimate(const call_in& in, bool brings_value) {
  const u64 chain_id = in.s.chain.constants().chain_id;
  ASHLAR_TRY(const call_request request,
             in.get(0, [&](const json::value& v) { return decode_call(v, chain_id); }));
  state_overrides accounts;
  if (brings_value) accounts[request.from.value_or(address{})].balance = u256{1} << 200;
  gas_bill bill(in);
  const auto got =
      in.s.chain.estimate_gas(request, in.s.chain.heads().latest, accounts, {}, bill.limits());
  if (!got) return fail(to_rpc_error(got.error()));
  if (got->outcome.status != call_status::success) return fail(to_rpc_error(got->outcome));
  return got->gas;
}

/// With a fifth on top, as the ZK Stack scales its own: wallets ask with other addresses in the
/// calldata than L1 will put there, and minting and refund are of accounts that are not known here.
/// What is not used is refunded.
outcome estimate_l1_to_l2(const call_in& in, std::string& out) {
  ASHLAR_TRY(const u64 gas, estimate(in, true));
  append_quantity(out, gas + gas / 5);
  return nothing{};
}

outcome estimate_fee(const call_in& in, std::string& out) {
  ASHLAR_TRY(const u64 gas, estimate(in, false));
  const fee_quote fees = in.s.chain.fees();
  object_out o(out);
  o.quantity("gas_limit", gas);
  o.quantity("gas_per_pubdata_limit", u64{800});
  o.quantity("max_fee_per_gas", fees.next_base_fee * u256(2) + fees.suggested_tip);
  o.quantity("max_priority_fee_per_gas", fees.suggested_tip);
  o.end();
  return nothing{};
}

outcome soft_confirmation_of(const call_in& in, std::string& out) {
  ASHLAR_TRY(const hash256 hash, in.get(0, decode_hash));
  const auto c = in.s.chain.confirmation_of(hash);
  if (!c) {
    out += "null";
    return nothing{};
  }
  object_out o(out);
  o.quantity("chainId", c->chain_id);
  o.quantity("blockNumber", c->block);
  o.data("blockHash", c->block_hash);
  o.quantity("transactionIndex", c->index);
  o.data("transactionHash", c->txn_hash);
  o.data("signer", c->signer);
  o.data("signature", c->signature);
  o.end();
  return nothing{};
}

void put_l1_step(object_out& o, const char* name, const std::optional<l1_step>& step) {
  if (!step) return o.null(name);
  object_out s(o.key(name));
  s.data("transactionHash", step->l1_txn);
  s.quantity("timestamp", step->at);
  s.quantity("gasUsed", step->l1_gas_used);
  s.end();
}

void put_estimate(object_out& o, const std::optional<u64>& seconds) {
  if (seconds)
    o.quantity("estimateSeconds", *seconds);
  else
    o.null("estimateSeconds");
}

outcome batch_status_of(const call_in& in, std::string& out) {
  batch_number n = in.s.chain.last_batch().value_or(batch_number{});
  if (in.has(0)) {
    ASHLAR_TRY(const u64 asked, in.get(0, decode_u64_or_number));
    n = batch_number{asked};
  }
  const auto b = in.s.chain.explained_batch(n);
  if (!b) {
    out += "null";
    return nothing{};
  }
  object_out o(out);
  o.quantity("number", b->number);
  o.text("stage", to_text(b->stage));
  o.quantity("firstBlock", b->first_block);
  o.quantity("lastBlock", b->last_block);
  o.quantity("transactions", b->txns);
  o.quantity("l1Transactions", b->l1_txns);
  o.quantity("gas", b->l2_gas);
  o.quantity("pubdataBytes", b->pubdata_bytes);
  o.quantity("timestamp", b->timestamp);
  o.data("stateCommitment", b->state_commitment);
  o.data("treeRoot", b->tree_root);
  put_l1_step(o, "commit", b->commit);
  put_l1_step(o, "prove", b->prove);
  put_l1_step(o, "execute", b->execute);
  o.text("waitsFor", b->waits_for);
  put_estimate(o, b->estimate_s);
  o.text("lastError", b->last_error);
  o.end();
  return nothing{};
}

template <class Tag>
void put_optional(object_out& o, const char* name, const std::optional<strong_u64<Tag>>& v) {
  if (v)
    o.quantity(name, *v);
  else
    o.null(name);
}

outcome txn_status_of(const call_in& in, std::string& out) {
  ASHLAR_TRY(const hash256 hash, in.get(0, decode_hash));
  const auto s = in.s.chain.status_of(hash);
  if (!s) {
    out += "null";
    return nothing{};
  }
  object_out o(out);
  o.text("stage", to_text(s->stage));
  put_optional(o, "blockNumber", s->block);
  put_optional(o, "batchNumber", s->batch);
  o.text("waitsFor", s->waits_for);
  put_estimate(o, s->estimate_s);
  o.end();
  return nothing{};
}

outcome drop_reason_of(const call_in& in, std::string& out) {
  ASHLAR_TRY(const hash256 hash, in.get(0, decode_hash));
  const auto reason = in.s.chain.drop_reason_of(hash);
  if (!reason) {
    out += "null";
    return nothing{};
  }
  object_out o(out);
  o.text("code", reason->code);
  o.text("message", reason->message);
  o.quantity("timestamp", reason->at);
  o.end();
  return nothing{};
}

outcome pipeline(const call_in& in, std::string& out) {
  const pipeline_status p = in.s.chain.pipeline();
  object_out o(out);
  o.quantity("latest", p.latest);
  o.quantity("safe", p.safe);
  o.quantity("finalized", p.finalized);
  o.quantity("mempoolPending", p.mempool_pending);
  o.quantity("mempoolQueued", p.mempool_queued);
  o.quantity("openBatch", p.open_batch);
  put_optional(o, "lastSealed", p.last_sealed);
  put_optional(o, "lastCommitted", p.last_committed);
  put_optional(o, "lastProved", p.last_proved);
  put_optional(o, "lastExecuted", p.last_executed);
  o.quantity("priorityQueue", p.priority_queue);
  o.quantity("l1Head", p.l1_head);
  append_array(o.key("waits"), p.waits, [&](const pipeline_status::wait& w) {
    object_out wait(out);
    wait.text("step", w.step);
    wait.text("waitsFor", w.waits_for);
    wait.quantity("sinceSeconds", w.since_s);
    wait.end();
  });
  append_array(o.key("proofLayers"), p.proof_layers, [&](const pipeline_status::layer& l) {
    object_out layer(out);
    layer.text("layer", l.name);
    layer.quantity("milliseconds", l.ms);
    layer.end();
  });
  o.end();
  return nothing{};
}

outcome health(const call_in& in, std::string& out) {
  append_health(out, in.s.chain.health());
  return nothing{};
}

void put_worker(std::string& out, const prover_fleet::worker& w) {
  object_out o(out);
  o.text("name", w.name);
  o.text("state", w.state);
  o.quantity("threads", w.threads);
  put_optional(o, "batchNumber", w.batch);
  o.quantity("pass", w.pass);
  o.quantity("segmentsDone", w.segments_done);
  o.quantity("segments", w.segments);
  o.quantity("cycles", w.cycles);
  o.quantity("seconds", w.seconds);
  o.quantity("proofs", w.proofs);
  o.quantity("lies", w.lies);
  o.quantity("lost", w.lost);
  o.end();
}

outcome fleet_of(const call_in& in, std::string& out) {
  const auto fleet = in.s.chain.fleet();
  if (!fleet) {
    out += "null";
    return nothing{};
  }
  object_out o(out);
  o.data("programCommitment", fleet->program_commitment);
  o.text("params", fleet->params);
  o.quantity("proved", fleet->proved);
  o.text("trouble", fleet->trouble);
  append_array(o.key("workers"), fleet->workers,
               [&](const prover_fleet::worker& w) { put_worker(out, w); });
  append_array(o.key("jobs"), fleet->jobs, [&](const prover_fleet::job& j) {
    object_out job(out);
    job.quantity("batchNumber", j.batch);
    job.text("state", j.state);
    job.text("worker", j.worker);
    job.quantity("failures", j.failures);
    job.text("reason", j.reason);
    job.end();
  });
  append_array(o.key("proofs"), fleet->proofs, [&](const prover_fleet::proof& p) {
    object_out proof(out);
    proof.quantity("batchNumber", p.batch);
    proof.data("proofHash", p.proof_hash);
    proof.quantity("bytes", p.bytes);
    proof.quantity("cycles", p.cycles);
    proof.quantity("segments", p.segments);
    proof.quantity("seconds", p.seconds);
    proof.text("worker", p.worker);
    proof.end();
  });
  o.end();
  return nothing{};
}

}  // namespace

void append_health(std::string& out, const health_report& report) {
  object_out o(out);
  o.boolean("ready", report.ready);
  append_array(o.key("roles"), report.roles, [&](const role_health& r) {
    object_out role(out);
    role.text("role", r.role);
    role.text("state", to_text(r.state));
    role.text("detail", r.detail);
    role.quantity("restarts", r.restarts);
    role.end();
  });
  o.end();
}

/// What asks a publisher or a prover waits as long as they wait for L1.
void add_settlement_methods(method_table& to) {
  to["zks_getBridgehubContract"] = {constant_address<&chain_constants::hub>};
  to["zks_getMainContract"] = {constant_address<&chain_constants::main_contract>};
  to["zks_getBaseTokenL1Address"] = {constant_address<&chain_constants::base_token_l1>};
  to["zks_getBridgeContracts"] = {bridge_contracts};
  to["zks_L1ChainId"] = {l1_chain_id};
  to["zks_getL1BatchNumber"] = {last_batch};
  to["zks_L1BatchNumber"] = {last_batch};
  to["zks_getL1BatchBlockRange"] = {batch_block_range, 1, 1};
  to["zks_getL1BatchDetails"] = {batch_details, 1, 1, 10};
  to["zks_getBlockDetails"] = {block_details, 1, 1, 10};
  to["zks_getTransactionDetails"] = {txn_details, 1, 1, 10};
  to["zks_getL2ToL1LogProof"] = {message_proof_of, 1, 3, 20, http::lane::heavy};
  to["zks_estimateGasL1ToL2"] = {estimate_l1_to_l2, 1, 1, 20, http::lane::heavy};
  to["zks_estimateFee"] = {estimate_fee, 1, 1, 20, http::lane::heavy};
  to["ashlar_softConfirmation"] = {soft_confirmation_of, 1, 1, 2};
  to["ashlar_batchStatus"] = {batch_status_of, 0, 1, 2, http::lane::asking};
  to["ashlar_transactionStatus"] = {txn_status_of, 1, 1, 10};
  to["ashlar_dropReason"] = {drop_reason_of, 1, 1, 2};
  to["ashlar_pipeline"] = {pipeline, 0, 0, 5, http::lane::asking};
  to["ashlar_proverFleet"] = {fleet_of, 0, 0, 5, http::lane::asking};
  to["ashlar_health"] = {health, 0, 0, 5, http::lane::asking};
}

}  // namespace ashlar::rpc

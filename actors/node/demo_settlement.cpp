#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "actors/node/demo_run.hpp"
#include "net/l1/abi.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/types/l2_log.hpp"

/// What goes back to L1: a withdrawal, the batches, and the state out of them alone.
namespace ashlar::node::demo {
namespace json = boost::json;

namespace {

address base_token_address() {
  address a;
  a[18] = 0x80;
  a[19] = 0x0a;
  return a;
}

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

struct log_place {
  u64 batch = 0;
  l2_log_proof proof;
  u16 txn_number = 0;
};

outcome<json::value> ask(demo_run& run, const std::string& method, const hash256& txn) {
  ASHLAR_TRY(const std::string text, run.layer2->tell(run.layer2->rpc().raw(
                                         method, json::serialize(json::array{to_hex(txn)}))));
  boost::system::error_code ec;
  json::value v = json::parse(text, ec);
  if (ec) return fail("L2: " + method + " answered " + text);
  return v;
}

/// None while the transaction's batch is not sealed.
outcome<std::optional<log_place>> log_place_of(demo_run& run, const hash256& txn) {
  ASHLAR_TRY(const json::value proof, ask(run, "zks_getL2ToL1LogProof", txn));
  if (proof.is_null()) return std::optional<log_place>{};
  ASHLAR_TRY(const json::value receipt, ask(run, "eth_getTransactionReceipt", txn));
  const auto bad = [&] {
    return fail("L2: the log proof of " + to_hex(txn) + " is not one: " + json::serialize(proof));
  };
  const json::object* p = proof.if_object();
  const json::object* r = receipt.if_object();
  if (!p || !r) return bad();
  const auto* id = p->if_contains("id");
  const auto* batch = p->if_contains("batchNumber");
  const auto* root = p->if_contains("root");
  const auto* siblings = p->if_contains("proof");
  const auto* place = r->if_contains("l1BatchTxIndex");
  if (!id || !id->is_number() || !batch || !batch->is_number() || !root || !root->is_string() ||
      !siblings || !siblings->is_array() || siblings->as_array().size() != l2_log_tree_depth ||
      !place || !place->is_string())
    return bad();
  log_place out;
  out.batch = batch->to_number<u64>();
  out.proof.index = id->to_number<u32>();
  const auto number = parse_u256(std::string_view(place->as_string()));
  const auto top = fixed_from_hex<32>(std::string_view(root->as_string()));
  if (!number || !top) return bad();
  out.txn_number = static_cast<u16>(number->low());
  out.proof.root = *top;
  for (std::size_t i = 0; i < l2_log_tree_depth; ++i) {
    const json::value& each = siblings->as_array()[i];
    const auto hash =
        each.is_string() ? fixed_from_hex<32>(std::string_view(each.as_string())) : std::nullopt;
    if (!hash) return bad();
    out.proof.siblings[i] = *hash;
  }
  return std::optional{out};
}

/// The log that a withdrawal of ether must have left: value = keccak256(selector | receiver |
/// amount), which the vault reads on L1.
l2_log withdrawal_log(const demo_run& run, u16 txn_number) {
  bytes message{0x6c, 0x09, 0x60, 0xf9};
  append(message, run.withdrawal_receiver);
  append(message, run.withdrawn.to_be());
  l2_log log;
  log.txn_number = txn_number;
  log.sender = l1_messenger_address;
  const address from = base_token_address();
  std::copy(from.begin(), from.end(), log.key.begin() + 12);
  log.value = crypto::keccak256(message);
  return log;
}

/// The proof that the node gives, against the log root that is on L1.
outcome<nothing> check_withdrawal(demo_run& run, const std::vector<commit_on_l1>& commits) {
  ASHLAR_TRY(const auto found, log_place_of(run, run.withdrawal));
  if (!found)
    return fail(std::string("L2: no log proof of the withdrawal, its batch is committed"));
  for (const commit_on_l1& c : commits) {
    if (c.call.header.number.value != found->batch) continue;
    l2_log_proof proof = found->proof;
    proof.root = c.call.header.l2_to_l1_log_root;
    const bool ok = check_l2_log(l2_log_leaf(withdrawal_log(run, found->txn_number)), proof);
    run.check("withdrawal", ok,
              ok ? fmt::format("withdrawal is proved in its batch's log tree (batch {}, log {}); "
                               "waits for execution",
                               found->batch, proof.index)
                 : fmt::format("the proof does not lead to the log root of batch {} on L1, {}",
                               found->batch, to_hex(proof.root)));
    return nothing{};
  }
  return fail(
      fmt::format("L1: batch {}, which has the withdrawal, was not committed", found->batch));
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

outcome<std::string> step_withdrawal(demo_run& run) {
  wallet& who = run.wallets[1];
  run.withdrawal_receiver = make_wallet("withdrawal").account;
  run.withdrawn = u256{ether} / u256{2};
  ASHLAR_TRY(const u256 before, run.layer2->balance(who.account));
  ASHLAR_TRY(const u64 gas,
             run.layer2->tell(run.layer2->rpc().estimate_gas(
                 {who.account, base_token_address(),
                  l1::abi_encoder().account(run.withdrawal_receiver).call("withdraw(address)"),
                  run.withdrawn})));
  const bytes raw =
      run.sign(who, base_token_address(),
               l1::abi_encoder().account(run.withdrawal_receiver).call("withdraw(address)"),
               run.withdrawn, gas + gas / 4);
  ASHLAR_TRY(run.withdrawal, run.layer2->tell(run.layer2->rpc().send_raw(raw)));
  ASHLAR_TRY(const auto receipt,
             run.layer2->success(run.withdrawal, run.limits.receipt_patience_s));
  ASHLAR_TRY(const u256 after, run.layer2->balance(who.account));
  const u256 fee = u256{receipt.gas_used} * receipt.effective_gas_price;
  run.same("a withdrawal takes its amount and its fee", "the balance in wei",
           before - run.withdrawn - fee, after);
  ASHLAR_CHECK(run.seal_batch());
  ASHLAR_TRY(const auto place,
             wait_for("L2: the log proof of the withdrawal", run.limits.receipt_patience_s,
                      [&] { return log_place_of(run, run.withdrawal); }));
  const bool in_tree =
      check_l2_log(l2_log_leaf(withdrawal_log(run, place.txn_number)), place.proof);
  run.check("a withdrawal is a log of its batch", in_tree,
            fmt::format("log {} of batch {}, root {}", place.proof.index, place.batch,
                        to_hex(place.proof.root)));
  return fmt::format("0.5 ETH, in batch {}", place.batch);
}

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
  ASHLAR_CHECK(check_withdrawal(run, commits));
  u64 gas = 0;
  for (const commit_on_l1& c : commits) gas += c.gas_used;
  return fmt::format("{} batches, {} L1 gas in all", commits.size(), gas);
}

outcome<std::string> step_restore(demo_run& run) {
  hash256 sequencer;
  ASHLAR_TRY(const hash256 restored, run.around.restore(&sequencer));
  run.report.sequencer_root = sequencer;
  run.report.restored_root = restored;
  run.check("the state comes back from L1 alone", !restored.is_zero() && restored == sequencer,
            "restored " + to_hex(restored) + ", the sequencer has " + to_hex(sequencer));
  return to_hex(restored);
}

}  // namespace ashlar::node::demo

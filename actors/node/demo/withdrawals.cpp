#include <boost/json.hpp>
#include <fmt/format.h>

#include "actors/node/demo/run.hpp"
#include "net/l1/abi.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"

/// Money that goes back to L1: asked for on L2, and paid out where its batch is executed.
namespace ashlar::node::demo {
namespace json = boost::json;

namespace {

outcome<json::value> ask(demo_run& run, const std::string& method, const hash256& txn) {
  ASHLAR_TRY(const std::string text, run.layer2->tell(run.layer2->rpc().raw(
                                         method, json::serialize(json::array{to_hex(txn)}))));
  boost::system::error_code ec;
  json::value v = json::parse(text, ec);
  if (ec) return fail("L2: " + method + " answered " + text);
  return v;
}

bool is_ether(const withdrawal& w) {
  return w.token == small_address(ether_token);
}

/// Who sends the message on L2.
address sender_of(const withdrawal& w) {
  return small_address(is_ether(w) ? base_token : token_bridge);
}

/// What the vault on L1 reads: selector | receiver | token, where it is none of ether | amount.
bytes message_of(const withdrawal& w) {
  bytes out = is_ether(w) ? bytes{0x6c, 0x09, 0x60, 0xf9} : bytes{0x11, 0xa2, 0xcc, 0xc1};
  append(out, w.receiver);
  if (!is_ether(w)) append(out, w.token);
  append(out, w.amount.to_be());
  return out;
}

/// Sends it on L2 and notes it; it must be a log of its batch when that is sealed.
outcome<u256> withdraw(demo_run& run, wallet& who, withdrawal w, bytes call) {
  const address bridge = sender_of(w);
  const u256 value = is_ether(w) ? w.amount : u256{};
  ASHLAR_TRY(const u64 gas,
             run.layer2->tell(run.layer2->rpc().estimate_gas({who.account, bridge, call, value})));
  const bytes raw = run.sign(who, bridge, std::move(call), value, gas + gas / 4);
  ASHLAR_TRY(w.txn, run.layer2->tell(run.layer2->rpc().send_raw(raw)));
  ASHLAR_TRY(const auto receipt, run.layer2->success(w.txn, run.limits.receipt_patience_s));
  run.withdrawals.push_back(w);
  return u256{receipt.gas_used} * receipt.effective_gas_price;
}

outcome<u64> check_log(demo_run& run, const withdrawal& w) {
  ASHLAR_TRY(const auto place,
             wait_for("L2: the log proof of the withdrawal", run.limits.receipt_patience_s,
                      [&] { return log_place_of(run, w.txn); }));
  run.check("a withdrawal is a log of its batch",
            check_l2_log(l2_log_leaf(log_of(w, place.txn_number)), place.proof),
            fmt::format("log {} of batch {}, root {}", place.proof.index, place.batch,
                        to_hex(place.proof.root)));
  return place.batch;
}

/// What the receiver has of the token on L1.
outcome<u256> paid_to(demo_run& run, const withdrawal& w) {
  return is_ether(w) ? run.layer1->balance(w.receiver)
                     : run.layer1->token_balance(w.token, w.receiver);
}

outcome<u256> held_by_vault(demo_run& run, const address& token) {
  const chain_spec& spec = run.around.spec;
  return run.layer1->view(spec.ecosystem.vault, l1::abi_encoder()
                                                    .number(spec.config.chain_id)
                                                    .account(token)
                                                    .call("chainBalance(uint256,address)"));
}

outcome<bool> is_paid(demo_run& run, const withdrawal& w) {
  ASHLAR_TRY(const auto place, log_place_of(run, w.txn));
  if (!place) return false;
  ASHLAR_TRY(const u256 answer,
             run.layer1->view(run.around.spec.ecosystem.vault,
                              l1::abi_encoder()
                                  .number(run.around.spec.config.chain_id)
                                  .number(place->batch)
                                  .number(place->proof.index)
                                  .call("isWithdrawalFinalized(uint256,uint256,uint256)")));
  return !answer.is_zero();
}

bytes finalize_call(const demo_run& run, const withdrawal& w, const log_place& at) {
  std::vector<l1::abi_encoder> siblings(at.proof.siblings.size());
  for (std::size_t i = 0; i < siblings.size(); ++i) siblings[i].word(at.proof.siblings[i]);
  return l1::abi_encoder()
      .number(run.around.spec.config.chain_id)
      .number(at.batch)
      .number(at.proof.index)
      .number(at.txn_number)
      .blob(message_of(w))
      .array(siblings, false)
      .call("finalizeWithdrawal(uint256,uint256,uint256,uint16,bytes,bytes32[])");
}

/// Has the vault pay it, once.
outcome<nothing> pay_out(demo_run& run, const withdrawal& w) {
  const address& vault = run.around.spec.ecosystem.vault;
  ASHLAR_TRY(const auto place, log_place_of(run, w.txn));
  if (!place) return fail(std::string("L2: no log proof of a withdrawal"));
  const bytes call = finalize_call(run, w, *place);
  ASHLAR_TRY(const u256 before, paid_to(run, w));
  ASHLAR_TRY(const u256 held_before, held_by_vault(run, w.token));
  ASHLAR_CHECK(run.layer1->tell(
      l1::send_and_wait(run.layer1->rpc(), *run.rich, {run.rich->account(), vault, call, {}},
                        run.l1_fees, run.limits.receipt_patience_s * 1000)));
  ASHLAR_TRY(const u256 after, paid_to(run, w));
  ASHLAR_TRY(const u256 held, held_by_vault(run, w.token));
  const std::string what = is_ether(w) ? "ether" : "a token";
  run.same("a withdrawal of " + what + " is paid out", "what the receiver has on L1",
           before + w.amount, after);
  run.same("the vault has paid it of what it holds for the chain", "what it holds",
           held_before - w.amount, held);
  const auto again = run.layer1->rpc().call({run.rich->account(), vault, call, {}});
  run.check("it is paid once", !again.ok(),
            again ? "it could be paid again" : "the vault refuses it the second time");
  return nothing{};
}

}  // namespace

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

l2_log log_of(const withdrawal& w, u16 txn_number) {
  l2_log log;
  log.txn_number = txn_number;
  log.sender = l1_messenger_address;
  const address from = sender_of(w);
  std::copy(from.begin(), from.end(), log.key.begin() + 12);
  log.value = crypto::keccak256(message_of(w));
  return log;
}

outcome<std::string> step_withdrawal(demo_run& run) {
  wallet &who = run.wallets[1], &holder = run.wallets[0];
  const address receiver = make_wallet("withdrawal").account;
  const withdrawal half{{}, small_address(ether_token), receiver, u256{ether} / u256{2}};
  ASHLAR_TRY(const u256 before, run.layer2->balance(who.account));
  ASHLAR_TRY(
      const u256 fee,
      withdraw(run, who, half, l1::abi_encoder().account(receiver).call("withdraw(address)")));
  ASHLAR_TRY(const u256 after, run.layer2->balance(who.account));
  run.same("a withdrawal takes its amount and its fee", "the balance in wei",
           before - half.amount - fee, after);

  const withdrawal gold{{}, run.gold, receiver, u256{34} * u256{ether}};
  ASHLAR_TRY(const u256 had, run.layer2->token_balance(run.gold_on_l2, holder.account));
  ASHLAR_CHECK(withdraw(run, holder, gold,
                        l1::abi_encoder()
                            .account(receiver)
                            .account(run.gold_on_l2)
                            .number(gold.amount)
                            .call("withdraw(address,address,uint256)")));
  ASHLAR_TRY(const u256 has, run.layer2->token_balance(run.gold_on_l2, holder.account));
  run.same("a withdrawal of a token burns it", "the balance on L2", had - gold.amount, has);

  ASHLAR_CHECK(run.seal_batch());
  u64 batch = 0;
  for (const withdrawal& w : run.withdrawals) {
    ASHLAR_TRY(batch, check_log(run, w));
  }
  return fmt::format("0.5 ETH and 34 GLD, in batch {}", batch);
}

outcome<std::string> step_payout(demo_run& run) {
  for (const withdrawal& w : run.withdrawals) ASHLAR_CHECK(pay_out(run, w));
  return fmt::format("{} withdrawals", run.withdrawals.size());
}

/// What the vault on L1 holds for the chain is what there is on L2, and what was withdrawn there
/// and not paid out yet.
outcome<std::string> step_balance_sheet(demo_run& run) {
  const address& vault = run.around.spec.ecosystem.vault;
  ASHLAR_TRY(const u256 burnt, run.layer2->balance(small_address(base_token)));
  ASHLAR_TRY(const u256 gold_supply,
             run.layer2->view(run.gold_on_l2, l1::abi_encoder().call("totalSupply()")));
  std::string out;
  for (const auto& [name, token, supply] :
       {std::tuple("ETH", small_address(ether_token), run.ether_on_l2 - burnt),
        std::tuple("GLD", run.gold, gold_supply)}) {
    u256 pending;
    for (const withdrawal& w : run.withdrawals) {
      if (w.token != token) continue;
      ASHLAR_TRY(const bool paid, is_paid(run, w));
      if (!paid) pending += w.amount;
    }
    ASHLAR_TRY(const u256 held, held_by_vault(run, token));
    ASHLAR_TRY(const u256 has, token == small_address(ether_token)
                                   ? run.layer1->balance(vault)
                                   : run.layer1->token_balance(token, vault));
    const std::string sum = to_decimal(supply) + " on L2 + " + to_decimal(pending) + " pending";
    run.check(fmt::format("balance sheet of {}: the vault holds what L2 has and is owed", name),
              held == supply + pending && has == held,
              fmt::format("{} counted, {} there; {}", to_decimal(held), to_decimal(has), sum));
    out += fmt::format("{}{} {} = {}", out.empty() ? "" : ", ", name, to_decimal(held), sum);
  }
  return out;
}

}  // namespace ashlar::node::demo

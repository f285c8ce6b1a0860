#include <fmt/format.h>

#include "actors/node/demo/run.hpp"
#include "actors/node/proving/priority_fit.hpp"
#include "net/l1/abi.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"

/// What comes from L1: ether, a token, and the call of somebody whom the sequencer refuses.
namespace ashlar::node::demo {

namespace {

constexpr u64 ether_deposit_gas = 300'000;
/// The first deposit of a token creates its contract on L2, and pays for that pubdata.
constexpr u64 token_deposit_gas = priority_gas_max_default;
constexpr u64 forced_call_gas = 500'000;

address address_of_word(const u256& word) {
  return address::copy_of(word.to_be().data() + 12);
}

std::string in_ether(const u256& wei) {
  const u256 milli = wei / u256{ether / 1000};
  return fmt::format("{:.3f} ETH", static_cast<double>(milli.low()) / 1000);
}

/// An answer that is one JSON string of hex.
outcome<std::string> hex_answer(endpoint& at, std::string_view method) {
  ASHLAR_TRY(const std::string text, at.tell(at.rpc().raw(method, "[]")));
  if (text.size() < 2 || text.front() != '"')
    return fail(at.name() + ": " + std::string(method) + " answered " + text);
  return text.substr(1, text.size() - 2);
}

/// Calldata of the hub's deposit through the vault (net/contracts/README.md).
outcome<bytes> two_bridges_call(demo_run& run, const address& token, const u256& amount,
                                const address& receiver, const u256& mint) {
  const chain_spec& spec = run.around.spec;
  const hash256 asset = crypto::keccak256(l1::abi_encoder()
                                              .number(spec.config.l1_chain_id)
                                              .account(small_address(0x10004))
                                              .account(token)
                                              .encode());
  const bytes transfer = l1::abi_encoder().number(amount).account(receiver).account(token).encode();
  bytes second{0x01};
  append(second, l1::abi_encoder().word(asset).blob(transfer).encode());
  l1::abi_encoder asked;
  asked.number(spec.config.chain_id)
      .number(mint)
      .number(0)
      .number(token_deposit_gas)
      .number(800)
      .account(receiver)
      .account(spec.ecosystem.vault)
      .number(0)
      .blob(second);
  return l1::abi_encoder().dynamic_tuple(asked).call(
      "requestL2TransactionTwoBridges((uint256,uint256,uint256,uint256,uint256,address,address,"
      "uint256,bytes))");
}

}  // namespace

outcome<std::string> step_endpoints(demo_run& run) {
  const chain_spec& spec = run.around.spec;
  ASHLAR_TRY(const u64 l1_id, run.layer1->tell(run.layer1->rpc().chain_id()));
  ASHLAR_TRY(const u64 l2_id, run.layer2->tell(run.layer2->rpc().chain_id()));
  run.same("L1 is the chain that the rollup names", "its id", u256{spec.config.l1_chain_id},
           u256{l1_id});
  run.same("L2 is the chain that was registered", "its id", u256{spec.config.chain_id},
           u256{l2_id});
  ASHLAR_TRY(const u256 registered,
             run.layer1->view(spec.ecosystem.hub,
                              l1::abi_encoder().number(l2_id).call("getZKChain(uint256)")));
  ASHLAR_TRY(const std::string told, hex_answer(*run.layer2, "zks_getMainContract"));
  const std::string on_l1 = to_hex(address_of_word(registered));
  run.check("L2 names the contract that the hub has", told == on_l1,
            "hub: " + on_l1 + ", L2: " + told);
  ASHLAR_TRY(const std::string tip, hex_answer(*run.layer2, "eth_maxPriorityFeePerGas"));
  ASHLAR_TRY(const auto head, run.layer2->tell(run.layer2->rpc().latest()));
  const auto offered = parse_u256(tip);
  if (!offered) return fail("L2: eth_maxPriorityFeePerGas answered " + tip);
  // Head-room for a base fee that rises while we go on.
  run.l2_offer = {head.base_fee * u256{8} + *offered, *offered};
  return fmt::format("L1 {}, L2 {}", l1_id, l2_id);
}

outcome<std::string> step_deposit_ether(demo_run& run) {
  const u256 each = u256{10} * u256{ether};
  u256 total;
  for (wallet& w : run.wallets) {
    ASHLAR_TRY(const u256 before, run.layer2->balance(w.account));
    ASHLAR_TRY(const auto operation,
               run.request(*run.rich, {w.account, each, {}, ether_deposit_gas, w.account}));
    ASHLAR_TRY(const auto arrived, run.arrival(operation));
    // The mint, without the fee of the gas that the receipt shows, is all there.
    const u256 mint = operation.request.reserved[0];
    const u256 fee = u256{arrived.gas_used} * arrived.effective_gas_price;
    ASHLAR_TRY(const u256 after, run.layer2->balance(w.account));
    run.same("deposit of ether to " + w.name, "the balance in wei", before + mint - fee, after);
    total += mint;
    ASHLAR_TRY(w.nonce, run.layer2->tell(run.layer2->rpc().nonce(w.account, "latest")));
  }
  ASHLAR_TRY(const u256 held, run.layer1->view(run.around.spec.ecosystem.vault,
                                               l1::abi_encoder()
                                                   .number(run.around.spec.config.chain_id)
                                                   .account(small_address(ether_token))
                                                   .call("chainBalance(uint256,address)")));
  run.check("the vault holds what was deposited", held >= total,
            in_ether(held) + " held, " + in_ether(total) + " deposited here");
  return fmt::format("{} wallets, {}", run.wallets.size(), in_ether(total));
}

outcome<std::string> step_deposit_token(demo_run& run) {
  const chain_spec& spec = run.around.spec;
  const wallet& to = run.wallets[0];
  const u256 amount = u256{1234} * u256{ether};
  bytes arguments = l1::abi_encoder()
                        .blob(bytes{'G', 'o', 'l', 'd'})
                        .blob(bytes{'G', 'L', 'D'})
                        .number(amount * u256{2})
                        .encode();
  ASHLAR_TRY(bytes code, run.creation("DemoToken", arguments));
  ASHLAR_TRY(const auto created, run.on_l1(std::nullopt, std::move(code)));
  if (!created.contract_address) return fail(std::string("L1: DemoToken has no address"));
  const address token = *created.contract_address;
  ASHLAR_CHECK(run.on_l1(token, l1::abi_encoder()
                                    .account(spec.ecosystem.vault)
                                    .number(amount)
                                    .call("approve(address,uint256)")));
  ASHLAR_TRY(const u256 mint, run.base_cost(token_deposit_gas));
  ASHLAR_TRY(bytes call, two_bridges_call(run, token, amount, to.account, mint));
  ASHLAR_TRY(const auto receipt, run.on_l1(spec.ecosystem.hub, std::move(call), mint));
  ASHLAR_TRY(const auto operation, run.queued_by(receipt));
  ASHLAR_CHECK(run.arrival(operation));

  ASHLAR_TRY(const u256 bridged,
             run.layer2->view(small_address(token_bridge),
                              l1::abi_encoder().account(token).call("l2TokenAddress(address)")));
  const address l2_token = address_of_word(bridged);
  run.gold = token;
  run.gold_on_l2 = l2_token;
  ASHLAR_TRY(const u256 held, run.layer1->token_balance(token, spec.ecosystem.vault));
  ASHLAR_TRY(const u256 got, run.layer2->token_balance(l2_token, to.account));
  run.same("deposit of a token", "its balance on L2", amount, got);
  ASHLAR_TRY(const u256 supply,
             run.layer2->view(l2_token, l1::abi_encoder().call("totalSupply()")));
  run.same("the token's supply on L2 is what the vault holds on L1", "the supply", held, supply);
  return "1234 GLD to " + to_hex(l2_token);
}

outcome<std::string> step_censorship(demo_run& run) {
  wallet& refused = run.wallets[3];
  const address to = make_wallet("heir").account;
  const u256 amount = u256{25} * u256{ether};
  bytes call = l1::abi_encoder().account(to).number(amount).call("transfer(address,uint256)");
  ASHLAR_TRY(const u256 before, run.layer2->token_balance(run.token_a, refused.account));

  run.around.censor({refused.account});
  const bytes raw = run.sign(refused, run.token_a, call, {}, 200'000);
  --refused.nonce;
  const auto sent = run.layer2->rpc().send_raw(raw);
  // The words that a wallet matches on, and the sequencer's own.
  const std::string expected = "transaction dropped: refused by the sequencer";
  run.check("a censored transaction is refused",
            !sent && sent.error().text.find(expected) != std::string::npos,
            sent ? "it was taken" : sent.error().text);
  ASHLAR_TRY(const u256 unmoved, run.layer2->token_balance(run.token_a, refused.account));
  run.same("a censored transaction has no effect", "the sender's tokens", before, unmoved);

  // The same through L1, where nobody is asked. Its sender pays there.
  ASHLAR_CHECK(run.on_l1(refused.account, {}, u256{ether}));
  ASHLAR_TRY(const auto operation,
             run.request(*refused.key,
                         {run.token_a, {}, std::move(call), forced_call_gas, refused.account}));
  ASHLAR_CHECK(run.arrival(operation));
  ASHLAR_TRY(const u256 left, run.layer2->token_balance(run.token_a, refused.account));
  ASHLAR_TRY(const u256 got, run.layer2->token_balance(run.token_a, to));
  run.same("a forced transaction arrives", "the receiver's tokens", amount, got);
  run.same("a forced transaction is its sender's", "the sender's tokens", before - amount, left);
  run.around.censor({});
  return fmt::format("refused, then forced as priority operation {}", operation.id.value);
}

}  // namespace ashlar::node::demo

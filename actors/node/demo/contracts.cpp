#include <fmt/format.h>

#include "actors/node/demo/run.hpp"
#include "net/l1/abi.hpp"
#include "runtime/base/hex.hpp"

/// Contracts on L2: tokens, an exchange, a delegation, the precompiles.
namespace ashlar::node::demo {

namespace {

bytes text(std::string_view s) {
  return {s.begin(), s.end()};
}

bytes token_arguments(std::string_view name, std::string_view symbol, const u256& supply) {
  return l1::abi_encoder().blob(text(name)).blob(text(symbol)).number(supply).encode();
}

bytes call_with(std::string_view signature, const address& who, const u256& amount) {
  return l1::abi_encoder().account(who).number(amount).call(signature);
}

outcome<u256> reserve(demo_run& run, const char* which) {
  return run.layer2->view(run.exchange, l1::abi_encoder().call(which));
}

struct pool {
  u256 reserve0, reserve1, held0, held1;
};
outcome<pool> look_at_pool(demo_run& run) {
  pool p;
  ASHLAR_TRY(p.reserve0, reserve(run, "reserve0()"));
  ASHLAR_TRY(p.reserve1, reserve(run, "reserve1()"));
  ASHLAR_TRY(p.held0, run.layer2->token_balance(run.token_a, run.exchange));
  ASHLAR_TRY(p.held1, run.layer2->token_balance(run.token_b, run.exchange));
  return p;
}

outcome<nothing> open_exchange(demo_run& run) {
  wallet& owner = run.wallets[0];
  const u256 supply = u256{1'000'000} * u256{ether};
  ASHLAR_TRY(run.token_a, run.deploy(owner, "DemoToken", token_arguments("Stone", "STN", supply)));
  ASHLAR_TRY(run.token_b, run.deploy(owner, "DemoToken", token_arguments("Timber", "TMB", supply)));
  ASHLAR_TRY(run.exchange,
             run.deploy(owner, "DemoExchange",
                        l1::abi_encoder().account(run.token_a).account(run.token_b).encode()));
  const u256 a = u256{10'000} * u256{ether}, b = u256{40'000} * u256{ether};
  ASHLAR_CHECK(
      run.execute(owner, run.token_a, call_with("approve(address,uint256)", run.exchange, a)));
  ASHLAR_CHECK(
      run.execute(owner, run.token_b, call_with("approve(address,uint256)", run.exchange, b)));
  ASHLAR_CHECK(
      run.execute(owner, run.exchange,
                  l1::abi_encoder().number(a).number(b).call("addLiquidity(uint256,uint256)")));
  ASHLAR_TRY(const u256 shares, run.layer2->token_balance(run.exchange, owner.account));
  // The square root of 10,000 x 40,000.
  run.same("the first liquidity gets its geometric mean", "shares", u256{20'000} * u256{ether},
           shares);
  for (const std::size_t i : {std::size_t{2}, std::size_t{3}})
    ASHLAR_CHECK(run.execute(
        owner, run.token_a,
        call_with("transfer(address,uint256)", run.wallets[i].account, u256{1000} * u256{ether})));
  return nothing{};
}

bytes swap_call(const address& token, const u256& amount, const u256& least) {
  return l1::abi_encoder().account(token).number(amount).number(least).call(
      "swap(address,uint256,uint256)");
}

}  // namespace

outcome<std::string> step_exchange(demo_run& run) {
  ASHLAR_CHECK(open_exchange(run));
  wallet& trader = run.wallets[2];
  const u256 in = u256{500} * u256{ether};
  ASHLAR_CHECK(
      run.execute(trader, run.token_a, call_with("approve(address,uint256)", run.exchange, in)));
  ASHLAR_TRY(const pool before, look_at_pool(run));
  // The formula, here and in the contract: 0.3 % stays in the pool.
  const u256 net = in * u256{997};
  const u256 expected = net * before.reserve1 / (before.reserve0 * u256{1000} + net);
  ASHLAR_CHECK(run.execute(trader, run.exchange, swap_call(run.token_a, in, expected)));
  ASHLAR_TRY(const u256 got, run.layer2->token_balance(run.token_b, trader.account));
  run.same("a swap gives what the formula says", "tokens got", expected, got);
  ASHLAR_TRY(const pool after, look_at_pool(run));
  run.check("the product of the reserves does not fall",
            after.reserve0 * after.reserve1 >= before.reserve0 * before.reserve1,
            "before " + to_decimal(before.reserve0 * before.reserve1) + ", after " +
                to_decimal(after.reserve0 * after.reserve1));
  run.check("the exchange holds its reserves",
            after.reserve0 == after.held0 && after.reserve1 == after.held1,
            "reserves " + to_decimal(after.reserve0) + " and " + to_decimal(after.reserve1) +
                ", held " + to_decimal(after.held0) + " and " + to_decimal(after.held1));
  // One that asks for more than the formula gives is reverted, before anything is sent.
  const auto greedy = run.layer2->rpc().estimate_gas(
      {trader.account, run.exchange, swap_call(run.token_a, in, u256::max()), {}});
  run.check("a swap below its least output reverts",
            !greedy && greedy.error().code == l1::l1_error_code::reverted,
            greedy ? "it would pass" : greedy.error().text);
  return fmt::format("exchange at {}, 500 STN for {:.2f} TMB", to_hex(run.exchange),
                     static_cast<double>((got / u256{ether / 1000}).low()) / 1000);
}

outcome<std::string> step_delegation(demo_run& run) {
  wallet& sponsor = run.wallets[0];
  wallet& authority = run.wallets[2];
  ASHLAR_TRY(const address code, run.deploy(sponsor, "Delegate", {}));
  const u64 chain = run.around.spec.config.chain_id;
  txn t;
  t.type = txn_type::set_code;
  t.chain_id = chain;
  t.nonce = sponsor.nonce++;
  t.max_fee_per_gas = run.l2_offer.max_fee_per_gas;
  t.max_priority_fee_per_gas = run.l2_offer.max_priority_fee_per_gas;
  t.gas_limit = 300'000;
  t.to = authority.account;
  t.authorizations.push_back(authorize(authority, chain, code, authority.nonce));
  sponsor.key->sign(t);
  ASHLAR_TRY(const hash256 hash, run.layer2->tell(run.layer2->rpc().send_raw(encode_txn(t))));
  ASHLAR_CHECK(run.layer2->success(hash, run.limits.receipt_patience_s));
  ++authority.nonce;  // the authorisation took one

  ASHLAR_TRY(const bytes installed, run.layer2->tell(run.layer2->rpc().code(authority.account)));
  bytes expected{0xef, 0x01, 0x00};
  append(expected, code);
  run.check("an account delegates to code", installed == expected,
            "its code is " + to_hex(installed) + ", the delegate is " + to_hex(code));

  // Two payments in one transaction of the account to itself.
  const address first = make_wallet("mason").account, second = make_wallet("carver").account;
  const u256 wei{123'456'789}, tokens = u256{7} * u256{ether};
  std::vector<l1::abi_encoder> calls(2);
  calls[0].account(first).number(wei).blob({});
  calls[1]
      .account(run.token_a)
      .number(0)
      .blob(call_with("transfer(address,uint256)", second, tokens));
  ASHLAR_CHECK(
      run.execute(authority, authority.account,
                  l1::abi_encoder().array(calls, true).call("execute((address,uint256,bytes)[])")));
  ASHLAR_TRY(const u256 paid, run.layer2->balance(first));
  ASHLAR_TRY(const u256 moved, run.layer2->token_balance(run.token_a, second));
  run.same("a batched call pays ether", "wei received", wei, paid);
  run.same("a batched call moves tokens", "tokens received", tokens, moved);
  return std::string("set by a sponsor, two calls in one transaction");
}

outcome<std::string> step_precompiles(demo_run& run) {
  wallet& who = run.wallets[1];
  // What a proof for L1 has room for beside the rest; otherwise all of them.
  const char* const name = run.around.is_final ? "PrecompileWalk" : "PrecompileTour";
  ASHLAR_TRY(const address tour, run.deploy(who, name, {}));
  const bytes call = l1::abi_encoder().call("run()");
  ASHLAR_TRY(const u256 called, run.layer2->view(tour, call));
  ASHLAR_TRY(const auto receipt, run.execute(who, tour, call));
  const hash256 topic = l1::event_topic("Toured(uint256,bytes32)");
  std::optional<u256> stops, digest;
  for (const l1::l1_log& log : receipt.logs)
    if (log.entry.account == tour && log.entry.topics.size() == 1 && log.entry.topics[0] == topic &&
        log.entry.data.size() == 64) {
      stops = u256::from_be(log.entry.data.data());
      digest = u256::from_be(log.entry.data.data() + 32);
    }
  if (!digest) return fail(std::string("L2: the tour of precompiles emitted no Toured event"));
  ASHLAR_TRY(const u256 all, run.layer2->view(tour, l1::abi_encoder().call("STOPS()")));
  run.same("each precompile visited answers", "precompiles with the right answer", all, *stops);
  run.same("a call and a transaction see the same precompiles", "the digest of their answers",
           called.to_be(), digest->to_be());
  ASHLAR_CHECK(run.seal_batch());
  return fmt::format("{} precompiles, {} gas", stops->low(), receipt.gas_used);
}

}  // namespace ashlar::node::demo

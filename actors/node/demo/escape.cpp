#include <fmt/format.h>

#include "actors/node/demo/run.hpp"
#include "net/l1/abi.hpp"
#include "runtime/base/hex.hpp"

/// What becomes of users whose operator is gone: their money in the queue, and out again.
namespace ashlar::node::demo {
namespace {

constexpr u64 ether_deposit_gas = 300'000;
constexpr u64 withdrawal_gas = 500'000;

}  // namespace

/// A deposit of ether, and the withdrawals of tokens and of ether that are on L2 already: what
/// their owner can always ask for on L1.
outcome<std::string> step_leave_behind(demo_run& run) {
  left_behind& left = run.left;
  left.receiver = make_wallet("heir").account;
  left.deposited = u256{3} * u256{ether};
  ASHLAR_CHECK(run.request(*run.rich,
                           {left.receiver, left.deposited, {}, ether_deposit_gas, left.receiver}));
  const wallet& owner = run.wallets[0];
  left.withdrawn_to = make_wallet("refuge").account;
  left.withdrawn = u256{1000} * u256{ether};
  ASHLAR_CHECK(run.on_l1(owner.account, {}, u256{ether}));
  bytes call = l1::abi_encoder()
                   .account(left.withdrawn_to)
                   .account(run.gold_on_l2)
                   .number(left.withdrawn)
                   .call("withdraw(address,address,uint256)");
  ASHLAR_CHECK(run.request(
      *owner.key,
      {small_address(token_bridge), {}, std::move(call), withdrawal_gas, owner.account}));
  left.ether_withdrawn = u256{2} * u256{ether};
  call = l1::abi_encoder().account(left.withdrawn_to).call("withdraw(address)");
  ASHLAR_TRY(
      const auto last,
      run.request(*owner.key, {small_address(base_token), left.ether_withdrawn, std::move(call),
                               withdrawal_gas, owner.account, left.ether_withdrawn}));
  return fmt::format("3 ETH in, 1000 GLD and 2 ETH out; operations up to {}", last.id.value);
}

outcome<std::string> step_abandon(demo_run& run) {
  ASHLAR_CHECK(run.around.leaves->abandon());
  ASHLAR_TRY(const auto head, run.layer1->tell(run.layer1->rpc().latest()));
  return fmt::format("L1's clock is at {}", head.timestamp.value);
}

outcome<std::string> step_escape(demo_run& run) {
  ASHLAR_TRY(run.left.proofs, run.around.leaves->escape());
  const address& chain = run.around.spec.contracts.chain;
  ASHLAR_TRY(const auto p, run.layer1->tell(l1::read_progress(run.layer1->rpc(), chain)));
  ASHLAR_TRY(const u256 done,
             run.layer1->view(chain, l1::abi_encoder().call("getFirstUnprocessedPriorityTx()")));
  run.same("every operation of the queue is executed", "their number", u256{p.priority_total},
           done);
  run.check("what nobody had proved is replaced", p.executed == p.committed,
            fmt::format("{} batches committed, {} executed", p.committed.value, p.executed.value));
  return fmt::format("{} batches executed, {} operations", p.executed.value, p.priority_total);
}

outcome<std::string> step_refuge(demo_run& run) {
  const left_behind& left = run.left;
  ASHLAR_TRY(const u256 before, run.layer1->token_balance(run.gold, left.withdrawn_to));
  ASHLAR_TRY(const u256 ether_before, run.layer1->balance(left.withdrawn_to));
  for (const withdrawal_proof& proof : left.proofs) {
    std::vector<l1::abi_encoder> siblings;
    for (const hash256& h : proof.siblings) siblings.push_back(l1::abi_encoder().word(h));
    ASHLAR_CHECK(
        run.on_l1(run.around.spec.ecosystem.vault,
                  l1::abi_encoder()
                      .number(run.around.spec.config.chain_id)
                      .number(proof.batch)
                      .number(proof.index)
                      .number(proof.txn_number)
                      .blob(proof.message)
                      .array(siblings, false)
                      .call("finalizeWithdrawal(uint256,uint256,uint256,uint16,bytes,bytes32[])")));
  }
  ASHLAR_TRY(const u256 after, run.layer1->token_balance(run.gold, left.withdrawn_to));
  run.same("the withdrawal is paid out", "the receiver's tokens on L1", before + left.withdrawn,
           after);
  ASHLAR_TRY(const u256 ether_after, run.layer1->balance(left.withdrawn_to));
  run.same("ether that was on L2 is paid out", "the receiver's wei on L1",
           ether_before + left.ether_withdrawn, ether_after);
  return "1000 GLD and 2 ETH to " + to_hex(left.withdrawn_to);
}

}  // namespace ashlar::node::demo

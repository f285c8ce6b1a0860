#include "net/l1/abi.hpp"
#include "test/e2e/escape/abandoned_chain.hpp"

using namespace ashlar;
using namespace ashlar::test;
using outcome = node::escape_report::outcome;

namespace {

/// Of the chain that all tests begin from: each takes L1 back to here.
abandoned_chain& the_chain() {
  static abandoned_chain chain;
  static std::string snapshot;
  if (!snapshot.empty()) chain.raw("evm_revert", "[" + snapshot + "]");
  snapshot = chain.raw("evm_snapshot", "[]");
  return chain;
}

unix_seconds opening(abandoned_chain& chain) {
  const auto s = chain.standing();
  return unix_seconds{std::max(s.oldest_requested_at->value + s.priority_deadline_s,
                               std::max(s.oldest_requested_at->value, s.last_executed_at.value) +
                                   s.escape_period_s) +
                      1};
}

/// Pays out the withdrawals that were left behind, by what the report says of them.
void pay_out(abandoned_chain& chain, const node::escape_report& report) {
  REQUIRE(report.messages.size() == 2);
  chain.run->left.proofs.clear();
  for (const node::provable_message& m : report.messages)
    chain.run->left.proofs.push_back({m.batch.value, m.index, m.txn_number, m.message, m.proof});
  chain.run->report = {};
  const auto paid = node::demo::step_refuge(*chain.run);
  if (!paid.ok()) FAIL(paid.error());
  REQUIRE(chain.run->report.checks.size() == 2);
  CHECK(chain.run->report.reason == "");
}

/// Everything that was in the queue is executed, by the batch behind the operator's executed one.
void check_escaped(abandoned_chain& chain, const node::escape_report& report) {
  const auto s = chain.standing();
  CHECK(s.progress.executed.value == 2);
  CHECK(s.progress.committed.value == 2);
  CHECK(s.priority_executed == s.progress.priority_total);
  REQUIRE(report.batches.size() == 1);
  CHECK(report.batches.front().value == 2);
  // The state is what L1 alone gives, and the deposit is in it.
  const auto history = node::read_l1_history(*chain.l1, chain.dev->spec);
  REQUIRE(history.ok());
  const auto rebuilt =
      node::rebuild_from_l1(*chain.l1, chain.dev->spec, *history, batch_number{~0ull}, {});
  if (!rebuilt.ok()) FAIL(rebuilt.error());
  CHECK(rebuilt->commitment() == s.executed_state);
  const auto heir = rebuilt->reader()->get_account(chain.run->left.receiver);
  REQUIRE(heir.has_value());
  CHECK(heir->balance >= chain.run->left.deposited);
}

}  // namespace

TEST_CASE("without the operator what is overdue is settled, and withdrawals are paid") {
  abandoned_chain& chain = the_chain();
  refugee who(chain, 41);
  chain.fund(who.account->account());

  // given: too early, and it says until when
  const auto early = who.escape();
  REQUIRE_FALSE(early.ok());
  CHECK(early.error().opens_at == opening(chain));
  CHECK_THAT(early.error().text, Catch::Contains("nothing is overdue"));
  CHECK(chain.nonce(who.account->account()) == 0);

  // when
  chain.move_to(unix_seconds{early.error().opens_at->value - 1});
  CHECK_FALSE(who.escape().ok());
  chain.move_to(*early.error().opens_at);
  const node::escape_report report = who.escaped();

  // then
  CHECK(report.end == outcome::settled);
  CHECK(report.operations > 2);
  check_escaped(chain, report);
  pay_out(chain, report);
  CHECK(chain.nonce(who.account->account()) == report.transactions.size());
  CHECK(who.shelf.made == 1);

  // and again there is nothing to do, and it says so
  const node::escape_report again = who.escaped();
  CHECK(again.end == outcome::nothing);
  CHECK_THAT(again.why, Catch::Contains("every operation of the queue is executed"));
  CHECK(again.messages.size() == 2);
  CHECK(chain.nonce(who.account->account()) == report.transactions.size());
  CHECK_THAT(node::to_json(again), Catch::Contains("\"outcome\":\"nothing\""));
}

TEST_CASE("an escape that is killed at any request to L1 settles once") {
  const bool after = GENERATE(false, true);
  u64 requests = 0, transactions = 0;
  {
    abandoned_chain& chain = the_chain();
    chain.move_to(opening(chain));
    refugee who(chain, 41);
    chain.fund(who.account->account());
    transactions = who.escaped().transactions.size();
    requests = who.cut.count;
  }
  REQUIRE(requests > 40);
  // One command asks a few times more or less than the next.
  constexpr u64 slack = 20;
  for (u64 kill_at = after ? 5 : 0; kill_at + slack < requests; kill_at += 13) {
    INFO("request " << kill_at << " of " << requests << ", after it: " << after);
    abandoned_chain& chain = the_chain();
    chain.move_to(opening(chain));
    refugee who(chain, 41);
    chain.fund(who.account->account());
    who.cut = {0, kill_at, after};
    CHECK_THROWS_AS(who.escape(), killed);
    who.cut.kill_at.reset();
    const node::escape_report report = who.escaped();
    check_escaped(chain, report);
    CHECK(who.shelf.made == 1);
    CHECK(report.transactions.size() == transactions);
    CHECK(chain.nonce(who.account->account()) == transactions);
  }
}

TEST_CASE("another person's escape in between is coped with") {
  abandoned_chain& chain = the_chain();
  chain.move_to(opening(chain));
  refugee first(chain, 41), second(chain, 42);
  chain.fund(first.account->account());
  chain.fund(second.account->account());
  node::escape_report by_second;
  first.before_proof = [&] {
    chain.mine();
    by_second = second.escaped();
  };
  const node::escape_report by_first = first.escaped();
  CHECK(by_second.end == outcome::settled);
  CHECK(by_first.end == outcome::another);
  CHECK(by_first.batches.empty());
  CHECK(chain.standing().progress.executed.value == 2);
  CHECK(chain.nonce(first.account->account()) == 0);
  check_escaped(chain, by_second);
  pay_out(chain, by_second);
}

TEST_CASE("an escape whose settlement a reorg takes back settles again") {
  abandoned_chain& chain = the_chain();
  chain.move_to(opening(chain));
  refugee who(chain, 41);
  chain.fund(who.account->account());
  who.escaped();
  REQUIRE(chain.standing().progress.executed.value == 2);
  chain.raw("anvil_rollback", "[4]");
  REQUIRE(chain.standing().progress.executed.value == 1);
  const node::escape_report again = who.escaped();
  CHECK(again.end == outcome::settled);
  check_escaped(chain, again);
  CHECK(who.shelf.made == 1);
}

TEST_CASE("a batch that L1 does not take any more is laid again") {
  abandoned_chain& chain = the_chain();
  chain.move_to(opening(chain));
  refugee who(chain, 41);
  chain.fund(who.account->account());
  // The proof takes longer than L1 takes a batch for.
  who.before_proof = [&] {
    const auto s = chain.standing();
    chain.move_to(unix_seconds{s.now.value + s.past_window_s + 10});
  };
  const node::escape_report report = who.escaped();
  CHECK(report.end == outcome::settled);
  check_escaped(chain, report);
  CHECK(who.shelf.made == 2);
}

TEST_CASE("an escape says what it lacks before it proves") {
  abandoned_chain& chain = the_chain();
  refugee who(chain, 43);
  chain.move_to(opening(chain));
  const auto without_funds = who.escape();
  REQUIRE_FALSE(without_funds.ok());
  CHECK_THAT(without_funds.error().text,
             Catch::Contains("has 0 wei on L1") && Catch::Contains("refill it"));
  chain.fund(who.account->account());

  const hash256 root = chain.verifier.set_root;
  const auto govern = [&](const address& verifier) {
    const std::string governor = to_hex(chain.dev->spec.contracts.governor);
    chain.fund(chain.dev->spec.contracts.governor);
    chain.raw("anvil_impersonateAccount", "[\"" + governor + "\"]");
    chain.raw("eth_sendTransaction", "[{\"from\":\"" + governor + "\",\"to\":\"" +
                                         to_hex(chain.contract()) +
                                         "\",\"gas\":\"0xf4240\",\"data\":\"" +
                                         to_hex(l1::abi_encoder()
                                                    .number(chain.dev->spec.config.protocol_version)
                                                    .account(verifier)
                                                    .call("setVerifier(uint32,address)")) +
                                         "\"}]");
  };
  govern({});
  const auto without_verifier = who.escape();
  REQUIRE_FALSE(without_verifier.ok());
  CHECK_THAT(without_verifier.error().text, Catch::Contains("no verifier"));

  stated_verifier other;
  other.set_root = stark::list_with({}, filled(2));
  other.contracts = other.open();
  const auto at = node::deploy_verifier(*chain.l1, *chain.rich, other.contracts->contracts(), {});
  REQUIRE(at.ok());
  govern(*at);
  const auto of_others = who.escape();
  REQUIRE_FALSE(of_others.ok());
  CHECK_THAT(of_others.error().text, Catch::Contains("other programs"));
  CHECK(who.shelf.made == 0);
  CHECK(chain.nonce(who.account->account()) == 0);
  CHECK(root == chain.verifier.set_root);
}

TEST_CASE("what was proved is executed before anything is replaced") {
  abandoned_chain& chain = the_chain();
  // given: the operator's second batch is proved, by whomever, and nobody executes it
  const hash256 input = chain.stored(2);
  const publisher::batch_run run{batch_number{2}, batch_number{2}, chain_public_input({}, input)};
  for (const auto& stage : chain.verifier.prove(run, std::span(&input, 1)).stages)
    REQUIRE(chain.run->on_l1(stage.to, stage.calldata).ok());
  REQUIRE(
      chain.run->on_l1(chain.contract(), l1::encode_prove_batches(batch_number{2}, batch_number{2}))
          .ok());
  chain.move_to(opening(chain));
  refugee who(chain, 41);
  chain.fund(who.account->account());
  // when
  const node::escape_report report = who.escaped();
  // then: it is executed as the operator committed it, and L1 starts the period again
  CHECK(report.end == outcome::executed);
  CHECK(chain.standing().progress.executed.value == 2);
  CHECK(chain.stored(2) == input);
  CHECK_THAT(report.why, Catch::Contains("anyone may settle from"));
  chain.move_to(opening(chain));
  const node::escape_report rest = who.escaped();
  CHECK(rest.end == outcome::settled);
  CHECK(chain.standing().progress.executed.value == 3);
  CHECK(chain.standing().priority_executed == chain.standing().progress.priority_total);
}

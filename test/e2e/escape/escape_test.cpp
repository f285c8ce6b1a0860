#include "net/l1/abi.hpp"
#include "test/e2e/escape/abandoned_chain.hpp"

using namespace ashlar;
using namespace ashlar::test;
using outcome = node::escape_report::outcome;

namespace {

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

/// Everything that was in the queue is executed, by so many batches behind the operator's executed
/// one.
void check_escaped(abandoned_chain& chain, const node::escape_report& report, u64 batches = 1) {
  const auto s = chain.standing();
  CHECK(s.progress.executed.value == 1 + batches);
  CHECK(s.progress.committed.value == 1 + batches);
  CHECK(s.priority_executed == s.progress.priority_total);
  REQUIRE(report.batches.size() == batches);
  for (u64 i = 0; i < batches; ++i) CHECK(report.batches[i].value == 2 + i);
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

TEST_CASE("what one batch does not hold is settled by several, also by a command that is killed") {
  // given: batches that hold one operation, so that each holds what L1 demands and no more
  const auto small = [](refugee& who) { who.limits.txns_max = 1; };
  u64 requests = 0, transactions = 0, batches = 0;
  {
    abandoned_chain& chain = the_chain();
    chain.move_to(all_opening(chain));
    refugee who(chain, 41);
    small(who);
    chain.fund(who.account->account());
    const auto s = chain.standing();
    batches = s.progress.priority_total - s.priority_executed;
    REQUIRE(batches > 2);
    // when
    const node::escape_report report = who.escaped();
    // then: the escape stayed open from one to the next
    CHECK(report.end == outcome::settled);
    CHECK(report.operations == batches);
    CHECK(who.shelf.made == batches);
    check_escaped(chain, report, batches);
    pay_out(chain, report);
    transactions = report.transactions.size();
    requests = who.cut.count;
  }
  for (u64 i = 1; i < 12; ++i) {
    const u64 kill_at = requests * i / 13;
    INFO("request " << kill_at << " of " << requests);
    abandoned_chain& chain = the_chain();
    chain.move_to(all_opening(chain));
    refugee who(chain, 41);
    small(who);
    chain.fund(who.account->account());
    who.cut = {0, kill_at, i % 2 == 0};
    CHECK_THROWS_AS(who.escape(), killed);
    who.cut.kill_at.reset();
    const node::escape_report report = who.escaped();
    check_escaped(chain, report, batches);
    CHECK(report.operations == batches);
    CHECK(who.shelf.made == batches);
    CHECK(report.transactions.size() == transactions);
    CHECK(chain.nonce(who.account->account()) == transactions);
  }
}

TEST_CASE("a batch whose time on L1 runs out is not proved on") {
  abandoned_chain& chain = the_chain();
  chain.move_to(opening(chain));
  refugee who(chain, 41);
  chain.fund(who.account->account());
  who.before_proof = [&] {
    const auto s = chain.standing();
    chain.move_to(unix_seconds{s.now.value + s.past_window_s + 10});
    who.time.advance(std::chrono::hours(25));
  };
  const node::escape_report report = who.escaped();
  CHECK(report.end == outcome::settled);
  check_escaped(chain, report);
  CHECK(who.shelf.made == 1);
  CHECK(std::any_of(who.said.begin(), who.said.end(), [](const std::string& line) {
    return line.find("is not proved on: its first block") != std::string::npos;
  }));
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
    govern_by(chain, l1::abi_encoder()
                         .number(chain.dev->spec.config.protocol_version)
                         .account(verifier)
                         .call("setVerifier(uint32,address)"));
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
  chain.prove_batch(2);
  chain.move_to(all_opening(chain));
  refugee who(chain, 41);
  chain.fund(who.account->account());
  // when
  const node::escape_report report = who.escaped();
  // then: it is executed as the operator committed it, and the rest is settled behind it
  CHECK(report.end == outcome::settled);
  CHECK(report.batches.size() == 2);
  CHECK(chain.stored(2) == input);
  CHECK(chain.standing().progress.executed.value == 3);
  CHECK(chain.standing().priority_executed == chain.standing().progress.priority_total);
}

TEST_CASE("a batch that others prove, and take back, does not stop one that was begun") {
  const bool is_taken_back = GENERATE(false, true);
  const bool is_killed = GENERATE(false, true);
  INFO("taken back: " << is_taken_back << ", killed: " << is_killed);
  abandoned_chain& chain = the_chain();
  chain.move_to(all_opening(chain));
  refugee who(chain, 41);
  chain.fund(who.account->account());
  const auto proved = [&] { return chain.progress().proved.value; };
  // given: when the first transaction of the verification is sent, the operator's batch is proved
  u64 waits = 0;
  who.before_wait = [&] {
    if (chain.nonce(who.account->account()) == 0) return;
    if (++waits == 1) {
      chain.prove_batch(2);
      REQUIRE(proved() == 2);
      if (is_killed) throw killed{};
    }
    // and is gone again some time later, where L1 has not replaced it
    if (waits != 2 || !is_taken_back || chain.progress().executed.value > 1) return;
    govern_by(chain, l1::encode_revert_batches(batch_number{1}));
    REQUIRE(proved() == 1);
  };
  const hash256 theirs = chain.stored(2);
  // when
  if (is_killed) CHECK_THROWS_AS(who.escape(), killed);
  const node::escape_report report = who.escaped();
  // then: its own batch is settled, by its first proof
  CHECK(waits > 0);
  CHECK(report.end == outcome::settled);
  CHECK(who.shelf.made == 1);
  CHECK(chain.stored(2) != theirs);
  check_escaped(chain, report);
}

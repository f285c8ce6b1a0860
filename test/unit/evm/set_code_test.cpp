#include <catch2/catch.hpp>

#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/secp256k1.hpp"
#include "runtime/types/rlp.hpp"
#include "test/unit/evm/evm_world.hpp"

// EIP-7702. Gas, nonces and codes are the text's: a tuple costs PER_EMPTY_ACCOUNT_COST = 25,000 and
// gives PER_EMPTY_ACCOUNT_COST - PER_AUTH_BASE_COST = 12,500 back where its authority was not
// empty, a fifth of what was spent at most (EIP-3529).

using namespace ashlar;
using namespace ashlar::evm;
using test::address_of;
using test::code_of;
using test::evm_world;

namespace {

constexpr u64 txn_gas = 21'000, tuple_gas = 25'000, tuple_refund = 12'500;
const address wallet = address_of(0xd1), target = address_of(0xd2);

hash256 secret(u8 last) {
  hash256 s;
  s[31] = last;
  return s;
}

address account_of(u8 key) {
  hash256 digest;
  digest[0] = 1;
  const auto s = crypto::sign(digest, secret(key));
  return *crypto::recover(digest, s->r, s->s, s->y_parity);
}

authorization authorize(u8 key, const address& delegate, u64 nonce, const u256& chain_id = 1) {
  authorization a;
  a.chain_id = chain_id;
  a.account = delegate;
  a.nonce = nonce;
  bytes message{0x05};
  rlp::list_scope list{message};
  rlp::encode_u256(message, chain_id);
  rlp::encode_fixed(message, delegate);
  rlp::encode_u64(message, nonce);
  list.close();
  const auto s = crypto::sign(crypto::keccak256(message), secret(key));
  a.y_parity = s->y_parity;
  a.r = s->r;
  a.s = s->s;
  return a;
}

std::string hex_of(const address& who) {
  return to_hex(who).substr(2);
}

std::string designator(const address& delegate) {
  return "ef0100" + hex_of(delegate);
}

txn set_code_txn(const evm_world& w, std::vector<authorization> list) {
  txn t = w.make_txn();
  t.type = txn_type::set_code;
  t.authorizations = std::move(list);
  return t;
}

/// The account once the transaction has ended.
account after(evm_world& w, const address& who) {
  for (const auto& c : w.last_diff.accounts)
    if (c.who == who) return c.after.value_or(account{});
  return w.reader.accounts[who];
}

void check_code(evm_world& w, const address& who, const std::string& hex) {
  const account a = after(w, who);
  const bytes code = code_of(hex);
  CHECK(a.code_size == code.size());
  CHECK(to_hex(a.code_hash) == to_hex(crypto::keccak256(code)));
}

void check_executed(evm_world& w, const txn& t, u64 gas_used, bool success = true) {
  const auto r = w.execute(t);
  REQUIRE(r.ok());
  CHECK(r->success == success);
  CHECK(r->gas_used == gas_used);
}

}  // namespace

TEST_CASE("a tuple is taken or skipped, and its authority warmed, as the EIP's steps say") {
  const u256 order =
      *parse_u256("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
  const address who = account_of(1);
  struct row {
    const char* name;
    bool taken, warmed;
    u64 nonce;  ///< of the authority, and of its tuple unless that says otherwise
    authorization tuple;
    std::string code{};  ///< the authority's before
  };
  const auto altered = [&](auto&& change) {
    authorization a = authorize(1, target, 0);
    change(a);
    return a;
  };
  const row rows[] = {
      {"chain id of the chain", true, true, 0, authorize(1, target, 0)},
      {"chain id zero", true, true, 0, authorize(1, target, 0, 0)},
      {"another chain id", false, false, 0, authorize(1, target, 0, 2)},
      {"a chain id equal to ours in 64 bits", false, false, 0,
       authorize(1, target, 0, (u256{1} << 64) + u256{1})},
      {"the nonce of the authority", true, true, 7, authorize(1, target, 7)},
      {"a nonce below", false, true, 7, authorize(1, target, 6)},
      {"a nonce above", false, true, 7, authorize(1, target, 8)},
      {"the last nonce but one", true, true, ~u64{0} - 1, authorize(1, target, ~u64{0} - 1)},
      {"the nonce 2^64 - 1", false, false, ~u64{0}, authorize(1, target, ~u64{0})},
      {"an authority with code", false, true, 7, authorize(1, target, 7), "00"},
      {"code as long as a designator", false, true, 7, authorize(1, target, 7),
       "ef0101" + hex_of(target)},
      {"an authority that delegates", true, true, 7, authorize(1, target, 7), designator(wallet)},
      {"s above half the order", false, false, 0, altered([&](authorization& a) {
         a.s = order - a.s;
         a.y_parity ^= 1;
       })},
      {"y parity 2", false, false, 0, altered([](authorization& a) { a.y_parity += 2; })},
      {"v for y parity", false, false, 0, altered([](authorization& a) { a.y_parity += 27; })},
      {"the other y parity", false, false, 0, altered([](authorization& a) { a.y_parity ^= 1; })},
      {"r zero", false, false, 0, altered([](authorization& a) { a.r = {}; })},
      {"r of the order", false, false, 0, altered([&](authorization& a) { a.r = order; })},
      {"s zero", false, false, 0, altered([](authorization& a) { a.s = {}; })},
      {"another address than was signed", false, false, 0,
       altered([](authorization& a) { a.account = wallet; })},
  };
  for (const row& each : rows) {
    INFO(each.name);
    evm_world w;
    // given an authority, and a contract that reads its balance
    if (each.nonce != 0) w.reader.accounts[who].nonce = each.nonce;
    if (!each.code.empty()) w.reader.set_code(who, code_of(each.code));
    w.deploy(w.contract, "73" + hex_of(who) + "315000");

    // when a transaction brings the tuple
    txn t = set_code_txn(w, {each.tuple});
    // then it costs what the text says; PUSH20 and POP are 5
    const u64 spent = txn_gas + tuple_gas + 5 + (each.warmed ? 100 : 2'600);
    const bool refunds = each.taken && each.nonce != 0;
    check_executed(w, t, refunds ? spent - spent / 5 : spent);
    // and the authority has the designator and the next nonce, or is as it was
    CHECK(after(w, who).nonce == each.nonce + (each.taken ? 1 : 0));
    check_code(w, who, each.taken ? designator(target) : each.code);
  }
}

TEST_CASE("the zero address clears a delegation") {
  const address who = account_of(1);
  evm_world w;
  SECTION("one that is there") {
    w.reader.set_code(who, code_of(designator(target)));
    w.reader.accounts[who].nonce = 5;
    check_executed(w, set_code_txn(w, {authorize(1, {}, 5)}), 46'000 - 46'000 / 5);
    CHECK(after(w, who).nonce == 6);
  }
  SECTION("and leaves an account that was not with its nonce alone") {
    check_executed(w, set_code_txn(w, {authorize(1, {}, 0)}), 46'000);
    CHECK(after(w, who).nonce == 1);
  }
  SECTION("and one that was set in the same list") {
    check_executed(w, set_code_txn(w, {authorize(1, target, 0), authorize(1, {}, 1)}),
                   71'000 - tuple_refund);
    CHECK(after(w, who).nonce == 2);
  }
  check_code(w, who, "");
}

TEST_CASE("each authority that was not empty gives 12,500 gas back, a fifth of all at most") {
  evm_world w;
  w.reader.accounts[account_of(1)].balance = 1;
  w.reader.accounts[account_of(2)].nonce = 1;
  const authorization rich = authorize(1, target, 0), used = authorize(2, target, 1),
                      fresh = authorize(3, target, 0);
  check_executed(w, set_code_txn(w, {fresh}), 46'000);
  check_executed(w, set_code_txn(w, {rich}), 46'000 - 9'200);
  check_executed(w, set_code_txn(w, {fresh, rich}), 71'000 - tuple_refund);
  check_executed(w, set_code_txn(w, {fresh, used}), 71'000 - tuple_refund);
  check_executed(w, set_code_txn(w, {rich, used}), 71'000 - 14'200);
  // EIP-7623's floor, 21,000 and 40 for each byte, holds after the refund.
  txn t = set_code_txn(w, {rich});
  t.data.assign(500, 1);
  check_executed(w, t, 54'000 - 10'800);
  t.data.assign(900, 1);
  check_executed(w, t, 57'000);
}

TEST_CASE("of one authority's tuples the last valid one stands") {
  evm_world w;
  const address who = account_of(1);
  SECTION("a second with the same nonce is skipped") {
    check_executed(w, set_code_txn(w, {authorize(1, target, 0), authorize(1, wallet, 0)}), 71'000);
    check_code(w, who, designator(target));
    CHECK(after(w, who).nonce == 1);
  }
  SECTION("with the next nonce it replaces the first, whose account is no longer empty") {
    check_executed(w, set_code_txn(w, {authorize(1, target, 0), authorize(1, wallet, 1)}),
                   71'000 - tuple_refund);
    check_code(w, who, designator(wallet));
    CHECK(after(w, who).nonce == 2);
  }
  SECTION("in the wrong order the first is skipped") {
    check_executed(w, set_code_txn(w, {authorize(1, wallet, 1), authorize(1, target, 0)}), 71'000);
    check_code(w, who, designator(target));
    CHECK(after(w, who).nonce == 1);
  }
}

TEST_CASE("a failure of the transaction undoes neither delegations nor their refund") {
  evm_world w;
  const address fresh = account_of(1), rich = account_of(2);
  w.reader.accounts[rich].balance = 1;
  txn t = set_code_txn(w, {authorize(1, target, 0), authorize(2, target, 0)});
  SECTION("by REVERT") {
    w.deploy(w.contract, "5f5ffd");
    check_executed(w, t, 71'004 - tuple_refund, false);
  }
  SECTION("by an exceptional halt") {
    w.deploy(w.contract, "fe");
    t.gas_limit = 100'000;
    check_executed(w, t, 100'000 - tuple_refund, false);
  }
  for (const address& who : {fresh, rich}) {
    check_code(w, who, designator(target));
    CHECK(after(w, who).nonce == 1);
  }
}

TEST_CASE("a sender's own tuple counts the nonce that its transaction took") {
  evm_world w;
  w.sender = account_of(1);
  w.reader.accounts[w.sender].balance = u256{1} << 100;
  check_executed(w, set_code_txn(w, {authorize(1, target, 0)}), 46'000);
  CHECK(after(w, w.sender).nonce == 1);
  check_code(w, w.sender, "");
  check_executed(w, set_code_txn(w, {authorize(1, target, 1)}), 46'000 - 9'200);
  CHECK(after(w, w.sender).nonce == 2);
  check_code(w, w.sender, designator(target));
}

TEST_CASE("code runs as the account that delegates to it, from the very transaction on") {
  evm_world w;
  const address who = account_of(1);
  // sstore(address(), codesize())
  w.deploy(target, "383055");
  txn t = set_code_txn(w, {authorize(1, target, 0)});
  t.to = who;
  // CODESIZE 2, ADDRESS 2, and a cold slot that is set; the target's access is not charged
  check_executed(w, t, 46'000 + 4 + 22'100);
  REQUIRE(w.last_diff.slots.size() == 1);
  CHECK(w.last_diff.slots[0].who == who);
  CHECK(w.last_diff.slots[0].slot ==
        u256::from_be(bytes_view{code_of("000000000000000000000000" + hex_of(who))}));
  CHECK(w.last_diff.slots[0].after == u256{3});
}

TEST_CASE("a transaction to a delegating account warms the target and is not charged for it") {
  evm_world w;
  w.deploy(wallet, designator(target));
  w.deploy(target, "73" + hex_of(target) + "315000");
  txn t = w.make_txn();
  t.to = wallet;
  check_executed(w, t, 21'000 + 5 + 100);
}

TEST_CASE("a delegation to a precompile runs empty code") {
  const u8 which = GENERATE(u8{1}, u8{4}, u8{9});
  INFO(int{which});
  evm_world w;
  w.deploy(wallet, designator(address_of(which)));
  SECTION("as the destination") {
    txn t = w.make_txn();
    t.to = wallet;
    t.data = {1};
    check_executed(w, t, 21'040);  // EIP-7623's floor
  }
  SECTION("in a call, which pays for a cold account and a warm target") {
    // call(gas(), wallet, 0, 0, 32, 0, 0), then return its result and RETURNDATASIZE
    const auto r = w.call("5f5f60205f5f73" + hex_of(wallet) + "5af15f523d60205260405ff3");
    REQUIRE(r.success);
    CHECK(u256::from_be(bytes_view(r.output).first(32)) == u256{1});
    CHECK(u256::from_be(bytes_view(r.output).subspan(32)) == u256{});
    // Of it, 3 are the word of memory that the input takes.
    const u64 pushes = 2 * 4 + 3 + 3 + 2;
    const u64 after_call = 2 + 3 + 2 + 3 + 6 + 3 + 2;
    CHECK(r.gas_spent_max == 21'000 + pushes + 3 + 2'600 + 100 + after_call);
  }
}

TEST_CASE("a chain of delegations is followed one step, onto code that cannot run") {
  evm_world w;
  w.deploy(target, "5f5ff3");
  w.deploy(wallet, designator(target));
  const address first = address_of(0xd0);
  const bool itself = GENERATE(false, true);
  w.deploy(first, designator(itself ? first : wallet));
  txn t = w.make_txn();
  t.to = first;
  check_executed(w, t, t.gas_limit, false);
  // And a call of it fails with all the gas that it was given: 1,000, a cold account and either
  // its cold target or itself, which is warm by then.
  const auto r = w.call("5f5f5f5f5f73" + hex_of(first) + "6103e8f15f5260205ff3");
  REQUIRE(r.success);
  CHECK(test::word(r.output).is_zero());
  const u64 rest = 10 + 3 + 3 + 2 + 6 + 3 + 2;
  CHECK(r.gas_spent_max == 21'000 + rest + 2'600 + (itself ? 100 : 2'600) + 1'000);
}

TEST_CASE("EXTCODE instructions see the designator and leave its target cold") {
  evm_world w;
  w.deploy(target, "00");
  w.deploy(wallet, designator(target));
  const std::string at = "73" + hex_of(wallet);
  // return(extcodesize), return(extcodehash), extcodecopy(0, 0, 32) and return it
  CHECK(test::word(w.call(at + "3b5f5260205ff3").output) == u256{23});
  CHECK(test::word(w.call(at + "3f5f5260205ff3").output) ==
        u256::from_be(crypto::keccak256(code_of(designator(target)))));
  bytes padded = code_of(designator(target));
  padded.resize(32);
  CHECK(w.call("60205f5f" + at + "3c60205ff3").output == padded);
  // The account is paid for and the target is not; a first look at that is then a cold one.
  CHECK(w.gas_of(at + "3b5000") == 3 + 2'600 + 2);
  CHECK(w.gas_of(at + "3b50" + "73" + hex_of(target) + "3b5000") == 2 * (3 + 2'600 + 2));
}

TEST_CASE("a call pays for the account and, cold or warm, for its target") {
  const bool warm_wallet = GENERATE(false, true), warm_target = GENERATE(false, true);
  const std::string call = GENERATE("5f5f5f5f5f73@5af15000", "5f5f5f5f5f73@5af25000",
                                    "5f5f5f5f73@5af45000", "5f5f5f5f73@5afa5000");
  INFO(call << ' ' << warm_wallet << ' ' << warm_target);
  evm_world w;
  w.deploy(target, "00");
  w.deploy(wallet, designator(target));
  const std::size_t at = call.find('@');
  w.deploy(w.contract, call.substr(0, at) + hex_of(wallet) + call.substr(at + 1));
  call_request r;
  r.from = w.sender;
  r.to = w.contract;
  r.gas_limit = w.gas;
  if (warm_wallet) r.access_list.push_back({wallet, {}});
  if (warm_target) r.access_list.push_back({target, {}});
  const u64 listed = 2'400 * r.access_list.size();
  // PUSH0s, PUSH20, GAS and POP
  const u64 rest = (at - 2) / 2 * 2 + 3 + 2 + 2;
  CHECK(w.call(r).gas_spent_max ==
        txn_gas + listed + rest + (warm_wallet ? 100 : 2'600) + (warm_target ? 100 : 2'600));
}

#include "runtime/evm/transition.hpp"

#include <numeric>
#include <random>

#include <catch2/catch.hpp>

#include "test/unit/evm/evm_world.hpp"

using namespace ashlar;
using namespace ashlar::evm;
using test::address_of;
using test::evm_world;

namespace {

void expect(evm_world& w, const txn& t, rejection why) {
  const auto r = w.execute(t);
  REQUIRE_FALSE(r.ok());
  CHECK(std::string{to_text(r.error().reason)} == to_text(why));
  CHECK(w.last_diff == state_diff{});
}

u256 balance_after(const evm_world& w, const address& who) {
  for (const auto& c : w.last_diff.accounts)
    if (c.who == who) return c.after ? c.after->balance : u256{};
  const auto it = w.reader.accounts.find(who);
  return it == w.reader.accounts.end() ? u256{} : it->second.balance;
}

}  // namespace

TEST_CASE("the gas of calldata counts its zero bytes, whatever lies around them") {
  txn t;
  t.to = address_of(1);
  std::mt19937_64 random{5};
  for (std::size_t size = 0; size < 3'000; size += size < 40 ? 1 : 389)
    for (const u64 zero_of : {u64{1}, u64{2}, u64{300}}) {
      // One in so many is zero; all others are 1, 0x7f, 0x80 or 0xff.
      t.data.assign(size, 0);
      u64 zeros = 0;
      constexpr u8 others[] = {1, 0x7f, 0x80, 0xff};
      for (u8& b : t.data) b = random() % zero_of == 0 ? 0 : others[random() % 4];
      for (const u8 b : t.data) zeros += b == 0 ? 1 : 0;
      const u64 nonzeros = size - zeros;
      const intrinsic_cost cost = intrinsic_gas(t, revision::prague);
      CHECK(cost.gas == 21'000 + 4 * zeros + 16 * nonzeros);
      CHECK(cost.floor == 21'000 + 10 * (zeros + 4 * nonzeros));
    }
}

TEST_CASE("jump targets are the same whichever is asked for first") {
  std::mt19937_64 random{6};
  for (int round = 0; round < 300; ++round) {
    // given: random code, of few opcodes so that many pushes hide a target
    bytes raw(random() % 400);
    constexpr u8 ops[] = {0x5b, 0x5b, 0x5b, 0x60, 0x61, 0x6b, 0x7f, 0x5a, 0x80, 0x00};
    for (u8& b : raw) b = ops[random() % sizeof ops];
    std::vector<bool> targets(raw.size() + 40, false);
    for (std::size_t i = 0; i < raw.size(); ++i) {
      targets[i] = raw[i] == 0x5b;
      if (raw[i] >= 0x60 && raw[i] < 0x80) i += raw[i] - 0x5fu;
    }
    // when: in any order
    const code found(raw);
    std::vector<u64> order(targets.size());
    std::iota(order.begin(), order.end(), u64{0});
    if (round % 2 == 0) std::shuffle(order.begin(), order.end(), random);
    // then
    for (const u64 at : order) CHECK(found.is_jumpdest(at) == targets[at]);
    CHECK_FALSE(found.is_jumpdest(~u64{0}));
  }
}

TEST_CASE("each rejection has its reason and changes nothing") {
  evm_world w;
  w.env.base_fee = 7;
  w.reader.accounts[w.sender].nonce = 3;
  txn good = w.make_txn();
  good.nonce = 3;
  REQUIRE(w.execute(good).ok());
  txn t = good;

  SECTION("nonce too low") {
    t.nonce = 2, expect(w, t, rejection::nonce_too_low);
  }
  SECTION("nonce too high") {
    t.nonce = 4, expect(w, t, rejection::nonce_too_high);
  }
  SECTION("nonce at its end") {
    w.reader.accounts[w.sender].nonce = t.nonce = ~u64{0};
    expect(w, t, rejection::nonce_max);
  }
  SECTION("funds") {
    t.value = u256{1} << 100;
    expect(w, t, rejection::insufficient_funds);
    t.max_fee_per_gas = u256::max();
    expect(w, t, rejection::insufficient_funds);
  }
  SECTION("a cost over 256 bits, whatever the funds") {
    w.reader.accounts[w.sender].balance = u256::max();
    t.value = u256::max();
    expect(w, t, rejection::insufficient_funds);
    t.value = {};
    t.max_fee_per_gas = u256::max();
    expect(w, t, rejection::insufficient_funds);
    t.max_fee_per_gas = u256::max() / u256{t.gas_limit};
    t.value = u256::max() - t.max_fee_per_gas * u256{t.gas_limit};
    REQUIRE(w.execute(t).ok());
    t.value += u256{1};
    expect(w, t, rejection::insufficient_funds);
  }
  SECTION("fee cap") {
    t.max_fee_per_gas = 6, expect(w, t, rejection::fee_cap_below_base_fee);
  }
  SECTION("tip") {
    t.max_priority_fee_per_gas = 8, expect(w, t, rejection::tip_above_fee_cap);
  }
  SECTION("intrinsic gas") {
    t.gas_limit = 20'999, expect(w, t, rejection::intrinsic_gas);
  }
  SECTION("EIP-7623 floor") {
    t.data.assign(1000, 1);
    t.gas_limit = 60'999;
    expect(w, t, rejection::floor_gas);
    t.gas_limit = 61'000;
    REQUIRE(w.execute(t).ok());
    t.gas_limit = 40'000;
    w.env.rev = revision::cancun;
    REQUIRE(w.execute(t).ok());
  }
  SECTION("EIP-7825 cap") {
    t.gas_limit = (1u << 24) + 1;
    expect(w, t, rejection::gas_cap);
    w.env.rev = revision::prague;
    REQUIRE(w.execute(t).ok());
  }
  SECTION("block gas") {
    w.env.gas_limit = 999'999;
    expect(w, t, rejection::block_gas);
  }
  SECTION("EIP-3860 initcode") {
    t.to.reset();
    t.data.assign(49'153, 0);
    expect(w, t, rejection::initcode_size);
  }
  SECTION("EIP-3607 sender with code, and EIP-7702's exception") {
    w.reader.set_code(w.sender, test::code_of("00"));
    expect(w, t, rejection::sender_not_eoa);
    w.reader.set_code(w.sender, test::code_of("ef0100"
                                              "00000000000000000000000000000000000000dd"));
    REQUIRE(w.execute(t).ok());
  }
  SECTION("chain id") {
    t.chain_id = 2, expect(w, t, rejection::wrong_chain_id);
  }
  SECTION("set-code transactions") {
    t.type = txn_type::set_code;
    expect(w, t, rejection::empty_authorizations);
    t.authorizations.resize(1);
    t.to.reset();
    expect(w, t, rejection::missing_to);
    w.env.rev = revision::cancun;
    expect(w, t, rejection::type_unsupported);
  }
  SECTION("blob transactions") {
    t.type = txn_type::blob;
    t.max_fee_per_blob_gas = 1;
    expect(w, t, rejection::type_unsupported);
    w.env.blobs_per_txn_max = 1;
    expect(w, t, rejection::no_blobs);
    t.blob_hashes.resize(1);
    expect(w, t, rejection::bad_blob_version);
    t.blob_hashes[0][0] = 1;
    REQUIRE(w.execute(t).ok());
    t.max_fee_per_blob_gas = 0;
    expect(w, t, rejection::blob_fee_cap);
    t.blob_hashes.resize(2);
    expect(w, t, rejection::too_many_blobs);
  }
}

TEST_CASE("a transfer pays base fee and tip to whom they belong") {
  evm_world w;
  w.env.base_fee = 10;
  txn t = w.make_txn();
  t.max_fee_per_gas = 15;
  t.max_priority_fee_per_gas = 3;
  t.value = 1000;
  const u256 had = w.reader.accounts[w.sender].balance;

  SECTION("the base fee is burnt") {
    const auto r = w.execute(t);
    REQUIRE(r.ok());
    CHECK(r->gas_used == 21000);
    CHECK(r->effective_gas_price == u256{13});
    CHECK(balance_after(w, w.sender) == had - u256{1000 + 21000 * 13});
    CHECK(balance_after(w, w.contract) == u256{1000});
    CHECK(balance_after(w, w.env.beneficiary) == u256{21000 * 3});
  }
  SECTION("or paid to the vault") {
    w.env.base_fee_recipient = w.env.beneficiary;
    REQUIRE(w.execute(t).ok());
    CHECK(balance_after(w, w.env.beneficiary) == u256{21000 * 13});
  }
}

TEST_CASE("pubdata is charged inside the gas limit") {
  evm_world w;
  w.deploy(w.contract, "6001600155");
  txn t = w.make_txn();
  const auto free = w.execute(t);
  REQUIRE(free.ok());
  w.env.pubdata_gas_per_byte = 100;
  const auto charged = w.execute(t);
  REQUIRE(charged.ok());
  CHECK(charged->success);
  CHECK(charged->pubdata_bytes > 0);
  CHECK(charged->gas_used == free->gas_used + charged->pubdata_bytes * 100);

  t.gas_limit = charged->gas_used - 1;
  const auto short_of = w.execute(t);
  REQUIRE(short_of.ok());
  CHECK(short_of->reason == halt_reason::out_of_pubdata_gas);
  CHECK(short_of->gas_used == t.gas_limit);
  CHECK(w.last_diff.slots.empty());

  t.gas_limit = charged->gas_used;
  CHECK(w.execute(t)->success);
}

TEST_CASE("a transaction that publishes more than its bound fails and takes all gas") {
  evm_world w;
  w.deploy(w.contract, "60016001556001600255");
  const txn t = w.make_txn();
  w.env.pubdata_txn_bytes_max = 10'000;
  const auto free = w.execute(t);
  REQUIRE(free.ok());
  REQUIRE(free->success);
  const u64 bytes = free->pubdata_bytes;
  REQUIRE(bytes > 2 * 36);

  w.env.pubdata_txn_bytes_max = bytes;
  CHECK(w.execute(t)->success);
  w.env.pubdata_txn_bytes_max = bytes - 1;
  const auto over = w.execute(t);
  REQUIRE(over.ok());
  CHECK_FALSE(over->success);
  CHECK(over->reason == halt_reason::pubdata_limit);
  CHECK(over->gas_used == t.gas_limit);
  CHECK(w.last_diff.slots.empty());
  // What is left of it, its nonce and fee, is counted again and not forgotten.
  CHECK(over->pubdata_bytes > 0);
  CHECK(over->pubdata_bytes < bytes);

  const auto call = w.call("60016001556001600255");
  CHECK_FALSE(call.success);
  CHECK(call.reason == halt_reason::pubdata_limit);
}

TEST_CASE("what a failed transaction leaves behind is counted as what it publishes") {
  evm_world w;
  w.deploy(w.contract, "6001600155");
  w.env.pubdata_gas_per_byte = 100;
  txn t = w.make_txn();
  t.gas_limit = w.execute(t)->gas_used - 1;
  const auto r = w.execute(t);
  REQUIRE(r.ok());
  REQUIRE(r->reason == halt_reason::out_of_pubdata_gas);
  CHECK(r->pubdata_bytes >= 5);
}

TEST_CASE("a precompile costs what proving it is worth, where that is more than Ethereum's gas") {
  evm_world w;
  // calldatacopy(0, 0, 213), return staticcall(gas, 9, 0, 213, 0, 0)
  const std::string_view code = "60d55f5f375f5f60d55f60095afa5f5260205ff3";
  bytes input(213);
  store_be32(input.data(), 40'000);  // rounds
  input.back() = 1;
  const auto ethereum = w.call(code, input);
  REQUIRE(ethereum.output.back() == 1);
  w.env.proving_cycles_per_gas = 100;
  const auto priced = w.call(code, input);
  REQUIRE(priced.output.back() == 1);
  // 2,500 cycles and 780 a round
  CHECK(priced.gas_used - ethereum.gas_used == (2'500 + 780 * 40'000) / 100 - 40'000);
  // then: less gas than that is not enough; what Ethereum asks more for costs the same
  w.gas = priced.gas_used - 1'000;
  CHECK(w.call(code, input).output.back() == 0);
  w.gas = 1'000'000;
  w.env.proving_cycles_per_gas = 1'000'000;
  CHECK(w.call(code, input).gas_used == ethereum.gas_used);
}

TEST_CASE("authorizations that alone exceed the bound of pubdata are rejected") {
  evm_world w;
  txn t = w.make_txn();
  t.type = txn_type::set_code;
  t.gas_limit = 20'000'000;
  w.env.gas_limit = 100'000'000;
  w.env.rev = revision::prague;
  w.env.pubdata_txn_bytes_max = 32'768;
  t.authorizations.resize(560);
  CHECK(w.execute(t).ok());
  t.authorizations.resize(570);
  expect(w, t, rejection::pubdata_limit);
  // Under EIP-7825's cap of gas there is no room for so many.
  w.env.rev = revision::osaka;
  w.env.pubdata_txn_bytes_max = 64 * 1024;
  t.gas_limit = 1u << 24;
  t.authorizations.resize(670);
  CHECK(w.execute(t).ok());
}

TEST_CASE("estimated gas is enough and one less is not") {
  evm_world w;
  w.env.pubdata_gas_per_byte = 50;
  w.reader.storage[address_of(0xcc)][1] = 5;
  const auto r = w.call("5f600155");
  REQUIRE(r.success);
  w.gas = r.gas_spent_max;
  CHECK(w.call("5f600155").success);
  w.gas -= 1;
  CHECK_FALSE(w.call("5f600155").success);
}

TEST_CASE("a call leaves no trace in the state") {
  evm_world w;
  w.deploy(w.contract, "600160015560016002555f5f5ff0");
  evm::state over{w.reader};
  call_request r;
  r.from = w.sender;
  r.to = w.contract;
  r.gas_limit = 1'000'000;
  r.value = 5;
  CHECK(execute_call(over, w.env, r).success);
  CHECK(over.diff() == state_diff{});
}

namespace {
txn make_priority(const evm_world& w) {
  txn t;
  t.type = txn_type::priority;
  t.to = w.contract;
  t.gas_limit = 100'000;
  t.max_fee_per_gas = 10;
  t.value = 500;
  t.priority.sender = w.sender;
  t.priority.mint = 2'000'000;
  t.priority.refund_recipient = address_of(0xf1);
  return t;
}
}  // namespace

TEST_CASE("a priority operation mints, pays the vault and refunds the rest") {
  evm_world w;
  w.env.base_fee_recipient = address_of(0xba);
  const u256 had = w.reader.accounts[w.sender].balance;
  const txn t = make_priority(w);
  const auto r = w.execute(t);
  REQUIRE(r.ok());
  CHECK(r->success);
  CHECK(balance_after(w, w.contract) == u256{500});
  CHECK(balance_after(w, address_of(0xba)) == u256{r->gas_used * 10});
  CHECK(balance_after(w, address_of(0xf1)) == u256{2'000'000 - 500 - r->gas_used * 10});
  CHECK(balance_after(w, w.sender) == had);
}

TEST_CASE("a priority operation that fails gives the value to the refund recipient") {
  evm_world w;
  w.deploy(w.contract, "fe");
  const txn t = make_priority(w);
  const auto r = w.execute(t);
  REQUIRE(r.ok());
  CHECK_FALSE(r->success);
  CHECK(r->gas_used == t.gas_limit);
  CHECK(balance_after(w, address_of(0xf1)) == u256{2'000'000 - 100'000 * 10});
  CHECK(balance_after(w, w.contract) == u256{});
}

TEST_CASE("nothing makes a priority operation without a receipt") {
  evm_world w;
  w.reader.accounts.erase(w.sender);
  txn t = make_priority(w);
  SECTION("a mint below its costs") {
    t.priority.mint = 5;
  }
  SECTION("gas below the intrinsic gas") {
    t.gas_limit = 20'000;
  }
  SECTION("gas above EIP-7825's cap") {
    t.gas_limit = (u64{1} << 24) + 1;
    t.priority.mint = u256{1} << 40;
  }
  SECTION("an absurd price") {
    t.max_fee_per_gas = u256::max();
  }
  const auto r = w.execute(t);
  REQUIRE(r.ok());
  CHECK_FALSE(r->success);
  u256 sum = balance_after(w, address_of(0xf1)) + balance_after(w, w.env.beneficiary);
  CHECK(sum == t.priority.mint);
}

TEST_CASE("value that the mint does not bring is the sender's own") {
  evm_world w;
  const address refund = address_of(0xf1);
  txn t = make_priority(w);
  const u64 fee_max = 1'000'000;

  SECTION("all of it") {
    t.priority.mint = fee_max;
    w.reader.accounts[w.sender].balance = 500;
    const auto r = w.execute(t);
    REQUIRE(r.ok());
    CHECK(r->success);
    CHECK(balance_after(w, w.contract) == u256{500});
    CHECK(balance_after(w, w.sender).is_zero());
    CHECK(balance_after(w, refund) == u256{fee_max - r->gas_used * 10});
  }
  SECTION("or a part") {
    t.priority.mint = fee_max + 200;
    w.reader.accounts[w.sender].balance = 301;
    const auto r = w.execute(t);
    REQUIRE(r.ok());
    CHECK(r->success);
    CHECK(balance_after(w, w.contract) == u256{500});
    CHECK(balance_after(w, w.sender) == u256{1});
    CHECK(balance_after(w, refund) == u256{fee_max - r->gas_used * 10});
  }
  SECTION("one wei short fails, for its gas, and the mint's part is refunded") {
    t.priority.mint = fee_max + 200;
    w.reader.accounts[w.sender].balance = 299;
    const auto r = w.execute(t);
    REQUIRE(r.ok());
    CHECK(r->reason == halt_reason::insufficient_balance);
    CHECK(r->gas_used == t.gas_limit);
    CHECK(balance_after(w, w.contract).is_zero());
    CHECK(balance_after(w, w.sender) == u256{299});
    CHECK(balance_after(w, refund) == u256{200});
  }
  SECTION("a call that fails takes none of it") {
    w.deploy(w.contract, "fe");
    t.priority.mint = fee_max + 200;
    w.reader.accounts[w.sender].balance = 300;
    const auto r = w.execute(t);
    REQUIRE(r.ok());
    CHECK(r->reason == halt_reason::invalid_instruction);
    CHECK(balance_after(w, w.sender) == u256{300});
    CHECK(balance_after(w, refund) == u256{200});
  }
  SECTION("nor one whose pubdata is not paid for") {
    w.env.pubdata_gas_per_byte = 5'000;
    t.priority.mint = fee_max + 200;
    w.reader.accounts[w.sender].balance = 300;
    const auto r = w.execute(t);
    REQUIRE(r.ok());
    CHECK(r->reason == halt_reason::out_of_pubdata_gas);
    CHECK(balance_after(w, w.sender) == u256{300});
    CHECK(balance_after(w, refund) == u256{200});
  }
  SECTION("a mint below the gas is no mint for value") {
    t.priority.mint = fee_max - 1;
    t.value = 0;
    const auto r = w.execute(t);
    REQUIRE(r.ok());
    CHECK(r->reason == halt_reason::insufficient_balance);
    CHECK(balance_after(w, w.env.beneficiary) == t.priority.mint);
  }
}

namespace {

/// What the accounts that the code can pay have together.
u256 sum_after(const evm_world& w) {
  u256 sum;
  for (const u8 last : {0xaa, 0xbb, 0xbe, 0xcc, 0xdd, 0xf1})
    sum += balance_after(w, address_of(last));
  return sum;
}

}  // namespace

TEST_CASE("a priority operation makes and loses no ether, whatever it does") {
  const std::string codes[] = {
      "",                            // takes it
      "fe",                          // fails
      "5f5ffd",                      // gives it back
      "60bbff",                      // SELFDESTRUCT to 0xbb
      "60aaff",                      // and to the sender
      "5f5f5f5f6101f460bb5af100",    // sends 500 on
      "5f5f5f5f4760aa5af15f5ffd",    // sends all back, and fails
      "60fe5f5360015f47f000",        // a creation that fails, with all
      "6260bbff5f526003601d47f000",  // one that destroys itself
  };
  unsigned taken = 0, refused = 0;
  for (const std::string& code : codes)
    for (const u64 has : {0, 299, 300, 10'000})
      for (const u64 brings : {0, 200, 700})
        for (const u8 recipient : {0xf1, 0xaa, 0xcc})
          for (const bool itself : {false, true})
            for (const u64 pubdata_gas : {0, 40, 5'000}) {
              CAPTURE(code, has, brings, recipient, itself, pubdata_gas);
              evm_world w;
              w.env.pubdata_gas_per_byte = pubdata_gas;
              w.deploy(address_of(0xdd), code);
              // The sender's own account may be what is called, and what its code is of (EIP-7702).
              w.deploy(w.sender, "ef0100" + std::string(38, '0') + "dd");
              w.deploy(w.contract, code);
              w.reader.accounts[w.sender].balance = has;
              txn t = make_priority(w);
              if (itself) t.to = w.sender;
              t.priority.mint = 1'000'000 + brings;
              t.priority.refund_recipient = address_of(recipient);
              const auto r = w.execute(t);
              REQUIRE(r.ok());
              CHECK(sum_after(w) == u256{has} + t.priority.mint);
              if (has + brings < 500) CHECK(r->reason == halt_reason::insufficient_balance);
              if (!r->success) CHECK(balance_after(w, w.sender) >= u256{has});
              ++(r->success ? taken : refused);
            }
  CHECK(taken > 100);
  CHECK(refused > 100);
}

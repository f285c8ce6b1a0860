#include "actors/node/chain/published_chain.hpp"

#include <catch2/catch.hpp>

#include "actors/node/process/scratch_folder.hpp"
#include "actors/node/process/whole_file.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/stf/block.hpp"
#include "runtime/types/rlp.hpp"

using namespace ashlar;
using namespace ashlar::node;

namespace {

address account(u8 last) {
  address a;
  a[19] = last;
  return a;
}

/// As an operator lists it: by no order.
chain_spec some_chain() {
  chain_spec spec;
  spec.genesis_time = unix_seconds{1'790'000'000};
  spec.accounts = {{account(9), 1, {}, {0x60, 0x00}, {{u256{7}, u256{1}}, {u256{0}, ~u256{}}}},
                   {account(2), 0, u256{5}, {}, {}}};
  return spec;
}

std::string why(bytes_view raw) {
  const auto read = decode_genesis(raw);
  return read ? "" : read.error();
}

/// A genesis of these accounts as whoever added the chain may have written it.
bytes written(std::vector<stf::genesis_account> accounts) {
  bytes out;
  rlp::list_scope all(out);
  rlp::encode_u64(out, 1);
  {
    rlp::list_scope list(out);
    for (const auto& a : accounts) {
      rlp::list_scope one(out);
      rlp::encode_fixed(out, a.who);
      rlp::encode_u64(out, a.nonce);
      rlp::encode_u256(out, a.balance);
      rlp::encode_string(out, a.code);
      rlp::list_scope slots(out);
      for (const auto& [slot, value] : a.storage) {
        rlp::list_scope pair(out);
        rlp::encode_u256(out, slot);
        rlp::encode_u256(out, value);
      }
    }
  }
  all.close();
  return out;
}

}  // namespace

TEST_CASE("a genesis for L1 gives the same state when it is read", "[node]") {
  const chain_spec spec = some_chain();
  const auto read = decode_genesis(encode_genesis(spec));
  if (!read) FAIL(read.error());
  CHECK(read->time == spec.genesis_time);
  REQUIRE(read->accounts.size() == 2);
  CHECK(read->accounts[0].who == account(2));
  CHECK(read->accounts[0].balance == u256{5});
  CHECK(read->accounts[1].code == spec.accounts[0].code);
  CHECK(read->accounts[1].storage[0] == std::pair(u256{0}, ~u256{}));
  chain_spec other = spec;
  other.accounts = read->accounts;
  CHECK(make_genesis(other).commitment == make_genesis(spec).commitment);
  // One form, whatever the order it was listed in.
  CHECK(encode_genesis(other) == encode_genesis(spec));
}

TEST_CASE("a genesis that no state can begin with is refused", "[node]") {
  using accounts = std::vector<stf::genesis_account>;
  const stf::genesis_account good{account(3), 1, {}, {}, {}};
  CHECK(why(written({good})).empty());
  const auto with_slots = [&](std::vector<std::pair<u256, u256>> slots) {
    stf::genesis_account a = good;
    a.storage = std::move(slots);
    return accounts{a};
  };
  for (const accounts& bad : {accounts{good, good},
                              {good, {account(2), 1, {}, {}, {}}},
                              {{account(3), 0, {}, {}, {}}},
                              // A contract could be created on top of this storage.
                              {{account(3), 0, u256{1}, {}, {{u256{0}, u256{7}}}}},
                              {{stf::history_address, 1, {}, {}, {}}},
                              with_slots({{u256{1}, u256{1}}, {u256{1}, u256{2}}}),
                              with_slots({{u256{2}, u256{1}}, {u256{1}, u256{2}}}),
                              with_slots({{u256{1}, u256{0}}})})
    CHECK_THAT(why(written(bad)), Catch::Contains("empty, or not in order"));
}

TEST_CASE("a genesis cut or lengthened anywhere is refused", "[node]") {
  const bytes whole = encode_genesis(some_chain());
  for (std::size_t n = 0; n < whole.size(); ++n)
    CHECK_FALSE(decode_genesis(bytes_view(whole).first(n)).ok());
  bytes longer = whole;
  longer.push_back(0x80);
  CHECK_THAT(why(longer), Catch::Contains("the genesis: "));
}

namespace {

/// A chain with everything that its files ask for.
chain_spec valid_chain() {
  chain_spec spec = some_chain();
  spec.config.chain_id = 271;
  spec.config.l1_chain_id = 31'337;
  spec.config.fee_vault = account(1);
  spec.config.chain_contract = spec.contracts.chain = account(3);
  return spec;
}

/// A chain's folder, as `ecosystem add-chain` leaves it.
struct chain_folder {
  const scratch_folder folder{"", "ashlar-chain"};

  explicit chain_folder(const chain_spec& spec) {
    REQUIRE(write_chain_spec(folder.path(), spec).ok());
  }
  std::string text(const std::string& name) const {
    const auto raw = read_whole(folder.path() + "/" + name);
    REQUIRE(raw.ok());
    return {raw->begin(), raw->end()};
  }
  void replace(const std::string& name, const std::string& what, const std::string& by) const {
    std::string all = text(name);
    const auto at = all.find(what);
    REQUIRE(at != std::string::npos);
    REQUIRE(write_whole(folder.path() + "/" + name, all.replace(at, what.size(), by)).ok());
  }
  result<chain_spec, chain_failure> read() const {
    l1::client nobody(nullptr);  // is not asked
    return read_chain({folder.path(), "", 0}, nobody);
  }
};

}  // namespace

TEST_CASE("a chain that no node would join can be left", "[node]") {
  const auto read_with = [](const std::function<void(chain_config&)>& change) {
    chain_spec spec = valid_chain();
    change(spec.config);
    return chain_folder(spec).read();
  };
  const auto cheap = read_with([](chain_config& c) { c.pubdata_gas_per_byte = 5; });
  if (!cheap) FAIL(cheap.error().text);
  CHECK(cheap->config.pubdata_gas_per_byte == 5);
  CHECK(read_with([](chain_config& c) { c.revisions = {{{}, revision::prague}}; }).ok());
  const auto wrong = read_with([](chain_config& c) { c.elasticity = 0; });
  REQUIRE_FALSE(wrong);
  CHECK_THAT(wrong.error().text, Catch::Contains("elasticity must be"));
}

TEST_CASE("a chain's folder is read when the governor gave another configuration", "[node]") {
  const chain_spec first = valid_chain();
  const hash256 genesis = make_genesis(first).commitment;
  const chain_folder at(first);
  // As its operator writes it down then; the genesis block has this limit.
  at.replace("chain.toml", "block_gas_limit = 100000000", "block_gas_limit = 90000000");
  const auto read = at.read();
  if (!read) FAIL(read.error().text);
  CHECK(read->config.block_gas_limit == 90'000'000);
  CHECK(read->genesis_config == first.config);
  CHECK(make_genesis(*read).commitment == genesis);
  // What was read can be written.
  const auto again = chain_folder(*read).read();
  if (!again) FAIL(again.error().text);
  CHECK(again->config == read->config);
  CHECK(again->genesis_config == first.config);
  // Back to the first one it is as if nothing had been.
  at.replace("chain.toml", "block_gas_limit = 90000000", "block_gas_limit = 100000000");
  CHECK_FALSE(at.read()->genesis_config);
}

TEST_CASE("a folder whose genesis does not give the chain's state is refused", "[node]") {
  const chain_spec first = valid_chain();
  const std::string config = "\"" + to_hex(encode_chain_config(first.config)) + "\"";
  const auto refusal = [&](const std::string& instead, const std::string& limit) {
    const chain_folder at(first);
    at.replace("genesis.json", "\"config\":" + config + ",", instead);
    at.replace("chain.toml", "block_gas_limit = 100000000", "block_gas_limit = " + limit);
    const auto read = at.read();
    return read ? std::string() : read.error().text;
  };
  // Without a first configuration, as such files once were, the present one has to give it.
  CHECK(refusal("", "100000000").empty());
  CHECK_THAT(refusal("", "90000000"), Catch::Contains("has to be the first one"));
  for (const char* bad : {"1", "\"0x02\"", "\"config\"", "null"})
    CHECK_THAT(refusal("\"config\":" + std::string(bad) + ",", "100000000"),
               Catch::Contains("not a genesis file"));
  chain_config other = first.config;
  other.block_gas_limit = 80'000'000;
  CHECK_THAT(refusal("\"config\":\"" + to_hex(encode_chain_config(other)) + "\",", "100000000"),
             Catch::Contains("gives another state"));
  other.elasticity = 0;
  CHECK_THAT(refusal("\"config\":\"" + to_hex(encode_chain_config(other)) + "\",", "100000000"),
             Catch::Contains("not a genesis file"));
}

TEST_CASE("a command says how a chain is named", "[node]") {
  l1::client nobody(nullptr);  // is not asked
  for (const chain_source& from : {chain_source{},
                                   {"folder", "0x12", 1},
                                   {"", "0x12", 1},
                                   {"", to_hex(account(1)), 0},
                                   {"/nowhere", "", 0}}) {
    const auto read = read_chain(from, nobody);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().is_usage);
  }
}

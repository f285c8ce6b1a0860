#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "runtime/stf/block.hpp"
#include "runtime/stf/genesis.hpp"
#include "test/support/memory_chain.hpp"

// EIP-2935: the last 8,191 block hashes, served by a contract that genesis plants.

using namespace ashlar;
using namespace ashlar::test;

namespace {

constexpr u64 genesis_time = 1'700'000'000;
constexpr std::size_t batch_blocks = 256;  // as many hashes as a batch hands to the next
const address asker = *fixed_from_hex<20>("0x00000000000000000000000000000000000a5ce5");

/// Calls the history contract with its own calldata; logs whether that succeeded and what it gave.
const bytes asker_code = *from_hex(
    "0x365f5f37"
    "5f5f365f5f730000f90827f1c53a10cb7a02335b1753200029355af1"
    "5f523d5f60203e3d6020015fa000");

memory_state genesis() {
  memory_state s;
  s.apply(stf::genesis_diff(
      {{test_key(0).account, 0, u256{1} << 80, {}, {}}, {asker, 1, {}, asker_code, {}}}));
  return s;
}

bytes word(const u256& n) {
  bytes b(32);
  n.to_be(b.data());
  return b;
}

/// What the log says: the hash, or nothing where the contract reverted.
std::optional<hash256> answer(const receipt& r) {
  REQUIRE(r.success);
  REQUIRE(r.logs.size() == 1);
  const bytes& told = r.logs[0].data;
  const bool found = u256::from_be(bytes_view(told).first(32)) == u256{1};
  REQUIRE(told.size() == (found ? 64 : 32));
  if (!found) return std::nullopt;
  return hash256::copy_of(told.data() + 32);
}

/// A chain that remembers every hash, and asks the contract in its next block.
struct history_chain {
  memory_chain chain{genesis()};
  std::vector<hash256> hashes{chain.start.hashes};
  u64 nonce = 0;

  u64 next() const { return hashes.size(); }

  memory_chain::sealed seal(std::size_t blocks, std::vector<txn> first = {}) {
    std::vector<std::pair<unix_seconds, std::vector<txn>>> list(
        blocks, {unix_seconds{genesis_time + next()}, {}});
    list.front().second = std::move(first);
    auto sealed = chain.seal(list);
    const auto& newest = chain.start.hashes;
    hashes.insert(hashes.end(), newest.end() - static_cast<std::ptrdiff_t>(blocks), newest.end());
    return sealed;
  }

  txn to(const address& whom, bytes data) {
    return signed_txn(chain.config, test_key(0), nonce++, whom, {}, std::move(data));
  }

  /// The answers in one block, which a proof from its witness alone gives, too.
  std::vector<std::optional<hash256>> ask(const std::vector<bytes>& questions) {
    std::vector<txn> txns;
    for (const bytes& q : questions) txns.push_back(to(asker, q));
    const auto sealed = seal(1, std::move(txns));
    const auto proved = stf::apply_batch(stf::encode_batch_witness(sealed.witness));
    REQUIRE(proved.ok());
    CHECK(proved->input == sealed.native.input);
    std::vector<std::optional<hash256>> answers;
    for (const receipt& r : sealed.receipts) answers.push_back(answer(r));
    return answers;
  }
};

}  // namespace

TEST_CASE("the history contract knows the 8,191 blocks before its own and no other", "[stf]") {
  // given so long a chain that the first hashes were overwritten
  history_chain c;
  while (c.next() <= 8192) c.seal(batch_blocks);
  const u64 n = c.next();
  REQUIRE(n > 8192);
  // when the next block asks
  const auto got = c.ask({word(n - 1), word(n - 2), word(n - 8190), word(n - 8191), word(n - 8192),
                          word(n), word(n + 1), word(0), word(u256{1} << 64),
                          word((u256{1} << 64) + u256{n - 1}), word(u256::max())});
  // then it has the window's hashes, and reverts for what is outside of it
  CHECK(got[0] == c.hashes[n - 1]);
  CHECK(got[1] == c.hashes[n - 2]);
  CHECK(got[2] == c.hashes[n - 8190]);
  CHECK(got[3] == c.hashes[n - 8191]);
  for (std::size_t i = 4; i < got.size(); ++i) {
    INFO(i);
    CHECK_FALSE(got[i]);
  }
}

TEST_CASE("the first blocks have the whole chain in the history contract", "[stf]") {
  history_chain c;
  const auto first = c.ask({word(0), word(1)});
  CHECK(first[0] == c.hashes[0]);
  CHECK_FALSE(first[1]);
  const auto second = c.ask({word(0), word(1), word(2)});
  CHECK(second[0] == c.hashes[0]);
  CHECK(second[1] == c.hashes[1]);
  CHECK_FALSE(second[2]);
}

TEST_CASE("calldata other than one word is refused by the history contract", "[stf]") {
  history_chain c;
  c.seal(3);
  bytes longer = word(1);
  longer.push_back(0);
  bytes shorter = word(1);
  shorter.erase(shorter.begin());
  const auto got = c.ask({word(1), {}, {1}, shorter, longer, bytes(64)});
  CHECK(got[0] == c.hashes[1]);
  for (std::size_t i = 1; i < got.size(); ++i) {
    INFO(i);
    CHECK_FALSE(got[i]);
  }
}

TEST_CASE("only the system writes the history", "[stf]") {
  history_chain c;
  c.seal(2);
  // when a stranger sends what the system's call would carry, directly and through a contract
  const u64 n = c.next();
  bytes hash(32, 0xab);
  const auto sealed = c.seal(1, {c.to(stf::history_address, hash), c.to(asker, hash)});
  // then both revert, and the slot has the hash of the block before
  CHECK_FALSE(sealed.receipts[0].success);
  CHECK_FALSE(answer(sealed.receipts[1]));
  CHECK(c.chain.state.get_storage(stf::history_address, u256{n - 1}) ==
        u256::from_be(c.hashes[n - 1]));
  // and the history holds one slot for each block and no more
  std::size_t slots = 0;
  for (const auto& [place, value] : c.chain.state.slots)
    slots += place.first == stf::history_address;
  CHECK(slots == n);
}

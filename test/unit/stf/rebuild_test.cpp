#include "runtime/stf/rebuild.hpp"

#include <random>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "runtime/stf/genesis.hpp"
#include "test/support/memory_chain.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

constexpr u64 genesis_time = 1'700'000'000;
const address store_address = *fixed_from_hex<20>("0x00000000000000000000000000000000005107e5");

evm::state_diff sample_genesis(u64 accounts) {
  std::vector<stf::genesis_account> all;
  for (u64 i = 0; i < accounts; ++i) all.push_back({test_key(i).account, 0, u256{1} << 80, {}, {}});
  all.push_back({store_address, 1, {}, *from_hex("0x602035600035550000"), {{u256{77}, u256{5}}}});
  return stf::genesis_diff(std::move(all));
}

memory_state state_of(const evm::state_diff& genesis) {
  memory_state s;
  s.apply(genesis);
  return s;
}

bytes words(const u256& a, const u256& b) {
  bytes out(64);
  a.to_be(out.data());
  b.to_be(out.data() + 32);
  return out;
}

struct batch_source {
  memory_chain& chain;
  std::mt19937_64 rng{3};
  std::map<u64, u64> nonces{};
  u64 time = genesis_time;

  memory_chain::sealed next(int blocks, int txns) {
    std::vector<std::pair<unix_seconds, std::vector<txn>>> all;
    for (int b = 0; b < blocks; ++b) {
      std::vector<txn> some;
      for (int i = 0; i < txns; ++i) {
        const u64 from = rng() % 10;
        const u64 nonce = nonces[from]++;
        switch (rng() % 3) {
          case 0:
            some.push_back(signed_txn(chain.config, test_key(from), nonce,
                                      test_key(rng() % 30).account, u256{rng() % 9}));
            break;
          case 1:
            some.push_back(signed_txn(chain.config, test_key(from), nonce, store_address, {},
                                      words(u256{rng() % 6}, u256{rng() % 3})));
            break;
          default:
            some.push_back(signed_txn(chain.config, test_key(from), nonce, std::nullopt, {},
                                      *from_hex("0x600160005360016000f3"), 200'000));
        }
      }
      time += rng() % 2;
      all.emplace_back(unix_seconds{time}, std::move(some));
    }
    return chain.seal(all);
  }
};

}  // namespace

TEST_CASE("what is published rebuilds the chain's state to the commitment", "[rebuild]") {
  const auto genesis = sample_genesis(10);
  memory_chain chain(state_of(genesis));
  stf::rebuilt_chain rebuilt(genesis, chain.start.parent);
  REQUIRE(rebuilt.commitment() == state_commitment(stf::state_of(chain.start)));
  batch_source source{chain};
  for (int i = 0; i < 6; ++i) {
    // The fourth batch alone has more blocks than the window of hashes.
    const auto sealed = source.next(i == 3 ? 300 : 5, i == 3 ? 1 : 8);
    const auto done = rebuilt.apply(sealed.native.input, sealed.native.pubdata);
    INFO("batch " << i);
    REQUIRE(done.ok());
    REQUIRE(rebuilt.commitment() == sealed.native.input.state_after);
    REQUIRE(rebuilt.next().hashes == chain.start.hashes);
    REQUIRE(rebuilt.next().parent == chain.start.parent);
    // Nothing came from L1: what was there in the beginning went round.
    REQUIRE(rebuilt.ether() == u256{10} * (u256{1} << 80));
  }
}

TEST_CASE("a batch on the rebuilt chain has the witness that it has on the chain", "[rebuild]") {
  const auto genesis = sample_genesis(10);
  memory_chain chain(state_of(genesis));
  stf::rebuilt_chain rebuilt(genesis, chain.start.parent);
  batch_source source{chain};
  for (int i = 0; i < 4; ++i) {
    INFO("batch " << i);
    const auto sealed = source.next(3, 8);
    const auto under = rebuilt.reader();
    stf::batch_run run(chain.config, rebuilt.next(), *under);
    for (const auto& block : sealed.witness.blocks) {
      std::vector<txn> txns;
      std::vector<address> senders;
      std::vector<hash256> hashes;
      for (const bytes& encoded : block.txns) {
        txns.push_back(decode_txn(encoded).value());
        senders.push_back(recover_sender(txns.back()).value());
        hashes.push_back(txn_hash(txns.back()));
      }
      REQUIRE(run.add_block(block.timestamp, txns, senders, hashes).ok());
    }
    const auto witness = stf::make_batch_witness(chain.config, rebuilt.next(), run, rebuilt.tree(),
                                                 sealed.witness.blocks);
    CHECK(stf::encode_batch_witness(witness) == stf::encode_batch_witness(sealed.witness));
    REQUIRE(rebuilt.apply(sealed.native.input, sealed.native.pubdata).ok());
  }
}

TEST_CASE("pubdata that was altered rebuilds nothing", "[rebuild][soundness]") {
  const auto genesis = sample_genesis(10);
  memory_chain chain(state_of(genesis));
  stf::rebuilt_chain rebuilt(genesis, chain.start.parent);
  batch_source source{chain};
  const auto sealed = source.next(2, 6);
  const hash256 before = rebuilt.commitment();
  for (std::size_t i = 0; i < sealed.native.pubdata.size(); ++i) {
    bytes altered = sealed.native.pubdata;
    altered[i] ^= 1;
    REQUIRE_FALSE(rebuilt.apply(sealed.native.input, altered).ok());
    // A header that commits to the altered bytes still names the state that they must give.
    public_input header = sealed.native.input;
    header.pubdata_commitment = pubdata_commitment(pubdata_mode::calldata, altered);
    const auto taken = rebuilt.apply(header, altered);
    if (taken.ok()) {
      // Logs, messages and earlier blocks' times are not state: only these may differ.
      REQUIRE(rebuilt.commitment() == sealed.native.input.state_after);
      return;
    }
    REQUIRE(rebuilt.commitment() == before);
  }
}

TEST_CASE("batches out of order are refused", "[rebuild]") {
  const auto genesis = sample_genesis(10);
  memory_chain chain(state_of(genesis));
  stf::rebuilt_chain rebuilt(genesis, chain.start.parent);
  batch_source source{chain};
  const auto first = source.next(1, 2);
  const auto second = source.next(1, 2);
  REQUIRE(rebuilt.apply(second.native.input, second.native.pubdata).error().code ==
          stf::rebuild_error_code::wrong_number);
  REQUIRE(rebuilt.apply(first.native.input, first.native.pubdata).ok());
  REQUIRE(rebuilt.apply(first.native.input, first.native.pubdata).error().code ==
          stf::rebuild_error_code::wrong_number);
  REQUIRE(rebuilt.apply(second.native.input, second.native.pubdata).ok());
}

#include <random>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "test/support/memory_chain.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

constexpr u64 genesis_time = 1'700'000'000;

// Stores caller's word at caller's slot and logs it: SSTORE(CALLDATALOAD(0), CALLDATALOAD(32)),
// LOG0.
const bytes store_code = *from_hex("0x60203560003555602060206000a000");
const address store_address = *fixed_from_hex<20>("0x00000000000000000000000000000000005107e5");

memory_state sample_genesis(u64 accounts) {
  memory_state s;
  for (u64 i = 0; i < accounts; ++i)
    s.put(test_key(i).account, {0, u256{1} << 80, evm::empty_code_hash, 0});
  s.put(store_address, {1, {}, evm::empty_code_hash, 0}, store_code);
  return s;
}

bytes words(const u256& a, const u256& b) {
  bytes out(64);
  a.to_be(out.data());
  b.to_be(out.data() + 32);
  return out;
}

}  // namespace

TEST_CASE("a witness alone gives the public input that the sequencer computed", "[stf]") {
  std::mt19937_64 rng(1);
  memory_chain chain(sample_genesis(20));
  std::vector<u64> nonces(20);
  u64 time = genesis_time;
  for (int batch = 0; batch < 5; ++batch) {
    std::vector<std::pair<unix_seconds, std::vector<txn>>> blocks;
    for (int b = 0; b < 4; ++b) {
      std::vector<txn> txns;
      for (int i = 0; i < 10; ++i) {
        const u64 from = rng() % 20;
        const u64 kind = rng() % 3;
        const auto key = test_key(from);
        if (kind == 0) {
          txns.push_back(signed_txn(chain.config, key, nonces[from]++, test_key(rng() % 40).account,
                                    u256{rng() % 1000}));
        } else if (kind == 1) {
          txns.push_back(signed_txn(chain.config, key, nonces[from]++, store_address, {},
                                    words(u256{rng() % 8}, u256{rng() % 3})));
        } else {
          // Deploys a contract whose code is one byte, STOP.
          txns.push_back(signed_txn(chain.config, key, nonces[from]++, std::nullopt, {},
                                    *from_hex("0x600160005360016000f3"), 200'000));
        }
      }
      time += rng() % 3;
      blocks.emplace_back(unix_seconds{time}, std::move(txns));
    }
    const auto sealed = chain.seal(blocks);
    const auto proved = stf::apply_batch(stf::encode_batch_witness(sealed.witness));
    INFO(batch);
    REQUIRE(proved.ok());
    REQUIRE(proved->input == sealed.native.input);
    REQUIRE(proved->pubdata == sealed.native.pubdata);
    REQUIRE(public_input_hash(proved->input) == public_input_hash(sealed.native.input));
  }
}

TEST_CASE("a node may name the senders that it has recovered, and gets the same", "[stf]") {
  // given a batch of two blocks
  memory_chain chain(sample_genesis(3));
  const auto sealed =
      chain.seal({{unix_seconds{genesis_time},
                   {signed_txn(chain.config, test_key(0), 0, test_key(1).account, u256{5})}},
                  {unix_seconds{genesis_time},
                   {signed_txn(chain.config, test_key(2), 0, test_key(1).account, u256{6})}}});
  const stf::sender_lists known{{test_key(0).account}, {test_key(2).account}};

  // when its witness is applied with the senders, all of them or the first block's alone
  const auto all = stf::apply_batch(sealed.witness, nullptr, &known);
  const stf::sender_lists first{known.front()};
  const auto some = stf::apply_batch(sealed.witness, nullptr, &first);
  // then the public input is that of the run that recovers them
  REQUIRE(all.ok());
  REQUIRE(some.ok());
  REQUIRE(all->input == stf::apply_batch(sealed.witness)->input);
  REQUIRE(some->input == all->input);

  // and a sender that did not sign gives another batch or none
  const stf::sender_lists wrong{{test_key(1).account}, {test_key(2).account}};
  const auto other = stf::apply_batch(sealed.witness, nullptr, &wrong);
  REQUIRE_FALSE((other.ok() && other->input == all->input));
}

TEST_CASE("batches continue each other's state commitment", "[stf]") {
  memory_chain chain(sample_genesis(2));
  const auto first =
      chain.seal({{unix_seconds{genesis_time},
                   {signed_txn(chain.config, test_key(0), 0, test_key(1).account, u256{5})}}});
  const auto second =
      chain.seal({{unix_seconds{genesis_time},
                   {signed_txn(chain.config, test_key(1), 0, test_key(0).account, u256{5})}}});
  REQUIRE(second.native.input.state_before == first.native.input.state_after);
  REQUIRE(second.native.input.first_block == block_number{2});
}

namespace {

stf::batch_witness sample_witness() {
  memory_chain chain(sample_genesis(4));
  std::vector<txn> txns{
      signed_txn(chain.config, test_key(0), 0, test_key(9).account, u256{7}),
      signed_txn(chain.config, test_key(1), 0, store_address, {}, words(u256{1}, u256{2}))};
  return chain.seal({{unix_seconds{genesis_time + 1}, txns}}).witness;
}

stf::batch_error_code refused(const stf::batch_witness& w) {
  const auto r = stf::apply_batch(stf::encode_batch_witness(w));
  REQUIRE_FALSE(r.ok());
  return r.error().code;
}

}  // namespace

TEST_CASE("a lie about an account's fields is refused", "[stf][soundness]") {
  auto w = sample_witness();
  w.accounts[0].second.balance += u256{1};
  REQUIRE(refused(w) == stf::batch_error_code::wrong_preimage);
}

TEST_CASE("an account left out is refused, not read as absent", "[stf][soundness]") {
  auto w = sample_witness();
  const address sender = test_key(0).account;
  std::erase_if(w.accounts, [&](const auto& a) { return a.first == sender; });
  REQUIRE(refused(w) == stf::batch_error_code::missing_preimage);
}

TEST_CASE("a code left out or altered is refused", "[stf][soundness]") {
  auto w = sample_witness();
  auto without = w;
  without.codes.clear();
  REQUIRE(refused(without) == stf::batch_error_code::missing_code);
  auto altered = w;
  altered.codes[0].push_back(0);
  REQUIRE(refused(altered) == stf::batch_error_code::missing_code);
}

TEST_CASE("a leaf left out is refused", "[stf][soundness]") {
  const auto w = sample_witness();
  for (std::size_t i = 0; i < w.proof.leaves.size(); ++i) {
    auto cut = w;
    cut.proof.leaves.erase(cut.proof.leaves.begin() + static_cast<std::ptrdiff_t>(i));
    INFO(i);
    REQUIRE_FALSE(stf::apply_batch(cut).ok());
  }
}

TEST_CASE("another start gives another public input or none", "[stf][soundness]") {
  const auto w = sample_witness();
  const auto honest = stf::apply_batch(w);
  REQUIRE(honest.ok());
  auto other_hash = w;
  other_hash.start.hashes[0][0] ^= 1;
  REQUIRE(refused(other_hash) == stf::batch_error_code::bad_parent);
  auto other_parent = w;
  other_parent.start.parent.timestamp = unix_seconds{1};
  REQUIRE(refused(other_parent) == stf::batch_error_code::bad_parent);
  auto other_root = w;
  other_root.start.tree.root[0] ^= 1;
  REQUIRE(refused(other_root) == stf::batch_error_code::bad_tree_witness);
  auto other_count = w;
  other_count.start.tree.leaf_count += 1;
  REQUIRE_FALSE(stf::apply_batch(other_count).ok());
  auto other_number = w;
  other_number.start.number = batch_number{2};
  REQUIRE(public_input_hash(stf::apply_batch(other_number)->input) !=
          public_input_hash(honest->input));
  auto other_config = w;
  other_config.config.fee_vault[0] ^= 1;
  const auto moved = stf::apply_batch(other_config);
  REQUIRE((!moved.ok() || moved->input.config_hash != honest->input.config_hash));
}

TEST_CASE("transactions that may not stand in a batch are refused, each for its reason", "[stf]") {
  const auto w = sample_witness();
  const auto config = w.config;
  auto replayed = w;
  replayed.blocks[0].txns.push_back(replayed.blocks[0].txns[0]);
  REQUIRE(refused(replayed) == stf::batch_error_code::rejected);

  auto foreign = w;
  auto other = config;
  other.chain_id += 1;
  foreign.blocks[0].txns[0] =
      encode_txn(signed_txn(other, test_key(0), 0, test_key(9).account, u256{7}));
  REQUIRE(refused(foreign) == stf::batch_error_code::wrong_chain_id);

  auto garbage = w;
  garbage.blocks[0].txns[0] = {1, 2, 3};
  REQUIRE(refused(garbage) == stf::batch_error_code::bad_txn);

  // It decodes, and no balance covers it: the overflow is the EVM's to see.
  auto dear = w;
  dear.blocks[0].txns[0] =
      encode_txn(signed_txn(config, test_key(0), 0, test_key(9).account, u256::max()));
  REQUIRE(refused(dear) == stf::batch_error_code::rejected);
  REQUIRE(stf::apply_batch(stf::encode_batch_witness(dear)).error().rejection ==
          evm::rejection::insufficient_funds);

  auto backwards = w;
  backwards.blocks[0].timestamp = unix_seconds{genesis_time - 1};
  REQUIRE(refused(backwards) == stf::batch_error_code::time_reversed);

  auto empty = w;
  empty.blocks.clear();
  REQUIRE(refused(empty) == stf::batch_error_code::no_blocks);

  // A sender whose account the witness does not give, though its leaf may stand there as somebody's
  // neighbour.
  auto stranger = w;
  stranger.blocks[0].txns[0] =
      encode_txn(signed_txn(config, test_key(3), 0, test_key(9).account, u256{7}));
  const auto code = refused(stranger);
  REQUIRE((code == stf::batch_error_code::not_covered ||
           code == stf::batch_error_code::missing_preimage));
}

TEST_CASE("cut, extended or flipped witnesses never crash and never pass as another batch",
          "[stf][soundness]") {
  const auto w = sample_witness();
  const bytes encoded = stf::encode_batch_witness(w);
  const auto honest = public_input_hash(stf::apply_batch(encoded)->input);
  for (std::size_t n = 0; n < encoded.size(); n += 7) {
    REQUIRE_FALSE(stf::apply_batch(bytes_view(encoded).first(n)).ok());
    bytes flipped = encoded;
    flipped[n] ^= 0x10;
    const auto r = stf::apply_batch(flipped);
    // What a flip can change and still be consistent (a batch number, a signature of nobody that
    // is not covered, ...) must show in the public input.
    if (r.ok()) {
      INFO(n);
      REQUIRE(public_input_hash(r->input) != honest);
    }
  }
  bytes longer = encoded;
  longer.push_back(0);
  REQUIRE_FALSE(stf::apply_batch(longer).ok());
}

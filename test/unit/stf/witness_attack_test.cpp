#include <algorithm>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"
#include "test/support/batch_workload.hpp"
#include "test/support/pubdata_adversary.hpp"

// What whoever makes a witness may try, beyond what apply_batch_test and the tree's own tests have:
// each must be an error, never another result and never the end of the program.

using namespace ashlar;
using namespace ashlar::test;
using code = stf::batch_error_code;

namespace {

constexpr unix_seconds now{1'700'000'001};

/// Two codes, several accounts, a new leaf, an L1 operation.
const stf::batch_witness& honest() {
  static const stf::batch_witness w = [] {
    memory_chain chain(adversary_genesis(4));
    std::vector<txn> txns{forced_txn(0, 0, slot_writer, two_words(u256{2}, u256{5})),
                          signed_txn(chain.config, test_key(0), 0, test_key(9).account, u256{7}),
                          adversary_txn(chain.config, 1, 0, slot_filler, 2, u256{3}),
                          forced_txn(1, 1, test_key(0).account, {})};
    return chain.seal({{now, txns}}).witness;
  }();
  return w;
}

stf::batch_error refused(const stf::batch_witness& w) {
  const auto direct = stf::apply_batch(w);
  REQUIRE_FALSE(direct.ok());
  return direct.error();
}

code refused_bytes(const bytes& raw) {
  const auto r = stf::apply_batch(raw);
  REQUIRE_FALSE(r.ok());
  return r.error().code;
}

}  // namespace

TEST_CASE("attack: the honest witness passes, so that the rest means something",
          "[stf][soundness]") {
  REQUIRE(honest().codes.size() == 2);
  REQUIRE(honest().accounts.size() >= 4);
  REQUIRE(stf::apply_batch(honest()).ok());
}

TEST_CASE("attack: accounts given twice or out of order", "[stf][soundness]") {
  auto w = honest();
  w.accounts.insert(w.accounts.begin() + 1, w.accounts[1]);
  CHECK(refused(w).code == code::unsorted);
  w = honest();
  std::swap(w.accounts[0], w.accounts[1]);
  CHECK(refused(w).code == code::unsorted);
  // The second of a pair would win or lose by the container's taste.
  w = honest();
  auto richer = w.accounts[0];
  richer.second.balance += u256{1};
  w.accounts.insert(w.accounts.begin(), richer);
  CHECK_FALSE(stf::apply_batch(w).ok());
}

TEST_CASE("attack: an account that the tree lacks, or that is there without a leaf in the proof",
          "[stf][soundness]") {
  auto w = honest();
  w.accounts.push_back({test_key(77).account, {1, u256{5}, evm::empty_code_hash, 0}});
  std::sort(w.accounts.begin(), w.accounts.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  CHECK(refused(w).code == code::wrong_preimage);
  // It is in the tree, but nothing touched it, so nothing proves it.
  w = honest();
  w.accounts.push_back({test_key(3).account, {0, u256{1} << 90, evm::empty_code_hash, 0}});
  std::sort(w.accounts.begin(), w.accounts.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  CHECK_FALSE(stf::apply_batch(w).ok());
}

TEST_CASE("attack: every field of an account is bound by its leaf", "[stf][soundness]") {
  for (std::size_t i = 0; i < honest().accounts.size(); ++i) {
    const auto edit = [&](auto change) {
      auto w = honest();
      change(w.accounts[i].second);
      return refused(w).code;
    };
    CHECK(edit([](evm::account& a) { a.nonce += 1; }) == code::wrong_preimage);
    CHECK(edit([](evm::account& a) { a.balance += u256{1}; }) == code::wrong_preimage);
    CHECK(edit([](evm::account& a) { a.code_hash[0] ^= 1; }) == code::wrong_preimage);
    CHECK(edit([](evm::account& a) { a.code_size ^= 1; }) == code::wrong_preimage);
  }
}

TEST_CASE("attack: codes given twice, out of order, or another code in place of one",
          "[stf][soundness]") {
  auto w = honest();
  w.codes.push_back(w.codes.back());
  CHECK(refused(w).code == code::unsorted);
  w = honest();
  std::swap(w.codes[0], w.codes[1]);
  CHECK(refused(w).code == code::unsorted);
  for (const std::size_t which : {0u, 1u}) {
    w = honest();
    w.codes[which] = {0x00};
    stf::sort_codes(w.codes);
    CHECK(refused(w).code == code::missing_code);
  }
  // A code that nobody asks for changes nothing.
  w = honest();
  w.codes.push_back({0x00});
  stf::sort_codes(w.codes);
  const auto more = stf::apply_batch(w);
  REQUIRE(more.ok());
  CHECK(more->input == stf::apply_batch(honest())->input);
}

TEST_CASE("attack: a start with too few or too many hashes, or numbers at the end of their range",
          "[stf][soundness]") {
  auto w = honest();
  w.start.hashes.clear();
  CHECK(refused(w).code == code::bad_parent);
  w = honest();
  w.start.hashes.insert(w.start.hashes.begin(), hash256{});
  CHECK(refused(w).code == code::bad_parent);
  w = honest();
  w.start.number = batch_number{0};
  CHECK(refused(w).code == code::bad_parent);
  // A liar's own parent hashes to what he says; only the commitment gives it away.
  for (const u64 number : {~u64{0}, ~u64{0} - 1}) {
    w = honest();
    w.start.parent.number = block_number{number};
    w.start.hashes.assign(256, hash256{});
    w.start.hashes.back() = header_hash(w.start.parent);
    const auto r = stf::apply_batch(w);
    if (number == ~u64{0}) {
      REQUIRE_FALSE(r.ok());
      CHECK(r.error().code == code::bad_parent);
    } else if (r.ok()) {
      CHECK(r->input.state_before != stf::apply_batch(honest())->input.state_before);
    }
  }
  for (const u64 count : {u64{0}, u64{1}, tree::leaf_count_limit + 1, ~u64{0}}) {
    w = honest();
    w.start.tree.leaf_count = count;
    const auto e = refused(w);
    CHECK(e.code == code::bad_tree_witness);
    CHECK(e.tree == tree::tree_error::leaf_count_range);
  }
}

TEST_CASE("attack: a parent with absurd fees, gas or extra data does not stop the program",
          "[stf][soundness]") {
  const hash256 before = stf::apply_batch(honest())->input.state_before;
  const auto with = [&](auto change) {
    auto w = honest();
    change(w.start.parent);
    w.start.hashes.back() = header_hash(w.start.parent);
    w.blocks[0].timestamp = unix_seconds{w.start.parent.timestamp.value + 1};
    const auto r = stf::apply_batch(w);
    if (r.ok()) CHECK(r->input.state_before != before);
  };
  with([](block_header& h) { h.base_fee_per_gas = u256::max(); });
  with([](block_header& h) {  // of the time before EIP-1559
    h.base_fee_per_gas.reset();
    h.withdrawals_root.reset();
    h.blob_gas_used.reset();
    h.excess_blob_gas.reset();
    h.parent_beacon_block_root.reset();
    h.requests_hash.reset();
  });
  with([](block_header& h) { h.gas_used = ~u64{0}; });
  with([](block_header& h) { h.extra_data.assign(20, 0xff); });
  with([](block_header& h) { h.extra_data.assign(32, 0xff); });
  with([](block_header& h) { h.extra_data.clear(); });
  with([](block_header& h) { h.timestamp = unix_seconds{0}; });
}

TEST_CASE("attack: L1 operations left out, repeated, swapped or made up", "[stf][soundness]") {
  const auto plain = stf::apply_batch(honest());
  REQUIRE(plain->input.priority_count == 2);
  auto w = honest();
  auto& txns = w.blocks[0].txns;
  txns.erase(txns.begin());
  auto e = refused(w);
  CHECK(e.code == code::wrong_priority_id);
  CHECK(e.expected == 0);
  CHECK(e.got == 1);
  w = honest();
  w.blocks[0].txns.push_back(w.blocks[0].txns[3]);
  CHECK(refused(w).code == code::wrong_priority_id);
  w = honest();
  std::swap(w.blocks[0].txns[0], w.blocks[0].txns[3]);
  CHECK(refused(w).code == code::wrong_priority_id);
  // One that L1 never saw executes, and shows in the rolling hash that L1 compares.
  w = honest();
  w.blocks[0].txns[3] = encode_txn(forced_txn(1, 1, test_key(0).account, {1}));
  const auto made_up = stf::apply_batch(w);
  REQUIRE(made_up.ok());
  CHECK(made_up->input.priority_hash_after != plain->input.priority_hash_after);
  // Another first id passes only with operations of other ids, whose hashes differ.
  w = honest();
  w.start.priority_next = 5;
  CHECK(refused(w).code == code::wrong_priority_id);
}

TEST_CASE("attack: a configuration that is not valid", "[stf][soundness]") {
  const auto with = [&](auto change) {
    auto w = honest();
    change(w.config);
    return refused(w).code;
  };
  CHECK(with([](chain_config& c) { c.revisions.clear(); }) == code::bad_config);
  CHECK(with([](chain_config& c) { c.elasticity = 0; }) == code::bad_config);
  CHECK(with([](chain_config& c) { c.base_fee_denominator = 0; }) == code::bad_config);
  CHECK(with([](chain_config& c) { c.block_gas_limit = ~u64{0}; }) == code::bad_config);
  CHECK(with([](chain_config& c) { c.pubdata_txn_bytes_max = ~u64{0}; }) == code::bad_config);
  // A valid one, of another chain's rules, shows in its hash.
  auto w = honest();
  w.config.pubdata_txn_bytes_max = pubdata_txn_bytes_lowest;
  const auto r = stf::apply_batch(w);
  REQUIRE(r.ok());
  CHECK(r->input.config_hash != stf::apply_batch(honest())->input.config_hash);
}

TEST_CASE("attack: bytes that are not the one encoding", "[stf][soundness]") {
  const bytes raw = stf::encode_batch_witness(honest());
  REQUIRE(stf::encode_batch_witness(*stf::decode_batch_witness(raw)) == raw);
  CHECK(refused_bytes({}) == code::unknown_version);
  bytes other = raw;
  other[0] += 1;
  CHECK(refused_bytes(other) == code::unknown_version);
  other = raw;
  other.push_back(0);
  CHECK(refused_bytes(other) == code::malformed_witness);
  CHECK(refused_bytes({stf::batch_witness_version}) == code::malformed_witness);
  // A list that says it is longer than memory is; a string, too. The head, a proof of no leaf, no
  // code, no block.
  const bytes head{
      stf::batch_witness_version, 0, 0, 0, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  const auto with = [&](bytes more) {
    bytes out = head;
    append(out, more);
    return refused_bytes(out);
  };
  CHECK(with({0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}) == code::malformed_witness);
  CHECK(with({0xc9, 0xbf, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}) ==
        code::malformed_witness);
  // Sizes and numbers likewise; and a gap that is not zero, wherever there is one.
  for (const std::size_t at : {4u, 12u, 16u}) {
    bytes lies = raw;
    if (at != 4) lies = head;
    store_le32(lies.data() + at, 0xffffffff);
    CHECK(refused_bytes(lies) == code::malformed_witness);
  }
}

TEST_CASE("attack: a gap of a witness that is not zero", "[stf][soundness]") {
  // given: a gap before the proof and one behind a code
  auto w = honest();
  w.proof = {};
  w.codes = {bytes{0x5b}};
  const bytes raw = stf::encode_batch_witness(w);
  REQUIRE(stf::decode_batch_witness(raw).ok());
  for (const std::size_t at : {1u, 2u, 3u, 8u, 21u, 22u, 23u}) {
    REQUIRE(raw[at] == 0);
    // when
    bytes other = raw;
    other[at] = 1;
    const auto decoded = stf::decode_batch_witness(other);
    // then
    REQUIRE_FALSE(decoded.ok());
    CHECK(decoded.error().code == code::malformed_witness);
  }
}

TEST_CASE("attack: a tree proof with a count beyond its bytes, or bytes beyond its count",
          "[stf][soundness]") {
  const bytes proof = tree::encode(honest().proof);
  const auto decode = [](bytes_view raw) { return tree::decode_witness(raw); };
  REQUIRE(decode(proof).ok());
  // version, flags, then 2^63 - 1 leaves.
  CHECK(decode(bytes{1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}).error() ==
        tree::tree_error::truncated);
  CHECK(decode(bytes{1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}).error() ==
        tree::tree_error::malformed_varint);
  CHECK(decode(bytes{1, 2, 0}).error() == tree::tree_error::unknown_flags);
  bytes longer = proof;
  longer.push_back(0);
  CHECK(decode(longer).error() == tree::tree_error::trailing_bytes);
  // A whole hash more decodes, and is one too many.
  longer.resize(proof.size() + 32);
  const auto surplus = decode(longer);
  REQUIRE(surplus.ok());
  auto w = honest();
  w.proof = *surplus;
  CHECK(refused(w).tree == tree::tree_error::sibling_surplus);
}

TEST_CASE("attack: leaves given twice, changed, or with another neighbour", "[stf][soundness]") {
  for (std::size_t i = 0; i < honest().proof.leaves.size(); ++i) {
    CAPTURE(i);
    auto w = honest();
    w.proof.leaves.insert(w.proof.leaves.begin() + static_cast<std::ptrdiff_t>(i),
                          w.proof.leaves[i]);
    CHECK(refused(w).tree == tree::tree_error::index_order);
    const auto edit = [&](auto change) {
      auto changed = honest();
      change(changed.proof.leaves[i].content);
      CHECK_FALSE(stf::apply_batch(changed).ok());
    };
    edit([](tree::leaf& l) { l.value[31] ^= 1; });
    edit([](tree::leaf& l) { l.key[31] ^= 1; });
    edit([](tree::leaf& l) { l.next ^= 1; });
  }
}

TEST_CASE("attack: nothing but time depends on the seed of the hash tables", "[stf]") {
  batch_workload work(21);
  for (int i = 0; i < 4; ++i) {
    const auto batch = work.next(3, 20);
    for (const u64 seed : {u64{0}, u64{1}, ~u64{0}}) {
      evm::workspace space({.hash_seed = seed});
      const auto r = stf::apply_batch(batch.witness, &space);
      REQUIRE(r.ok());
      CHECK(r->input == batch.native.input);
      CHECK(r->pubdata == batch.native.pubdata);
    }
  }
}

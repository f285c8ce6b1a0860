#include "runtime/types/batch.hpp"

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "runtime/crypto/blake3.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/types/chain_config.hpp"
#include "runtime/types/l2_log.hpp"
#include "runtime/types/priority_limits.hpp"

using namespace ashlar;

namespace {

bytes text(std::string_view s) {
  return bytes(s.begin(), s.end());
}

log_entry message_event(const address& sender, const bytes& message) {
  log_entry log;
  log.account = l1_messenger_address;
  log.topics = {crypto::keccak256(text("L1MessageSent(address,bytes32,bytes)")), hash256{},
                crypto::keccak256(message)};
  std::memcpy(log.topics[1].data() + 12, sender.data(), 20);
  append(log.data, u256{32}.to_be().data_);
  append(log.data, u256{message.size()}.to_be().data_);
  append(log.data, message);
  log.data.resize((log.data.size() + 31) / 32 * 32);
  return log;
}

chain_config usual() {
  chain_config c;
  c.chain_id = 270;
  c.l1_chain_id = 31337;
  c.chain_contract[0] = 1;
  c.fee_vault[0] = 2;
  return c;
}

template <class Change>
chain_config_error error_after(Change change) {
  chain_config c = usual();
  change(c);
  const auto checked = validate(c);
  REQUIRE_FALSE(checked.ok());
  return checked.error();
}

}  // namespace

TEST_CASE("receipts and logs come back as they were") {
  receipt r;
  r.type = txn_type::set_code;
  r.success = true;
  r.cumulative_gas_used = 100'000;
  r.gas_used = 21'000;
  r.effective_gas_price = u256{7};
  r.contract_address = address{};
  r.logs = {message_event(address{}, text("hello")), log_entry{}};
  r.bloom = logs_bloom(r.logs);
  auto stored = decode_stored_receipt(encode_stored_receipt(r));
  REQUIRE(stored);
  CHECK(*stored == r);
  auto plain = decode_receipt(encode_receipt(r));
  REQUIRE(plain);
  receipt consensus = r;
  consensus.gas_used = 0;
  consensus.effective_gas_price = u256{};
  consensus.contract_address.reset();
  CHECK(*plain == consensus);
  CHECK(bloom_may_contain(r.bloom, r.logs[0].topics[0].data_));
  CHECK_FALSE(bloom_may_contain(r.bloom, text("something else")));
  CHECK(decode_receipt(text("\x03")).error().code == rlp::error_code::expected_list);
  log_entry five;
  five.topics.resize(5);
  r.logs = {five};
  CHECK(decode_receipt(encode_receipt(r)).error() == rlp::error{rlp::error_code::oversize, 4, 5});
}

TEST_CASE("no logs have the published hash of an empty list") {
  CHECK(logs_hash({}) == empty_ommers_hash);
}

TEST_CASE("messages and priority results become logs, in order") {
  txn t;
  t.type = txn_type::priority;
  t.priority.canonical_hash[5] = 9;
  address sender;
  sender[19] = 0x44;
  receipt r;
  r.success = true;
  log_entry other = message_event(sender, text("not from the messenger"));
  other.account = sender;
  r.logs = {message_event(sender, text("one")), other, message_event(sender, text("two"))};
  std::vector<l2_log> logs;
  append_l2_logs(logs, t, r, 7);
  REQUIRE(logs.size() == 3);
  CHECK(logs[0].value == crypto::keccak256(text("one")));
  CHECK(logs[0].key[31] == 0x44);
  CHECK(logs[1].value == crypto::keccak256(text("two")));
  CHECK(logs[2].sender == bootloader_address);
  CHECK(logs[2].key == t.priority.canonical_hash);
  CHECK(logs[2].value[31] == 1);
  CHECK(logs[2].txn_number == 7);
  CHECK(l2_messages(r) == std::vector<bytes>{text("one"), text("two")});
  r.success = false;
  logs.clear();
  append_l2_logs(logs, t, r, 8);
  REQUIRE(logs.size() == 1);
  CHECK(logs[0].value.is_zero());
  CHECK(l2_messages(r).empty());
}

TEST_CASE("every log of a tree has a proof, and no other") {
  for (std::size_t count : {1u, 2u, 3u, 7u, 64u, 100u}) {
    std::vector<l2_log> logs(count);
    for (std::size_t i = 0; i < count; ++i) logs[i].txn_number = static_cast<u16>(i);
    const hash256 root = l2_log_root(logs);
    for (u32 i = 0; i < count; ++i) {
      l2_log_proof proof = prove_l2_log(logs, i);
      CHECK(proof.root == root);
      CHECK(check_l2_log(l2_log_leaf(logs[i]), proof));
      if (count > 1) CHECK_FALSE(check_l2_log(l2_log_leaf(logs[(i + 1) % count]), proof));
      proof.siblings[3][0] ^= 1;
      CHECK_FALSE(check_l2_log(l2_log_leaf(logs[i]), proof));
      proof.siblings[3][0] ^= 1;
      proof.index += l2_log_leaves_max;
      CHECK_FALSE(check_l2_log(l2_log_leaf(logs[i]), proof));
    }
  }
}

TEST_CASE("a state commitment binds every field and the window of hashes") {
  chain_state s;
  std::vector<hash256> hashes(3);
  hashes[0][0] = 1;
  bytes window(253 * 32, 0);
  for (const hash256& h : hashes) append(window, h.data_);
  s.block_hashes_digest = block_hashes_digest(hashes);
  CHECK(s.block_hashes_digest == crypto::blake3(window));
  s.leaf_count = 0x0102;
  s.last_block = block_number{3};
  s.last_timestamp = unix_seconds{4};
  bytes packed(32, 0);
  append(packed, *from_hex("0x00000000000001020000000000000003"));
  append(packed, s.block_hashes_digest.data_);
  append(packed, *from_hex("0x0000000000000004"));
  CHECK(state_commitment(s) == crypto::blake3(packed));
}

TEST_CASE("a chain's configuration comes back from its bytes") {
  chain_config c = usual();
  CHECK(validate(c).ok());
  c.revisions = {{unix_seconds{0}, revision::cancun}, {unix_seconds{100}, revision::osaka}};
  CHECK(validate(c).ok());
  CHECK(c.revision_at(unix_seconds{99}) == revision::cancun);
  CHECK(c.revision_at(unix_seconds{100}) == revision::osaka);
  bytes raw = encode_chain_config(c);
  auto back = decode_chain_config(raw);
  REQUIRE(back);
  CHECK(*back == c);
  CHECK(config_hash(c) == crypto::keccak256(raw));
  // L1 prices deposits by what it reads there (Constants.sol, CONFIG_PUBDATA_GAS_FROM_END).
  CHECK(load_be64(raw.data() + raw.size() - 48) == c.pubdata_gas_per_byte);
  raw.push_back(0);
  CHECK(decode_chain_config(raw).error() == chain_config_error::malformed);
  CHECK(decode_chain_config({}).error() == chain_config_error::malformed);
  chain_config other = c;
  other.pubdata_gas_per_byte += 1;
  CHECK(config_hash(other) != config_hash(c));
}

TEST_CASE("each bad configuration has its own error") {
  using e = chain_config_error;
  CHECK(error_after([](auto& c) { c.chain_id = 0; }) == e::chain_id_zero);
  CHECK(error_after([](auto& c) { c.l1_chain_id = 0; }) == e::l1_chain_id_zero);
  CHECK(error_after([](auto& c) { c.chain_contract = {}; }) == e::chain_contract_zero);
  CHECK(error_after([](auto& c) { c.protocol_version = 9; }) == e::protocol_version_unknown);
  CHECK(error_after([](auto& c) { c.revisions.clear(); }) == e::revisions_empty);
  CHECK(error_after([](auto& c) { c.revisions[0].from = unix_seconds{1}; }) ==
        e::revisions_not_from_zero);
  CHECK(error_after([](auto& c) { c.revisions.push_back(c.revisions[0]); }) ==
        e::revisions_unsorted);
  CHECK(error_after([](auto& c) { c.block_gas_limit = 1; }) == e::block_gas_limit_out_of_range);
  CHECK(error_after([](auto& c) { c.txn_gas_limit_max = 1; }) == e::txn_gas_limit_out_of_range);
  CHECK(error_after([](auto& c) { c.txn_gas_limit_max = txn_gas_highest + 1; }) ==
        e::txn_gas_limit_out_of_range);
  CHECK(error_after([](auto& c) { c.base_fee_min = 0; }) == e::base_fee_out_of_range);
  CHECK(error_after([](auto& c) { c.elasticity = 0; }) == e::elasticity_out_of_range);
  CHECK(error_after([](auto& c) { c.base_fee_denominator = 1; }) == e::denominator_out_of_range);
  CHECK(error_after([](auto& c) { c.fee_vault = {}; }) == e::fee_vault_zero);
  CHECK(error_after([](auto& c) { c.pubdata_gas_per_byte = ~0ull; }) ==
        e::pubdata_gas_out_of_range);
  CHECK(error_after([](auto& c) { c.pubdata_txn_bytes_max = pubdata_txn_bytes_lowest - 1; }) ==
        e::pubdata_bytes_out_of_range);
  CHECK(error_after([](auto& c) { c.pubdata_txn_bytes_max = pubdata_txn_bytes_highest + 1; }) ==
        e::pubdata_bytes_out_of_range);
  CHECK(error_after([](auto& c) { c.proving_cycles_per_gas = 9; }) ==
        e::proving_cycles_out_of_range);
  CHECK(error_after([](auto& c) { c.priority_txns_per_block_max = 0; }) ==
        e::priority_limits_out_of_range);
  CHECK(error_after([](auto& c) { c.priority_txn_gas_max = txn_gas_highest + 1; }) ==
        e::priority_limits_out_of_range);
}

TEST_CASE("a chain has the rules that bound what its proofs hold, from its first block") {
  chain_config c = usual();
  CHECK(validate_chain(c).ok());
  c.priority_txn_gas_max = txn_gas_highest;
  CHECK(validate_chain(c).ok());
  for (const revision early : {revision::cancun, revision::prague}) {
    c.revisions = {{unix_seconds{0}, early}, {unix_seconds{1}, revision::osaka}};
    CHECK(validate(c).ok());
    CHECK(validate_chain(c).error() == chain_config_error::revision_without_gas_cap);
  }
  c = usual();
  c.pubdata_gas_per_byte = priority_pubdata_gas_least;
  CHECK(validate_chain(c).ok());
  for (const u64 low : {priority_pubdata_gas_least - 1, u64{0}}) {
    c.pubdata_gas_per_byte = low;
    CHECK(validate(c).ok());
    CHECK(validate_chain(c).error() == chain_config_error::pubdata_gas_too_low);
  }
  c.chain_id = 0;
  CHECK(validate_chain(c).error() == chain_config_error::chain_id_zero);
}

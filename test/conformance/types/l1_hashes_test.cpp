#include <iostream>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "runtime/types/batch.hpp"
#include "runtime/types/chain_config.hpp"
#include "runtime/types/l2_log.hpp"
#include "runtime/types/priority.hpp"
#include "runtime/types/priority_limits.hpp"
#include "test/conformance/types/vectors.hpp"

// test/contracts/public_input.json holds what the contracts compute; here is the other side.

using namespace ashlar;
namespace json = boost::json;

namespace {

constexpr const char* vectors = "test/contracts/public_input.json";

template <std::size_t N = 32>
fixed_bytes<N> fixed(const json::value& object, std::string_view name) {
  const auto out = fixed_from_hex<N>(std::string_view{object.at(name).as_string()});
  REQUIRE(out);
  return *out;
}

u64 number(const json::value& object, std::string_view name) {
  return object.at(name).to_number<u64>();
}

bytes raw(const json::value& object, std::string_view name) {
  const auto out = from_hex(std::string_view{object.at(name).as_string()});
  REQUIRE(out);
  return *out;
}

u256 word(const json::value& object, std::string_view name) {
  const bytes b = raw(object, name);
  REQUIRE(b.size() <= 32);
  return u256::from_be(bytes_view{b});
}

}  // namespace

TEST_CASE("what L1 demands of a batch is what the node lays") {
  CHECK(number(conformance::read_json(vectors), "priority_batch_gas") == priority_batch_gas);
  CHECK(chain_config{}.pubdata_gas_per_byte >= priority_pubdata_gas_least);
}

TEST_CASE("public inputs and their accumulator are those of the contracts") {
  hash256 accumulator;
  std::size_t checked = 0, too_wide = 0;
  const json::value all = conformance::read_json(vectors);
  for (const json::value& b : all.at("batches").as_array()) {
    CHECK(pubdata_commitment(pubdata_mode::calldata, raw(b, "pubdata")) ==
          fixed(b, "pubdata_commitment"));
    accumulator = chain_public_input(accumulator, fixed(b, "public_input"));
    CHECK(accumulator == fixed(b, "accumulator"));
    // The contract takes a uint256; a node's chain id has 64 bits.
    if (!word(b, "chain_id").fits_u64()) {
      ++too_wide;
      continue;
    }
    public_input in;
    in.protocol_version = static_cast<u32>(number(b, "protocol_version"));
    in.chain_id = word(b, "chain_id").low();
    in.l1_chain_id = number(b, "l1_chain_id");
    in.chain_contract = fixed<20>(b, "chain_contract");
    in.number = batch_number{number(b, "number")};
    in.state_before = fixed(b, "state_before");
    in.state_after = fixed(b, "state_after");
    in.first_block = block_number{number(b, "first_block")};
    in.last_block = block_number{number(b, "last_block")};
    in.first_timestamp = unix_seconds{number(b, "first_timestamp")};
    in.last_timestamp = unix_seconds{number(b, "last_timestamp")};
    in.pubdata_commitment = fixed(b, "pubdata_commitment");
    in.priority_hash_before = fixed(b, "priority_hash_before");
    in.priority_hash_after = fixed(b, "priority_hash_after");
    in.priority_count = number(b, "priority_count");
    in.l2_to_l1_log_root = fixed(b, "l2_to_l1_log_root");
    in.config_hash = fixed(b, "config_hash");
    CHECK(public_input_hash(in) == fixed(b, "public_input"));
    ++checked;
  }
  std::cout << "public inputs: " << checked << " equal, " << too_wide
            << " with a chain id over 64 bits: accumulator and pubdata only\n";
  CHECK(checked > 0);
}

TEST_CASE("priority operations have the contracts' encoding and hashes") {
  const json::value all = conformance::read_json(vectors);
  for (const json::value& p : all.at("priority").as_array()) {
    l2_canonical_txn c;
    c.txn_type = number(p, "type");
    c.from = word(p, "from");
    c.to = word(p, "to");
    c.gas_limit = number(p, "gas_limit");
    c.gas_per_pubdata_byte_limit = number(p, "gas_per_pubdata");
    c.max_fee_per_gas = word(p, "max_fee_per_gas");
    c.nonce = number(p, "priority_id");
    c.value = word(p, "value");
    c.reserved[0] = word(p, "mint_value");
    c.reserved[1] = word(p, "refund_recipient");
    c.data = raw(p, "data");
    CHECK(abi_encode(c) == raw(p, "encoding"));
    CHECK(canonical_hash(c) == fixed(p, "canonical_hash"));
    CHECK(extend_priority_hash(fixed(p, "rolling_before"), canonical_hash(c)) ==
          fixed(p, "rolling_after"));
    const auto t = to_txn(c);
    REQUIRE(t);
    CHECK(txn_hash(*t) == fixed(p, "canonical_hash"));
  }
}

TEST_CASE("the log tree has the contracts' root and proofs") {
  const json::value all = conformance::read_json(vectors);
  const json::value& tree = all.at("logs");
  std::vector<l2_log> logs;
  for (const json::value& item : tree.at("items").as_array()) {
    l2_log log;
    log.txn_number = static_cast<u16>(number(item, "tx_number"));
    log.sender = fixed<20>(item, "sender");
    log.key = fixed(item, "key");
    log.value = fixed(item, "value");
    CHECK(to_bytes(encode_l2_log(log).data_) == raw(item, "bytes"));
    CHECK(l2_log_leaf(log) == fixed(item, "leaf"));
    logs.push_back(log);
  }
  CHECK(l2_log_root({}) == fixed(tree, "empty_root"));
  CHECK(l2_log_root(logs) == fixed(tree, "root"));
  for (u32 i = 0; i < logs.size(); ++i) {
    const l2_log_proof proof = prove_l2_log(logs, i);
    const json::array& path = tree.at("items").as_array()[i].at("path").as_array();
    REQUIRE(path.size() == proof.siblings.size());
    for (std::size_t k = 0; k < path.size(); ++k)
      CHECK(to_hex(proof.siblings[k].data_) == std::string_view{path[k].as_string()});
  }
}

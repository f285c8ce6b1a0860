#include "net/l1/chain_contract.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "net/l1/abi.hpp"
#include "runtime/base/hex.hpp"

using namespace ashlar;
using namespace ashlar::l1;

namespace {

hash256 filled(u8 with) {
  hash256 h;
  for (auto& b : h) b = with;
  return h;
}

public_input sample_header() {
  public_input h;
  h.protocol_version = 1;
  h.number = batch_number{7};
  h.state_before = filled(1);
  h.state_after = filled(2);
  h.first_block = block_number{10};
  h.last_block = block_number{12};
  h.first_timestamp = unix_seconds{100};
  h.last_timestamp = unix_seconds{120};
  h.pubdata_commitment = filled(3);
  h.priority_hash_before = filled(4);
  h.priority_hash_after = filled(5);
  h.priority_count = 2;
  h.l2_to_l1_log_root = filled(6);
  h.config_hash = filled(7);
  return h;
}

l2_canonical_txn sample_request(u64 id) {
  l2_canonical_txn t;
  t.txn_type = u256{0x7f};
  t.from = u256{0xaa};
  t.to = u256{0xbb};
  t.gas_limit = u256{1'000'000};
  t.nonce = u256{id};
  t.data = bytes(37, 0x11);
  return t;
}

bytes request_data(const l2_canonical_txn& t, u64 id, const hash256& hash) {
  abi_encoder tuple;
  for (const u256& v : {t.txn_type, t.from, t.to, t.gas_limit, t.gas_per_pubdata_byte_limit,
                        t.max_fee_per_gas, t.max_priority_fee_per_gas, t.paymaster, t.nonce,
                        t.value, t.reserved[0], t.reserved[1], t.reserved[2], t.reserved[3]})
    tuple.number(v);
  tuple.blob(t.data)
      .blob(t.signature)
      .array({}, false)
      .blob(t.paymaster_input)
      .blob(t.reserved_dynamic);
  return abi_encoder()
      .number(u256{id})
      .word(hash)
      .number(u256{99})
      .dynamic_tuple(tuple)
      .array({}, true)
      .encode();
}

/// Every view answers ones, and slot 6 so many operations executed.
class contract_of_ones final : public transport {
 public:
  explicit contract_of_ones(u64 executed) : executed_(executed) {}
  l1_result<std::string> post(const std::string& body) override {
    const auto is = [&](std::string_view method) { return body.find(method) != body.npos; };
    const std::string one = std::string(63, '0') + "1", h = "\"0x" + one + "\"";
    std::string result;
    if (is("eth_getBlockByNumber")) {
      result = R"({"number":"0x1","timestamp":"0x1","hash":)" + h + R"(,"parentHash":)" + h + "}";
    } else if (is("eth_getStorageAt")) {
      hash256 slot;
      store_be64(slot.data() + 8, executed_);
      result = "\"" + to_hex(slot) + "\"";
    } else {
      result = "\"0x" + one + one + one + one + "\"";
    }
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(++id_) + R"(,"result":)" + result + "}";
  }

 private:
  u64 executed_, id_ = 0;
};

}  // namespace

TEST_CASE("what is committed reads back from the calldata", "[chain_contract]") {
  const bytes pubdata(1001, 0x42);
  const bytes calldata = encode_commit_batch(sample_header(), pubdata);
  const auto back = decode_commit_batch(calldata);
  REQUIRE(back.has_value());
  REQUIRE(back->header == sample_header());
  REQUIRE(back->pubdata == pubdata);
}

TEST_CASE("cut or foreign calldata is no commit", "[chain_contract]") {
  const bytes calldata = encode_commit_batch(sample_header(), bytes(100, 1));
  for (std::size_t n = 0; n < calldata.size() - 28; ++n)
    REQUIRE_FALSE(decode_commit_batch(bytes_view(calldata).first(n)).has_value());
  bytes other = calldata;
  other[0] ^= 1;
  REQUIRE_FALSE(decode_commit_batch(other).has_value());
}

TEST_CASE("what an escape settles reads back from the calldata", "[chain_contract]") {
  std::vector<commit_call> batches{{sample_header(), bytes(1001, 0x42)}, {sample_header(), {}}};
  batches[1].header.number = batch_number{batches[0].header.number.value + 1};
  const bytes calldata = encode_escape_settle(batches);
  const auto back = decode_commits(calldata);
  REQUIRE(back.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(back[i].header == batches[i].header);
    CHECK(back[i].pubdata == batches[i].pubdata);
  }
  const auto one = decode_commits(encode_commit_batch(sample_header(), bytes(9, 1)));
  REQUIRE(one.size() == 1);
  CHECK(one[0].pubdata == bytes(9, 1));
}

// Calldata.t.sol has L1 take these, and refuse the next test's.
TEST_CASE("calldata of every size, padded with anything, reads back", "[chain_contract]") {
  const auto soiled = [](bytes calldata, const bytes& last) {
    const auto padding = static_cast<std::ptrdiff_t>((32 - last.size() % 32) % 32);
    std::fill(calldata.end() - padding, calldata.end(), u8{0xff});
    return calldata;
  };
  for (const std::size_t size : {0u, 1u, 31u, 32u, 33u, 64u, 1000u})
    for (const std::size_t count : {1u, 2u, 5u}) {
      std::vector<commit_call> batches(count, {sample_header(), bytes(size, 0x42)});
      batches[0].pubdata.resize(size / 2);
      const bytes& last = batches.back().pubdata;
      const auto back = decode_commits(soiled(encode_escape_settle(batches), last));
      REQUIRE(back.size() == count);
      for (std::size_t i = 0; i < count; ++i) CHECK(back[i].pubdata == batches[i].pubdata);
      const auto one = decode_commits(soiled(encode_commit_batch(sample_header(), last), last));
      REQUIRE(one.size() == 1);
      CHECK(one[0].pubdata == last);
    }
}

TEST_CASE("pubdata that stands before its own list is none", "[chain_contract]") {
  // given an escape's call whose list comes last, and whose element's offset is negative
  const bytes pubdata(64, 0x42);
  const bytes plain = encode_escape_settle(std::vector<commit_call>{{sample_header(), pubdata}});
  const std::size_t headers_end = 4 + 64 + 32 + 14 * 32;
  const std::size_t blob_bytes = 32 + pubdata.size();
  bytes moved(plain.begin(), plain.begin() + headers_end);
  append(moved, bytes_view(plain).last(blob_bytes));
  append(moved, u256{1}.to_be());
  append(moved, (u256{} - u256{32 + blob_bytes}).to_be());
  std::copy_n(u256{headers_end - 4 + blob_bytes}.to_be().begin(), 32, moved.begin() + 4 + 32);
  // then, as L1 refuses it, nothing is read from it
  CHECK(decode_commits(plain).size() == 1);
  CHECK(decode_commits(moved).empty());
}

TEST_CASE("a cut or foreign escape commits nothing", "[chain_contract]") {
  const bytes calldata =
      encode_escape_settle(std::vector<commit_call>{{sample_header(), bytes(32, 1)}});
  for (std::size_t n = 0; n < calldata.size(); ++n)
    REQUIRE(decode_commits(bytes_view(calldata).first(n)).empty());
  bytes other = calldata;
  other[0] ^= 1;
  CHECK(decode_commits(other).empty());
  // Two headers and one pubdata: the contract reverts.
  bytes uneven = calldata;
  uneven[4 + 64 + 31] = 2;
  CHECK(decode_commits(uneven).empty());
  // A count that no calldata could hold costs nothing.
  bytes huge = calldata;
  huge[4 + 64 + 20] = 1;
  CHECK(decode_commits(huge).empty());
}

TEST_CASE("a priority request is taken only when its hash is right", "[chain_contract]") {
  const auto request = sample_request(5);
  log_entry log;
  log.topics = {chain_event_topics()[4]};
  log.data = request_data(request, 5, canonical_hash(request));
  const auto event = decode_chain_event(log);
  REQUIRE(event.has_value());
  const auto& got = std::get<priority_requested>(*event);
  REQUIRE(got.id == priority_id{5});
  REQUIRE(got.deadline == unix_seconds{99});
  REQUIRE(got.request == request);

  log.data = request_data(request, 5, filled(9));
  REQUIRE_FALSE(decode_chain_event(log).has_value());
  log.data = request_data(request, 6, canonical_hash(request));
  REQUIRE_FALSE(decode_chain_event(log).has_value());
}

TEST_CASE("batch events decode, and short ones do not", "[chain_contract]") {
  log_entry log;
  log.topics = {chain_event_topics()[0], u256{7}.to_be()};
  log.data = abi_encoder().word(filled(1)).word(filled(2)).encode();
  const auto event = decode_chain_event(log);
  REQUIRE(event.has_value());
  REQUIRE(std::get<batch_committed>(*event).number == batch_number{7});
  REQUIRE(std::get<batch_committed>(*event).state_after == filled(2));
  log.data.resize(63);
  REQUIRE_FALSE(decode_chain_event(log).has_value());
  log.topics.pop_back();
  REQUIRE_FALSE(decode_chain_event(log).has_value());
}

TEST_CASE("an escape's standing with more operations executed than queued is refused",
          "[chain_contract]") {
  const auto standing = [](u64 executed) {
    client c(std::make_unique<contract_of_ones>(executed));
    return read_escape_standing(c, address{{1}});
  };
  const auto good = standing(1);
  REQUIRE(good.ok());
  CHECK(good->priority_executed == 1);
  CHECK(standing(0).ok());
  const auto bad = standing(2);
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().code == l1_error_code::malformed);
}

#include "runtime/types/block.hpp"

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"

using namespace ashlar;

namespace {

template <std::size_t N = 32>
fixed_bytes<N> fixed(std::string_view text) {
  auto out = fixed_from_hex<N>(text);
  REQUIRE(out);
  return *out;
}

block_header full_header() {
  block_header h;
  h.parent_hash = fixed("0x1111111111111111111111111111111111111111111111111111111111111111");
  h.number = block_number{77};
  h.gas_limit = 30'000'000;
  h.gas_used = 21'000;
  h.timestamp = unix_seconds{1'700'000'000};
  h.extra_data = {1, 2, 3};
  h.base_fee_per_gas = u256{7};
  h.withdrawals_root = empty_trie_root;
  h.blob_gas_used = 0;
  h.excess_blob_gas = 0;
  h.parent_beacon_block_root = hash256{};
  h.requests_hash = empty_requests_hash;
  return h;
}

}  // namespace

TEST_CASE("mainnet's genesis header has its hash") {
  block_header h;
  h.state_root = fixed("0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544");
  h.difficulty = u256{0x400000000};
  h.gas_limit = 5000;
  h.extra_data = *from_hex("0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa");
  h.nonce = fixed<8>("0x0000000000000042");
  CHECK(to_hex(header_hash(h).data_) ==
        "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3");
}

TEST_CASE("mainnet's block 1 has its hash") {
  block_header h;
  h.parent_hash = fixed("0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3");
  h.beneficiary = fixed<20>("0x05a56e2d52c817161883f50c441c3228cfe54d9f");
  h.state_root = fixed("0xd67e4d450343046425ae4271474353857ab860dbc0a1dde64b41b5cd3a532bf3");
  h.difficulty = u256{0x3ff800000};
  h.number = block_number{1};
  h.gas_limit = 5000;
  h.timestamp = unix_seconds{0x55ba4224};
  h.extra_data = *from_hex("0x476574682f76312e302e302f6c696e75782f676f312e342e32");
  h.mix_hash = fixed("0x969b900de27b6ac6a67742365dd65f55a0526c41fd18e1b16f1a1215c2e66f59");
  h.nonce = fixed<8>("0x539bd4979fef1ec4");
  CHECK(to_hex(header_hash(h).data_) ==
        "0x88e96d4537bea4d9c05d12549907b32561d3bf31f45aae734cdc119f13406cb6");
}

TEST_CASE("headers of every fork come back as they were") {
  block_header h = full_header();
  for (int dropped = 0; dropped <= 6; ++dropped) {
    const bytes raw = encode_header(h);
    auto back = decode_header(raw);
    REQUIRE(back);
    CHECK(*back == h);
    if (dropped == 0) h.requests_hash.reset();
    if (dropped == 1) h.parent_beacon_block_root.reset();
    if (dropped == 2) h.excess_blob_gas.reset();
    if (dropped == 3) h.blob_gas_used.reset();
    if (dropped == 4) h.withdrawals_root.reset();
    if (dropped == 5) h.base_fee_per_gas.reset();
  }
}

TEST_CASE("a malformed header is refused") {
  bytes raw = encode_header(full_header());
  raw.push_back(0);
  CHECK(decode_header(raw).error().rlp.code == rlp::error_code::trailing_bytes);
  raw.resize(raw.size() - 2);
  CHECK(decode_header(raw).error().rlp.code == rlp::error_code::too_short);
  block_header h = full_header();
  h.extra_data.resize(33);
  CHECK(decode_header(encode_header(h)).error().rlp ==
        rlp::error{rlp::error_code::oversize, 32, 33});
}

TEST_CASE("a block record keeps header and transactions") {
  block b{full_header(), {}};
  txn t;
  t.type = txn_type::dynamic_fee;
  t.chain_id = 270;
  t.max_fee_per_gas = u256{9};
  t.gas_limit = 21000;
  t.to = address{};
  t.signature = {1, u256{1}, u256{2}};
  b.txns = {t, t};
  b.txns[1].nonce = 1;
  const bytes record = encode_block(b);
  auto back = decode_block(record);
  REQUIRE(back);
  CHECK(*back == b);
}

TEST_CASE("each broken block record has its own error") {
  block b{full_header(), {}};
  bytes record = encode_block(b);
  bytes other = record;
  other[0] = 2;
  CHECK(decode_block(other).error().code == block_error_code::bad_version);
  CHECK(decode_block({}).error().code == block_error_code::bad_version);
  other = record;
  other.push_back(0);
  CHECK(decode_block(other).error().rlp.code == rlp::error_code::trailing_bytes);
  txn t;
  t.signature = {0, u256{1}, u256{1}};
  t.max_fee_per_gas = u256{1};
  b.txns = {t};
  b.txns[0].signature.s = u256{};
  const auto bad = decode_block(encode_block(b));
  CHECK(bad.error().code == block_error_code::bad_txn);
  CHECK(bad.error().txn.code == txn_error_code::signature_out_of_range);
}

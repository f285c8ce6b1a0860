#include "runtime/types/txn.hpp"

#include <random>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/secp256k1.hpp"
#include "runtime/types/priority.hpp"

using namespace ashlar;

namespace {

const hash256 key_of_tests = u256{0x4646}.to_be();

void sign(txn& t) {
  const auto s = crypto::sign(signing_hash(t), key_of_tests);
  REQUIRE(s);
  t.signature = {static_cast<u8>(s->y_parity), s->r, s->s};
}

hash256 random_hash(std::mt19937_64& random) {
  return u256{random(), random(), random(), random()}.to_be();
}
address random_address(std::mt19937_64& random) {
  return address::copy_of(random_hash(random).data());
}

txn random_txn(std::mt19937_64& random, txn_type type) {
  txn t;
  t.type = type;
  if (type != txn_type::legacy || random() % 2 == 0) t.chain_id = 1 + random() % 100'000;
  t.nonce = random() >> (random() % 63 + 1);
  t.max_fee_per_gas = u256{random() >> (random() % 64)};
  t.max_priority_fee_per_gas = t.max_fee_per_gas;
  if (type == txn_type::dynamic_fee || type == txn_type::set_code)
    t.max_priority_fee_per_gas = t.max_fee_per_gas >> 1;
  t.gas_limit = random() >> (random() % 64);
  if (type == txn_type::set_code || random() % 3 != 0) t.to = random_address(random);
  t.value = u256{0, 0, random() >> (random() % 64), random()};
  t.data = bytes(random() % 200, static_cast<u8>(random()));
  if (type != txn_type::legacy)
    for (u64 n = random() % 3; n-- > 0;) {
      t.access_list.push_back({random_address(random), {}});
      for (u64 k = random() % 4; k-- > 0;)
        t.access_list.back().storage_keys.push_back(random_hash(random));
    }
  if (type == txn_type::set_code)
    for (u64 n = 1 + random() % 3; n-- > 0;)
      t.authorizations.push_back({u256{random() % 2}, random_address(random), random(),
                                  static_cast<u8>(random()), u256{random()}, u256{random()}});
  sign(t);
  return t;
}

txn plain(txn_type type = txn_type::dynamic_fee) {
  txn t;
  t.type = type;
  t.chain_id = 270;
  t.max_fee_per_gas = t.max_priority_fee_per_gas = u256{100};
  t.gas_limit = 21'000;
  t.to = address{};
  if (type == txn_type::set_code) t.authorizations.emplace_back();
  sign(t);
  return t;
}

txn_error error_of(bytes_view raw) {
  const auto t = decode_txn(raw);
  REQUIRE_FALSE(t.ok());
  return t.error();
}

txn_error error_of(const txn& t) {
  return error_of(encode_txn(t));
}

/// The encoding of a transaction whose field `index` is replaced by raw RLP.
bytes with_field(const txn& t, std::size_t index, bytes_view item) {
  const bytes raw = encode_txn(t);
  const std::size_t front = t.type == txn_type::legacy ? 0 : 1;
  rlp::reader envelope{bytes_view{raw}.subspan(front)};
  rlp::reader list = *envelope.next_list();
  bytes out(raw.begin(), raw.begin() + static_cast<long>(front));
  {
    rlp::list_scope scope{out};
    for (std::size_t i = 0; !list.empty(); ++i) {
      const bytes_view field = *list.next_raw();
      append(out, i == index ? item : field);
    }
  }
  return out;
}

bytes hex(std::string_view text) {
  return *from_hex(text);
}

}  // namespace

TEST_CASE("EIP-155's example has its published digest, bytes and sender") {
  txn t;
  t.chain_id = 1;
  t.nonce = 9;
  t.max_fee_per_gas = t.max_priority_fee_per_gas = u256{20'000'000'000};
  t.gas_limit = 21'000;
  t.to = *fixed_from_hex<20>("0x3535353535353535353535353535353535353535");
  t.value = u256{1'000'000'000'000'000'000};
  CHECK(to_hex(signing_hash(t).data_) ==
        "0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
  const hash256 key =
      *fixed_from_hex<32>("0x4646464646464646464646464646464646464646464646464646464646464646");
  const auto s = crypto::sign(signing_hash(t), key);
  REQUIRE(s);
  t.signature = {static_cast<u8>(s->y_parity), s->r, s->s};
  CHECK(to_hex(encode_txn(t)) ==
        "0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080"
        "25a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb7"
        "03304b3800ccf555c9f3dc64214b297fb1966a3b6d83");
  CHECK(recover_sender(t) == crypto::address_of(key));
}

TEST_CASE("random transactions of every type come back as they were, with their sender") {
  std::mt19937_64 random{20261122};
  const auto sender = crypto::address_of(key_of_tests);
  for (txn_type type :
       {txn_type::legacy, txn_type::access_list, txn_type::dynamic_fee, txn_type::set_code})
    for (int i = 0; i < 40; ++i) {
      const txn t = random_txn(random, type);
      const bytes raw = encode_txn(t);
      auto back = decode_txn(raw);
      REQUIRE(back);
      REQUIRE(*back == t);
      REQUIRE(recover_sender(*back) == sender);
      REQUIRE(txn_hash(t) == crypto::keccak256(raw));
      REQUIRE(decode_txn(raw, txn_source::log).ok());
    }
}

TEST_CASE("each fault of a transaction's bytes has its own error") {
  using e = txn_error_code;
  const txn t = plain();
  bytes raw = encode_txn(t);
  CHECK(error_of(bytes_view{}).code == e::empty);
  CHECK(error_of(bytes(txn_bytes_max + 1, 2)).code == e::oversize);
  CHECK(error_of(hex("0x02c3")).code == e::malformed_rlp);
  CHECK(error_of(hex("0x0283aabbcc")).rlp.code == rlp::error_code::expected_list);
  raw.push_back(0);
  CHECK(error_of(raw).code == e::trailing_bytes);
  CHECK(error_of(with_field(t, 11, hex("0x0101"))).code == e::trailing_bytes);
  CHECK(error_of(with_field(t, 11, {})).code == e::missing_field);
  CHECK(error_of(with_field(t, 1, hex("0x820001"))).code == e::non_canonical_integer);
  CHECK(error_of(with_field(t, 1, hex("0x00"))).code == e::non_canonical_integer);
  CHECK(error_of(with_field(t, 4, hex("0x89010000000000000000"))).code == e::integer_too_large);
  CHECK(error_of(with_field(t, 5, hex("0x83aabbcc"))).code == e::wrong_length);
  CHECK(error_of(with_field(t, 8, hex("0xd7d694aabbccddeeff00112233445566778899aabbccddeeff80")))
            .code == e::malformed_rlp);
  CHECK(error_of(with_field(t, 8, hex("0xc4c382aabb"))).code == e::wrong_length);
  CHECK(error_of(hex("0x05c0")) == txn_error{e::unknown_type, 0, 5, {}});
  CHECK(error_of(hex("0x00c0")).code == e::unknown_type);
  CHECK(error_of(hex("0x80")).code == e::unknown_type);
  CHECK(error_of(hex("0x03c0")).code == e::blob_unsupported);
  CHECK(error_of(hex("0x7fc0")).code == e::priority_not_allowed);
  CHECK(decode_txn(hex("0x7fc0"), txn_source::log).error().code == e::bad_priority_encoding);
}

TEST_CASE("each fault of a transaction's fields has its own error") {
  using e = txn_error_code;
  const txn legacy = plain(txn_type::legacy), t = plain();
  CHECK(error_of(with_field(legacy, 6, hex("0x1d"))) == txn_error{e::bad_v, 35, 29, {}});
  CHECK(error_of(with_field(legacy, 6, hex("0x80"))).code == e::bad_v);
  CHECK(error_of(with_field(legacy, 6, hex("0x8b0100000000000000000000"))).code ==
        e::chain_id_too_large);
  CHECK(error_of(with_field(t, 0, hex("0x89010000000000000000"))).code == e::chain_id_too_large);
  CHECK(error_of(with_field(t, 9, hex("0x02"))).code == e::bad_y_parity);
  CHECK(error_of(with_field(t, 10, hex("0x80"))).code == e::signature_out_of_range);
  CHECK(error_of(with_field(t, 11, hex("0x80"))).code == e::signature_out_of_range);
  bytes order;
  rlp::encode_u256(order, crypto::secp256k1_order);
  CHECK(error_of(with_field(t, 10, order)).code == e::signature_out_of_range);
  txn high = t;
  high.signature.s = crypto::secp256k1_order - t.signature.s;
  CHECK(error_of(high).code == e::high_s);
  CHECK_FALSE(recover_sender(high));
  CHECK(error_of(with_field(t, 1, hex("0x88ffffffffffffffff"))).code == e::nonce_too_large);
  CHECK(decode_txn(with_field(t, 1, hex("0x88fffffffffffffffe"))).ok());
  CHECK(error_of(with_field(t, 2, hex("0x65"))) == txn_error{e::tip_above_fee, 100, 101, {}});
  txn dear = t;
  dear.value = u256::max();
  // A matter of the sender's funds, which the encoding knows nothing of; the fee alone is not.
  CHECK(decode_txn(encode_txn(dear)).ok());
  dear.max_fee_per_gas = u256::max() / u256{dear.gas_limit};
  CHECK(decode_txn(encode_txn(dear)).ok());
  dear.max_fee_per_gas += u256{1};
  CHECK(error_of(dear).code == e::cost_overflow);
  const txn set_code = plain(txn_type::set_code);
  REQUIRE(decode_txn(encode_txn(set_code)).ok());
  CHECK(error_of(with_field(set_code, 5, hex("0x80"))).code == e::missing_to);
  CHECK(error_of(with_field(set_code, 9, hex("0xc0"))).code == e::empty_authorizations);
}

TEST_CASE("chain ids are checked against the chain") {
  const txn t = plain();
  CHECK(check_chain_id(t, 270, false).ok());
  CHECK(check_chain_id(t, 271, false).error() ==
        txn_error{txn_error_code::wrong_chain_id, 271, 270, {}});
  txn old = plain(txn_type::legacy);
  old.chain_id.reset();
  CHECK(check_chain_id(old, 270, true).ok());
  CHECK(check_chain_id(old, 270, false).error().code == txn_error_code::chain_id_missing);
  txn priority;
  priority.type = txn_type::priority;
  CHECK(check_chain_id(priority, 270, false).ok());
}

TEST_CASE("an authority is recovered from its EIP-7702 tuple, or is not") {
  authorization a;
  a.chain_id = u256{270};
  a.nonce = 3;
  bytes message{0x05};
  {
    rlp::list_scope list{message};
    rlp::encode_u64(message, 270);
    rlp::encode_fixed(message, a.account);
    rlp::encode_u64(message, 3);
  }
  const auto s = crypto::sign(crypto::keccak256(message), key_of_tests);
  REQUIRE(s);
  a.y_parity = s->y_parity;
  a.r = s->r;
  a.s = s->s;
  CHECK(recover_authority(a) == crypto::address_of(key_of_tests));
  authorization bad = a;
  bad.y_parity = 2;
  CHECK_FALSE(recover_authority(bad));
  bad = a;
  bad.s = crypto::secp256k1_order - a.s;
  CHECK_FALSE(recover_authority(bad));
  bad = a;
  bad.nonce = 4;
  CHECK(recover_authority(bad) != crypto::address_of(key_of_tests));
}

TEST_CASE("every error has its own words") {
  for (u8 i = 0; i <= static_cast<u8>(txn_error_code::empty_authorizations); ++i)
    for (u8 j = 0; j < i; ++j)
      CHECK(std::string{to_text(static_cast<txn_error_code>(i))} !=
            to_text(static_cast<txn_error_code>(j)));
}

namespace {

l2_canonical_txn deposit() {
  l2_canonical_txn c;
  c.txn_type = u256{0x7f};
  c.from = u256{0x1111};
  c.to = u256{0x2222};
  c.gas_limit = u256{300'000};
  c.gas_per_pubdata_byte_limit = u256{800};
  c.max_fee_per_gas = u256{5};
  c.nonce = u256{17};
  c.value = u256{1000};
  c.reserved[0] = u256{2000};
  c.reserved[1] = u256{0x3333};
  c.data = bytes(33, 9);
  return c;
}

priority_error_code priority_error_of(const bytes& abi) {
  const auto c = abi_decode_priority(abi);
  REQUIRE_FALSE(c.ok());
  return c.error().code;
}

priority_error_code conversion_error(const l2_canonical_txn& c) {
  const auto t = to_txn(c);
  REQUIRE_FALSE(t.ok());
  return t.error().code;
}

}  // namespace

TEST_CASE("a priority transaction survives the ABI, the block log and conversion") {
  l2_canonical_txn c = deposit();
  for (int deps = 0; deps < 3; ++deps) {
    const bytes abi = abi_encode(c);
    auto back = abi_decode_priority(abi);
    REQUIRE(back);
    CHECK(*back == c);
    auto t = to_txn(c);
    REQUIRE(t);
    CHECK(to_canonical(*t) == c);
    CHECK(txn_hash(*t) == crypto::keccak256(abi));
    CHECK(recover_sender(*t) == t->priority.sender);
    auto logged = decode_txn(encode_txn(*t), txn_source::log);
    REQUIRE(logged);
    CHECK(*logged == *t);
    c.factory_deps.push_back(u256{static_cast<u64>(deps)});
    c.data.push_back(1);
  }
}

TEST_CASE("each fault of a priority transaction has its own error") {
  using e = priority_error_code;
  const bytes abi = abi_encode(deposit());
  bytes bad = abi;
  bad.pop_back();
  CHECK(priority_error_of(bad) == e::too_short);
  CHECK(priority_error_of(bytes(100)) == e::too_short);
  bad = abi;
  bad.resize(abi.size() + 32);
  CHECK(priority_error_of(bad) == e::trailing_bytes);
  bad = abi;
  bad[31] = 0x40;
  CHECK(priority_error_of(bad) == e::bad_offset);
  bad = abi;
  bad[15 * 32 + 31] ^= 0x20;
  CHECK(priority_error_of(bad) == e::bad_offset);
  bad = abi;
  bad[20 * 32 + 32 + 40] = 1;
  CHECK(priority_error_of(bad) == e::bad_padding);
  bad = abi;
  bad[20 * 32] = 0xff;  // a length of 2^255 and more
  CHECK(priority_error_of(bad) == e::too_short);

  l2_canonical_txn c = deposit();
  c.txn_type = u256{2};
  CHECK(conversion_error(c) == e::bad_type);
  c = deposit();
  c.to = u256{1} << 160;
  CHECK(conversion_error(c) == e::field_too_large);
  c = deposit();
  c.gas_limit = u256{1} << 64;
  CHECK(conversion_error(c) == e::field_too_large);
  c = deposit();
  c.paymaster = u256{1};
  CHECK(conversion_error(c) == e::field_not_empty);
  c = deposit();
  c.signature = {1};
  CHECK(conversion_error(c) == e::field_not_empty);
}

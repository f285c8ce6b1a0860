#include "runtime/types/mpt.hpp"

#include <map>
#include <random>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"

using namespace ashlar;

namespace {

bytes text(std::string_view s) {
  return bytes(s.begin(), s.end());
}

hash256 root_of(const std::map<bytes, bytes>& entries) {
  std::vector<mpt_entry> sorted;
  for (const auto& [key, value] : entries) sorted.push_back({key, value});
  return mpt_root(sorted);
}

/// The definition, from the yellow paper's appendix D, with no care for speed: `c(J, i)`.
bytes reference_node(const std::vector<std::pair<bytes, bytes>>& nibble_entries, std::size_t i) {
  auto hex_prefix = [](bytes nibbles, bool leaf) {
    bytes out;
    u8 flag = leaf ? 2 : 0;
    if (nibbles.size() % 2 == 1) {
      out.push_back(static_cast<u8>(((flag + 1) << 4) | nibbles[0]));
      nibbles.erase(nibbles.begin());
    } else {
      out.push_back(static_cast<u8>(flag << 4));
    }
    for (std::size_t k = 0; k < nibbles.size(); k += 2)
      out.push_back(static_cast<u8>(nibbles[k] * 16 + nibbles[k + 1]));
    return out;
  };
  auto slice = [](const bytes& b, std::size_t from, std::size_t to) {
    return bytes(b.begin() + static_cast<long>(from), b.begin() + static_cast<long>(to));
  };
  auto embedded = [](const bytes& node) {
    bytes out;
    if (node.size() < 32) return node;
    rlp::encode_fixed(out, crypto::keccak256(node));
    return out;
  };
  bytes payload;
  if (nibble_entries.size() == 1) {
    const auto& [key, value] = nibble_entries[0];
    rlp::encode_string(payload, hex_prefix(slice(key, i, key.size()), true));
    rlp::encode_string(payload, value);
  } else {
    std::size_t j = nibble_entries[0].first.size();
    for (const auto& [key, value] : nibble_entries) {
      std::size_t k = 0;
      while (k < key.size() && k < j && key[k] == nibble_entries[0].first[k]) ++k;
      j = std::min(j, k);
    }
    if (j > i) {
      rlp::encode_string(payload, hex_prefix(slice(nibble_entries[0].first, i, j), false));
      append(payload, embedded(reference_node(nibble_entries, j)));
    } else {
      bytes here;
      for (u8 digit = 0; digit < 16; ++digit) {
        std::vector<std::pair<bytes, bytes>> below;
        for (const auto& e : nibble_entries)
          if (e.first.size() > i && e.first[i] == digit) below.push_back(e);
        if (below.empty())
          payload.push_back(0x80);
        else
          append(payload, embedded(reference_node(below, i + 1)));
      }
      for (const auto& e : nibble_entries)
        if (e.first.size() == i) here = e.second;
      rlp::encode_string(payload, here);
    }
  }
  bytes out;
  rlp::encode_list_header(out, payload.size());
  append(out, payload);
  return out;
}

hash256 reference_root(const std::map<bytes, bytes>& entries) {
  std::vector<std::pair<bytes, bytes>> nibbles;
  for (const auto& [key, value] : entries) {
    bytes n;
    for (u8 b : key) {
      n.push_back(b >> 4);
      n.push_back(b & 15);
    }
    nibbles.push_back({n, value});
  }
  return crypto::keccak256(reference_node(nibbles, 0));
}

}  // namespace

TEST_CASE("the empty trie has the well-known root") {
  CHECK(mpt_root({}) == empty_trie_root);
  CHECK(ordered_trie_root(std::vector<bytes>{}) == empty_trie_root);
  CHECK(secure_storage_root({}) == empty_trie_root);
  const u8 empty_string = 0x80;
  CHECK(crypto::keccak256({&empty_string, 1}) == empty_trie_root);
  const u8 empty_list = 0xc0;
  CHECK(crypto::keccak256({&empty_list, 1}) == empty_ommers_hash);
}

TEST_CASE("published tries have their published roots") {
  // ethereum/tests, TrieTests/trieanyorder.json.
  CHECK(to_hex(root_of({{text("A"), bytes(50, 'a')}}).data_) ==
        "0xd23786fb4a010da3ce639d66d5e904a11dbc02746d1ce25029e53290cabf28ab");
  CHECK(to_hex(root_of({{text("do"), text("verb")},
                        {text("dog"), text("puppy")},
                        {text("doge"), text("coin")},
                        {text("horse"), text("stallion")}})
                   .data_) == "0x5991bb8c6514148a29db676a14ac506cd2cd5775ace63c30a4fe457715e9ac84");
  CHECK(
      to_hex(
          root_of({{text("be"), text("e")}, {text("dog"), text("puppy")}, {text("bed"), text("d")}})
              .data_) == "0x3f67c7a47520f79faa29255d2d3c084a7a6df0453116ed7232ff10277a8be68b");
  CHECK(to_hex(root_of({{text("test"), text("test")}, {text("te"), text("testy")}}).data_) ==
        "0x8452568af70d8d140f58d941338542f645fcca50094b20f3c3d8c3df49337928");
}

TEST_CASE("random tries agree with the definition") {
  std::mt19937_64 random{20261122};
  for (int round = 0; round < 60; ++round) {
    std::map<bytes, bytes> entries;
    const std::size_t count = 1 + random() % 80;
    const bool short_keys = round % 2 == 0;
    while (entries.size() < count) {
      bytes key(short_keys ? 1 + random() % 3 : 32);
      for (u8& b : key) b = static_cast<u8>(short_keys ? random() % 6 * 17 : random());
      bytes value(1 + random() % 40, static_cast<u8>(random()));
      entries[key] = value;
      if (short_keys && random() % 100 == 0) break;
    }
    INFO("round " << round);
    REQUIRE(root_of(entries) == reference_root(entries));
  }
}

TEST_CASE("an ordered trie is keyed by rlp of the index") {
  for (std::size_t count : {1u, 2u, 127u, 128u, 129u, 300u}) {
    std::vector<bytes> items;
    std::map<bytes, bytes> entries;
    for (std::size_t i = 0; i < count; ++i) {
      items.push_back(bytes(1 + i % 50, static_cast<u8>(i + 1)));
      bytes key;
      rlp::encode_u64(key, i);
      entries[key] = items.back();
    }
    CHECK(ordered_trie_root(items) == reference_root(entries));
  }
}

TEST_CASE("state roots hash keys, drop zero slots and ignore order") {
  mpt_account a, b;
  a.account[19] = 1;
  a.nonce = 7;
  a.balance = u256{1} << 100;
  a.storage = {{hash256{}, u256{5}}, {u256{1}.to_be(), u256{}}};
  b.account[19] = 2;
  const std::vector<mpt_account> one{a, b}, other{b, a};
  CHECK(secure_state_root(one) == secure_state_root(other));
  mpt_account same = a;
  same.storage = {{hash256{}, u256{5}}};
  CHECK(secure_storage_root(a.storage) == secure_storage_root(same.storage));
  CHECK(secure_storage_root(a.storage) != empty_trie_root);
}

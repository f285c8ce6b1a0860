#include "runtime/stark/recursion_prover/circuit_pin.hpp"

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "test/support/recursion_runs.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

/// A key as the tables of circuits have it, with this root.
circuit_key key_of(u64 root, u8 alu, u8 sponge) {
  verifying_key key;
  for (const verifier_air& air : circuit_airs()) key.airs.push_back(&air);
  key.fixed_height_log2 = {alu, sponge};
  for (unsigned i = 0; i < 4; ++i) store_le64(key.fixed_root.data() + 8 * i, root * (i + 3));
  return circuit_key::of(key);
}

circuit_pin some_pin() {
  circuit_pin out{{}, {circuit_set({key_of(1, 17, 16), key_of(2, 19, 18), key_of(3, 5, 5)}), {}}};
  out.circuits[3] = 9;
  out.keys.outer = key_of(0xfedcba9876543210, 15, 14);
  return out;
}

std::string why(const std::string& text) {
  const auto read = decode_pin(text);
  return read ? "" : read.error();
}

}  // namespace

TEST_CASE("circuit pin: what is written is read", "[recursion_prover]") {
  const circuit_pin pin = some_pin();
  const std::string text = encode_pin(pin);
  const auto read = decode_pin(text);
  if (!read) FAIL(read.error());
  CHECK(read->circuits == pin.circuits);
  CHECK(read->keys.set.root() == pin.keys.set.root());
  CHECK(encode_keys(read->keys) == encode_keys(pin.keys));
}

TEST_CASE("circuit pin: what is changed in it is noticed", "[recursion_prover]") {
  const std::string text = encode_pin(some_pin());
  // The root is of the members, so each digit of theirs and of its own counts.
  const std::size_t members = text.find("member"), root = text.find("set_root") + 11;
  for (std::size_t at : {root, root + 40, members + 12, members + 60, text.size() - 4}) {
    std::string changed = text;
    changed[at] = changed[at] == '1' ? '2' : '1';
    INFO(changed);
    CHECK(why(changed).find("pinned is") != std::string::npos);
  }
  const auto without = [&](std::string_view line) {
    std::string out = text;
    const std::size_t at = out.find(line);
    return out.erase(at, out.find('\n', at) + 1 - at);
  };
  CHECK(why(without("circuits")).find("\"circuits DIGEST\"") != std::string::npos);
  CHECK(why(without("set_root")).find("\"set_root ROOT\"") != std::string::npos);
  CHECK(why(without("outer")).find("\"outer ROOT A S\"") != std::string::npos);
  CHECK(why(without("member")).find("pinned is") != std::string::npos);
  CHECK(why(text.substr(0, members)).find("\"member ROOT A S\"") != std::string::npos);
  for (const char* line : {"member\n", "member 0x12 5 5\n", "more\n", "\n"})
    CHECK(why(text + line).find("\"member ROOT A S\"") != std::string::npos);
  // Heights out of range, not numbers, or one too many; a root that is no digest of four elements.
  const std::string key = text.substr(members, 73);
  for (const char* heights : {" 17\n", " 17 33\n", " 17 -1\n", " 17 1 1\n", "\n", " 17 016\n"})
    CHECK(why(text + key + heights).find("\"member ROOT A S\"") != std::string::npos);
  CHECK(why(text + "member 0x" + std::string(64, 'f') + " 5 5\n").find("\"member") !=
        std::string::npos);
  CHECK_FALSE(why("").empty());
}

TEST_CASE("circuit pin: a key that is not the circuit's is refused", "[recursion_prover]") {
  // given: the circuits, and their own pin
  auto& f = test::recursion_runs::shared();
  const circuit_catalog catalog(f.plan());
  prover_pool pool(catalog, f.backend());
  test::shelf_in_memory shelf;
  const auto circuits = digest_of_circuits(catalog, pool);
  REQUIRE(circuits.ok());
  const auto keys = make_keys(catalog, pool, *circuits, shelf);
  REQUIRE(keys.ok());
  const circuit_pin own{*circuits, *keys};
  CHECK(check_pin(own, catalog, pool).ok());
  CHECK(pool.ready() == 0);
  const auto refusal = [&](const circuit_pin& pin) {
    // The text alone says nothing against it.
    CHECK(decode_pin(encode_pin(pin)).ok());
    const auto held = check_pin(pin, catalog, pool);
    return held ? "" : held.error();
  };
  // when: L1's verifier would be of another circuit, with tables of the same heights
  circuit_pin pin = own;
  pin.keys.outer.fixed_root[31] ^= 1;
  // then
  CHECK_THAT(refusal(pin),
             Catch::Contains("the pin's line of circuit " + catalog.name(catalog.outer())) &&
                 Catch::Contains(to_hex(own.keys.outer.fixed_root)) &&
                 Catch::Contains(to_hex(pin.keys.outer.fixed_root)));
  pin = own;
  pin.keys.outer.heights.alu += 1;
  CHECK_THAT(refusal(pin), Catch::Contains(catalog.name(catalog.outer())));
  // when: the set takes proofs of another circuit, and its root is made of that
  std::vector<circuit_key> members;
  for (std::size_t i = 0; i < own.keys.set.size(); ++i) members.push_back(own.keys.set.member(i));
  for (std::size_t i = 0; i < members.size(); ++i) {
    auto changed = members;
    changed[i] = members[(i + 1) % members.size()];
    pin.keys = {circuit_set(changed), own.keys.outer};
    CHECK_THAT(refusal(pin), Catch::Contains("circuit " + catalog.name(i)));
  }
  pin.keys.set = circuit_set({members.begin(), members.end() - 1});
  CHECK_THAT(refusal(pin), Catch::Contains("members"));
  // when: it is of other circuits
  pin = own;
  pin.circuits[0] ^= 1;
  CHECK_THAT(refusal(pin), Catch::Contains("all circuits"));
}

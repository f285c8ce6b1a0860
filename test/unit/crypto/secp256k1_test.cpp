#include "runtime/crypto/secp256k1.hpp"

#include <random>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"

using namespace ashlar;
using namespace ashlar::crypto;

namespace {

hash256 random_hash(std::mt19937_64& rng) {
  hash256 h;
  for (auto& b : h) b = static_cast<u8>(rng());
  return h;
}

hash256 hash_of(const char* hex) {
  return fixed_from_hex<32>(hex).value();
}
u256 number(const char* hex) {
  return u256::from_be(hash_of(hex));
}

}  // namespace

TEST_CASE("the address of a known key is the known one", "[secp256k1]") {
  // Keys that the common development chains hand out, and the key 1.
  CHECK(to_hex(*address_of(
            hash_of("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"))) ==
        "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266");
  CHECK(to_hex(*address_of(u256{1}.to_be())) == "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf");
}

TEST_CASE("a secret key outside the group's range is refused", "[secp256k1]") {
  for (const u256& key : {u256{}, secp256k1_order, secp256k1_order + 1, u256::max()}) {
    CHECK_FALSE(address_of(key.to_be()));
    CHECK_FALSE(sign(hash256{}, key.to_be()));
  }
  CHECK(address_of((secp256k1_order - 1).to_be()));
}

TEST_CASE("a signature recovers to its signer, is low and deterministic", "[secp256k1]") {
  std::mt19937_64 rng(20261122);
  for (int i = 0; i < 200; ++i) {
    const hash256 key = random_hash(rng), digest = random_hash(rng);
    const auto signed_ = sign(digest, key);
    REQUIRE(signed_);
    REQUIRE(signed_->s <= secp256k1_half_order);
    REQUIRE(recover(digest, signed_->r, signed_->s, signed_->y_parity) == address_of(key));
    // The mirrored signature names the same key: the precompile takes it.
    REQUIRE(recover(digest, signed_->r, secp256k1_order - signed_->s, !signed_->y_parity) ==
            address_of(key));
    const auto again = sign(digest, key);
    REQUIRE((again->r == signed_->r && again->s == signed_->s));
  }
}

TEST_CASE("recovery gives the published address", "[secp256k1]") {
  const auto got =
      recover(hash_of("0x18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c"),
              number("0x73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f"),
              number("0xeeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549"), true);
  REQUIRE(got);
  CHECK(to_hex(*got) == "0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b");
}

TEST_CASE("recovery refuses what is outside the range or off the curve", "[secp256k1]") {
  const hash256 digest = keccak256({});
  const u256 n = secp256k1_order;
  for (const auto run : {recover, recover_own}) {
    CHECK_FALSE(run(digest, 0, 1, false));
    CHECK_FALSE(run(digest, 1, 0, false));
    CHECK_FALSE(run(digest, n, 1, false));
    CHECK_FALSE(run(digest, 1, n, true));
    CHECK_FALSE(run(digest, u256::max(), u256::max(), true));
    CHECK_FALSE(run(digest, 5, 1, false));  // no point has x = 5
    CHECK(run(digest, 1, 1, false));
    CHECK(run(digest, 1, n - 1, true));
  }
}

TEST_CASE("our recovery equals libsecp256k1's on random signatures", "[secp256k1]") {
  std::mt19937_64 rng(42);
  int found = 0;
  for (int i = 0; i < 10000; ++i) {
    const hash256 digest = random_hash(rng);
    const u256 r = u256::from_be(random_hash(rng)), s = u256::from_be(random_hash(rng));
    const bool odd = rng() & 1;
    const auto expected = recover(digest, r, s, odd);
    found += expected.has_value();
    REQUIRE(recover_own(digest, r, s, odd) == expected);
  }
  // Half of all x are on the curve.
  CHECK(found > 4500);
  CHECK(found < 5500);
}

TEST_CASE("our recovery equals libsecp256k1's at the edges", "[secp256k1]") {
  const u256 n = secp256k1_order;
  const u256 generator_x =
      number("0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
  std::vector<u256> edges = {
      0, 1, 2, 3, n - 1, n - 2, n, n + 1, secp256k1_half_order, secp256k1_half_order + 1,
      u256{1} << 128, (u256{1} << 128) - 1, u256{1} << 255, u256::max(), generator_x,
      // lambda and its double: the halves of the split are degenerate
      number("0x5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72"),
      number("0xa6c75a9980b861c14a4c38051024c8b4"
             "245c45d44102ccf1be052cf83647bae4")};
  int found = 0;
  for (const u256& r : edges)
    for (const u256& s : edges)
      for (const u256& e : edges)
        for (bool odd : {false, true}) {
          const auto expected = recover(e.to_be(), r, s, odd);
          found += expected.has_value();
          INFO(to_quantity(r) << " " << to_quantity(s) << " " << to_quantity(e) << " " << odd);
          REQUIRE(recover_own(e.to_be(), r, s, odd) == expected);
        }
  CHECK(found > 1000);
}

TEST_CASE("a signature whose key would be infinity is refused", "[secp256k1]") {
  // With R = G and s = e, the key is r^-1 (s G - e G).
  const u256 r = number("0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
  for (const auto run : {recover, recover_own}) {
    CHECK_FALSE(run(u256{77}.to_be(), r, 77, false));
    CHECK(run(u256{77}.to_be(), r, 77, true));
  }
}

TEST_CASE("recovery of many together equals recovery one by one", "[secp256k1]") {
  std::mt19937_64 rng(43);
  const u256 n = secp256k1_order;
  const u256 generator_x =
      number("0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
  const std::vector<u256> edges = {0, 1, 2, 5, 77, n - 1, n, n + 1, u256{1} << 128, generator_x};
  // given: random signatures, ones at the edges, one without a key, and repetitions
  std::size_t found = 0;
  for (const std::size_t count : {0, 1, 3, 4, 5, 17, 100, 300}) {
    std::vector<recovery> asked;
    for (std::size_t i = 0; i < count; ++i) {
      recovery a{random_hash(rng), u256::from_be(random_hash(rng)), u256::from_be(random_hash(rng)),
                 (rng() & 1) != 0};
      if (rng() % 4 == 0) a.r = edges[rng() % edges.size()];
      if (rng() % 4 == 0) a.s = edges[rng() % edges.size()];
      if (rng() % 4 == 0) a.digest = edges[rng() % edges.size()].to_be();
      if (rng() % 8 == 0) a = {u256{77}.to_be(), generator_x, 77, false};
      if (!asked.empty() && rng() % 8 == 0) a = asked[rng() % asked.size()];
      asked.push_back(a);
    }
    // when, then
    const auto together = recover_many_own(asked);
    const auto by_host = recover_many(asked);
    REQUIRE(together.size() == count);
    for (std::size_t i = 0; i < count; ++i) {
      CAPTURE(count, i);
      REQUIRE(together[i] == recover(asked[i].digest, asked[i].r, asked[i].s, asked[i].y_parity));
      REQUIRE(by_host[i] == together[i]);
      found += together[i].has_value();
    }
  }
  CHECK(found > 100);
}

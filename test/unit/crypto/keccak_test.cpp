#include "runtime/crypto/keccak.hpp"

#include <random>
#include <string_view>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"

using namespace ashlar;
using namespace ashlar::crypto;

namespace {

bytes_view text(std::string_view s) {
  return {reinterpret_cast<const u8*>(s.data()), s.size()};
}

}  // namespace

TEST_CASE("keccak256 gives the published hashes", "[keccak]") {
  CHECK(to_hex(keccak256({})) ==
        "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  CHECK(to_hex(keccak256(text("abc"))) ==
        "0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
  CHECK(to_hex(keccak256(text("The quick brown fox jumps over the lazy dog"))) ==
        "0x4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15");
  CHECK(to_hex(keccak256(text("Transfer(address,address,uint256)"))) ==
        "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
  // RLP of the empty string and of the empty list: the empty trie and the empty list of ommers.
  CHECK(to_hex(keccak256(bytes{0x80})) ==
        "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
  CHECK(to_hex(keccak256(bytes{0xc0})) ==
        "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347");
}

TEST_CASE("the permutation of the zero state is the published one", "[keccak]") {
  u64 state[25] = {};
  keccak_f1600(state);
  CHECK(state[0] == 0xf1258f7940e1dde7);
  CHECK(state[1] == 0x84d5ccf933c0478a);
  CHECK(state[24] == 0xeaf1ff7b5ceca249);
}

TEST_CASE("keccak256 does not depend on how its input is cut", "[keccak]") {
  std::mt19937_64 rng(20261122);
  for (std::size_t size = 0; size < 600; ++size) {
    bytes input(size);
    for (auto& b : input) b = static_cast<u8>(rng());
    keccak256_state state;
    for (std::size_t at = 0; at < size;) {
      const std::size_t take = std::min<std::size_t>(size - at, rng() % 300);
      state.update(bytes_view(input).subspan(at, take));
      at += take;
    }
    REQUIRE(state.final() == keccak256(input));
  }
}

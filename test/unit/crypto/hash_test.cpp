#include <random>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "runtime/crypto/blake2f.hpp"
#include "runtime/crypto/ripemd160.hpp"
#include "runtime/crypto/sha256.hpp"

using namespace ashlar;
using namespace ashlar::crypto;

namespace {

bytes_view text(std::string_view s) {
  return {reinterpret_cast<const u8*>(s.data()), s.size()};
}

const std::string million_a(1000000, 'a');
const char* const two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

}  // namespace

TEST_CASE("sha256 gives the hashes of FIPS 180-4's examples", "[sha256]") {
  CHECK(to_hex(sha256({})) == "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256(text("abc"))) ==
        "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sha256(text(two_blocks))) ==
        "0x248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(to_hex(sha256(text(million_a))) ==
        "0xcdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("sha256 over the processor's instructions equals the scalar code", "[sha256]") {
#if defined(__x86_64__)
  std::mt19937_64 rng(20261122);
  for (std::size_t blocks : {1, 2, 3, 17}) {
    bytes input(64 * blocks);
    for (auto& b : input) b = static_cast<u8>(rng());
    u32 scalar[8], dispatched[8];
    for (int i = 0; i < 8; ++i) scalar[i] = dispatched[i] = static_cast<u32>(rng());
    sha256_blocks_scalar(scalar, input.data(), blocks);
    sha256_blocks(dispatched, input.data(), blocks);
    REQUIRE(std::equal(scalar, scalar + 8, dispatched));
  }
#endif
}

TEST_CASE("ripemd160 gives its authors' hashes", "[ripemd160]") {
  CHECK(to_hex(ripemd160({})) == "0x9c1185a5c5e9fc54612808977ee8f548b2258d31");
  CHECK(to_hex(ripemd160(text("a"))) == "0x0bdc9d2d256b3ee9daae347be6f4dc835a467ffe");
  CHECK(to_hex(ripemd160(text("abc"))) == "0x8eb208f7e05d987a9b044a8e98c6b087f15a0bfc");
  CHECK(to_hex(ripemd160(text("message digest"))) == "0x5d0689ef49d2fae572b881b123a85ffa21595f36");
  CHECK(to_hex(ripemd160(text(two_blocks))) == "0x12a053384a9c0c88e405a06c27dcf49ada62eb2b");
  CHECK(to_hex(ripemd160(text(million_a))) == "0x52783243c1697bdbe16d37f97f68f08325dc1528");
}

namespace {

// The state, message and offset of EIP-152's test vectors 4 to 7: BLAKE2b-512 of "abc".
bytes eip152(u32 rounds, bool final_block) {
  u64 h[8] = {0x6a09e667f3bcc908 ^ 0x01010040,
              0xbb67ae8584caa73b,
              0x3c6ef372fe94f82b,
              0xa54ff53a5f1d36f1,
              0x510e527fade682d1,
              0x9b05688c2b3e6c1f,
              0x1f83d9abfb41bd6b,
              0x5be0cd19137e2179};
  const u64 m[16] = {0x636261};
  const u64 t[2] = {3, 0};
  blake2f(rounds, h, m, t, final_block);
  bytes out(64);
  for (std::size_t i = 0; i < 8; ++i) store_le64(out.data() + 8 * i, h[i]);
  return out;
}

}  // namespace

TEST_CASE("blake2f gives the outputs of EIP-152", "[blake2f]") {
  CHECK(to_hex(eip152(0, true)) ==
        "0x08c9bcf367e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5"
        "d282e6ad7f520e511f6c3e2b8c68059b9442be0454267ce079217e1319cde05b");
  CHECK(to_hex(eip152(12, true)) ==
        "0xba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
        "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
  CHECK(to_hex(eip152(12, false)) ==
        "0x75ab69d3190a562c51aef8d88f1c2775876944407270c42c9844252c26d28752"
        "98743e7f6d5ea2f2d3e8d226039cd31b4e426ac4f2d3d666a610c2116fde4735");
  CHECK(to_hex(eip152(1, true)) ==
        "0xb63a380cb2897d521994a85234ee2c181b5f844d2c624c002677e9703449d2fb"
        "a551b3a8333bcdf5f2f7e08993d53923de3d64fcc68c034e717b9293fed7a421");
}

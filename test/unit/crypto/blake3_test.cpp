#include "runtime/crypto/blake3.hpp"

#include <random>
#include <string>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "runtime/base/vector_code.hpp"
#include "runtime/crypto/blake3_lanes.hpp"

using namespace ashlar;
using namespace ashlar::crypto;

namespace {

// The published vectors' input: byte i is i mod 251.
bytes pattern(std::size_t size) {
  bytes input(size);
  for (std::size_t i = 0; i < size; ++i) input[i] = static_cast<u8>(i % 251);
  return input;
}

struct published {
  std::size_t size;
  const char* hash;
};

const published vectors[] = {
    {0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"},
    {1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"},
    {8, "2351207d04fc16ade43ccab08600939c7c1fa70a5c0aaca76063d04c3228eaeb"},
    {63, "e9bc37a594daad83be9470df7f7b3798297c3d834ce80ba85d6e207627b7db7b"},
    {64, "4eed7141ea4a5cd4b788606bd23f46e212af9cacebacdc7d1f4c6dc7f2511b98"},
    {65, "de1e5fa0be70df6d2be8fffd0e99ceaa8eb6e8c93a63f2d8d1c30ecb6b263dee"},
    {127, "d81293fda863f008c09e92fc382a81f5a0b4a1251cba1634016a0f86a6bd640d"},
    {128, "f17e570564b26578c33bb7f44643f539624b05df1a76c81f30acd548c44b45ef"},
    {129, "683aaae9f3c5ba37eaaf072aed0f9e30bac0865137bae68b1fde4ca2aebdcb12"},
    {1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11"},
    {1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"},
    {1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"},
    {2048, "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a"},
    {2049, "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030"},
    {3072, "b98cb0ff3623be03326b373de6b9095218513e64f1ee2edd2525c7ad1e5cffd2"},
    {3073, "7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3"},
    {4096, "015094013f57a5277b59d8475c0501042c0b642e531b0a1c8f58d2163229e969"},
    {4097, "9b4052b38f1c5fc8b1f9ff7ac7b27cd242487b3d890d15c96a1c25b8aa0fb995"},
    {5121, "628bd2cb2004694adaab7bbd778a25df25c47b9d4155a55f8fbd79f2fe154cff"},
    {8193, "bab6c09cb8ce8cf459261398d2e7aef35700bf488116ceb94a36d0f5f1b7bc3b"},
    {16384, "f875d6646de28985646f34ee13be9a576fd515f76b5b0a26bb324735041ddde4"},
    {31744, "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47"},
    {102400, "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085"},
};

bytes random_bytes(std::mt19937_64& rng, std::size_t size) {
  bytes out(size);
  for (auto& b : out) b = static_cast<u8>(rng());
  return out;
}

using kernel_function = void (*)(const blake3_job&) noexcept;

struct named_kernel {
  const char* name;
  kernel_function run;
};

// The kernels this processor can run, without the scalar one they are held against.
std::vector<named_kernel> vector_kernels() {
  std::vector<named_kernel> kernels;
#if defined(__x86_64__)
  if (has_vector_code(vector_code::avx2)) kernels.push_back({"avx2", blake3_hash_many_avx2});
  if (has_vector_code(vector_code::avx512)) kernels.push_back({"avx512", blake3_hash_many_avx512});
#endif
  kernels.push_back({"dispatched", blake3_hash_many});
  return kernels;
}

}  // namespace

TEST_CASE("blake3 gives the published hashes at every edge of block, chunk and tree", "[blake3]") {
  for (const auto& v : vectors) {
    INFO(v.size);
    CHECK(to_hex(blake3(pattern(v.size))) == "0x" + std::string(v.hash));
  }
}

TEST_CASE("blake3 does not depend on how its input is cut", "[blake3]") {
  std::mt19937_64 rng(20261122);
  for (int i = 0; i < 400; ++i) {
    const std::size_t size = rng() % (i < 300 ? 5000 : 200000);
    const std::size_t cut = 1 + rng() % (i % 2 ? 200 : 20000);
    const bytes input = random_bytes(rng, size);
    blake3_state state;
    for (std::size_t at = 0; at < size;) {
      const std::size_t take = std::min<std::size_t>(size - at, rng() % cut + (rng() % 8 == 0));
      state.update(bytes_view(input).subspan(at, take));
      at += take;
    }
    INFO(size);
    REQUIRE(state.final() == blake3(input));
  }
}

TEST_CASE("a blake3 state may be read and continued", "[blake3]") {
  const bytes input = pattern(3073);
  blake3_state state;
  state.update(bytes_view(input).first(1025));
  CHECK(state.final() == blake3(bytes_view(input).first(1025)));
  state.update(bytes_view(input).subspan(1025));
  CHECK(state.final() == blake3(input));
}

TEST_CASE("every vector kernel gives the scalar kernel's bits", "[blake3]") {
  std::mt19937_64 rng(7);
  for (const auto& kernel : vector_kernels())
    for (std::size_t length : {0, 1, 31, 32, 63, 64, 65, 72, 127, 128, 129, 1000, 1023, 1024})
      for (std::size_t n : {1, 2, 7, 8, 9, 15, 16, 17, 33, 40}) {
        INFO(kernel.name << ", length " << length << ", n " << n);
        const bytes input = random_bytes(rng, length * n + 1);
        bytes expected(32 * n), got(32 * n);
        for (const u64 step : {0, 1}) {
          blake3_job job{input.data(),
                         length,
                         n,
                         0xfffffff8,
                         step,
                         static_cast<u32>(rng() % 16),
                         blake3_chunk_start,
                         blake3_chunk_end,
                         expected.data()};
          blake3_hash_many_scalar(job);
          job.out = got.data();
          kernel.run(job);
          REQUIRE(got == expected);
        }
      }
}

TEST_CASE("every vector kernel folds a level of nodes onto itself", "[blake3]") {
  std::mt19937_64 rng(8);
  for (const auto& kernel : vector_kernels())
    for (std::size_t n : {1, 7, 8, 16, 17, 40}) {
      INFO(kernel.name << ", n " << n);
      bytes level = random_bytes(rng, 64 * n), expected(32 * n);
      blake3_hash_many_scalar({level.data(), 64, n, 0, 0, blake3_parent, 0, 0, expected.data()});
      kernel.run({level.data(), 64, n, 0, 0, blake3_parent, 0, 0, level.data()});
      level.resize(32 * n);
      REQUIRE(level == expected);
    }
}

TEST_CASE("a level of nodes is each node's hash, also folded onto itself", "[blake3]") {
  std::mt19937_64 rng(11);
  for (std::size_t n : {0, 1, 2, 5, 16, 31, 100}) {
    std::vector<hash256> pairs(2 * n), out(n);
    for (auto& h : pairs)
      for (auto& b : h) b = static_cast<u8>(rng());
    blake3_nodes(pairs.data(), out.data(), n);
    for (std::size_t i = 0; i < n; ++i) {
      REQUIRE(out[i] == blake3_node(pairs[2 * i], pairs[2 * i + 1]));
      bytes both(pairs[2 * i].begin(), pairs[2 * i].end());
      append(both, pairs[2 * i + 1].data_);
      REQUIRE(out[i] == blake3(both));
    }
    blake3_nodes(pairs.data(), pairs.data(), n);
    pairs.resize(n);
    REQUIRE(pairs == out);
  }
}

TEST_CASE("many inputs of one length are hashed as one by one", "[blake3]") {
  std::mt19937_64 rng(13);
  for (std::size_t length : {0, 1, 64, 72, 100, 1024}) {
    const std::size_t n = 37;
    const bytes input = random_bytes(rng, length * n);
    std::vector<hash256> out(n);
    blake3_many(input.data(), length, out.data(), n);
    for (std::size_t i = 0; i < n; ++i)
      REQUIRE(out[i] == blake3(bytes_view(input).subspan(i * length, length)));
  }
}

TEST_CASE("messages across columns hash as their bytes, by every kernel") {
  std::mt19937_64 rng(11);
  constexpr std::size_t height = 40, first = 3;
  for (const std::size_t count :
       {1u, 7u, 8u, 9u, 16u, 127u, 128u, 129u, 136u, 256u, 300u, 385u, 1023u, 1200u}) {
    std::vector<std::vector<u64>> cells(count, std::vector<u64>(height));
    std::vector<const u64*> columns;
    for (auto& column : cells) {
      for (u64& cell : column) cell = rng();
      columns.push_back(column.data());
    }
    std::vector<hash256> expected(height), got(height);
    for (std::size_t i = 0; i < height; ++i) {
      bytes message(8 * count);
      for (std::size_t j = 0; j < count; ++j) std::memcpy(&message[8 * j], &cells[j][i], 8);
      expected[i] = blake3(message);
    }
    const auto check = [&](void (*kernel)(const blake3_columns_job&) noexcept, std::size_t n) {
      std::fill(got.begin(), got.end(), hash256{});
      kernel({columns.data(), count, first, n, got[0].data()});
      for (std::size_t i = 0; i < n; ++i) CHECK(got[i] == expected[first + i]);
      for (std::size_t i = n; i < height; ++i) CHECK(got[i] == hash256{});
    };
    check(blake3_hash_columns_scalar, 5);
    for (const std::size_t n : {0u, 1u, 8u, 16u, 31u, 37u}) check(blake3_hash_columns, n);
#if defined(__x86_64__)
    if (has_vector_code(vector_code::avx2)) check(blake3_hash_columns_avx2, 24);
    if (has_vector_code(vector_code::avx512)) check(blake3_hash_columns_avx512, 32);
#endif
  }
}

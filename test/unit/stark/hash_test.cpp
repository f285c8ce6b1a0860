#include "runtime/stark/hash/hash.hpp"

#include <random>

#include <catch2/catch.hpp>

#include "runtime/base/vector_code.hpp"
#include "runtime/crypto/blake3.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/poseidon2.hpp"
#include "runtime/stark/hash/many.hpp"
#include "runtime/stark/hash/poseidon2_kernels.hpp"
#include "runtime/stark/hash/sponge.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

constexpr hash_kind kinds[] = {hash_kind::blake3, hash_kind::poseidon2, hash_kind::keccak};

std::vector<gl> random_elements(std::size_t n) {
  std::mt19937_64 rng(n);
  std::vector<gl> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(gl(rng()));
  return out;
}

bytes encoded(hash_kind kind, std::span<const gl> elements) {
  bytes out(8 * elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i)
    kind == hash_kind::keccak ? store_be64(out.data() + 8 * i, elements[i].value())
                              : store_le64(out.data() + 8 * i, elements[i].value());
  return out;
}

// Poseidon2's sponge from the other end: the list with zeros in front, cut into full rates.
hash256 padded_sponge(std::span<const gl> elements, unsigned each) {
  std::vector<gl> list(elements.begin(), elements.end());
  while (list.size() % each != 0) list.insert(list.begin(), gl());
  u64 state[12] = {0, 0, 0, 0, 0, 0, 0, 0, elements.size() + (u64{each} << 32), 0, 0, 0};
  for (std::size_t at = 0; at < list.size(); at += each) {
    u64 block[8] = {};
    for (unsigned j = 0; j < each; ++j) block[8 - each + j] = list[at + j].value();
    crypto::poseidon2_absorb(state, block);
  }
  hash256 out;
  for (unsigned k = 0; k < 4; ++k) store_le64(out.data() + 8 * k, state[k]);
  return out;
}

}  // namespace

TEST_CASE("elements are hashed as their kind's definition says") {
  for (std::size_t n : {1u, 2u, 3u, 7u, 8u, 9u, 15u, 16u, 17u, 24u, 100u, 127u, 128u, 129u, 500u}) {
    const std::vector<gl> e = random_elements(n);
    CHECK(hash_elements(hash_kind::blake3, e) == crypto::blake3(encoded(hash_kind::blake3, e)));
    CHECK(hash_elements(hash_kind::keccak, e) == crypto::keccak256(encoded(hash_kind::keccak, e)));
    for (unsigned each = 1; each <= hash_block_max; ++each)
      CHECK(hash_elements(hash_kind::poseidon2, e, each) == padded_sponge(e, each));
    for (const hash_kind kind : kinds)
      for (unsigned each : {1u, 4u, 8u})
        CHECK(hash_encoded(kind, encoded(kind, e), each) == hash_elements(kind, e, each));
  }
}

TEST_CASE("lists that differ in length, in their cut or in zeros in front differ in digest") {
  for (const hash_kind kind : kinds) {
    std::vector<hash256> seen;
    for (std::size_t n = 1; n < 20; ++n) {
      std::vector<gl> e(n);
      e.back() = gl::one();
      for (unsigned each : {1u, 2u, 4u, 8u}) {
        if (kind != hash_kind::poseidon2 && each != 8) continue;
        seen.push_back(hash_elements(kind, e, each));
      }
    }
    std::sort(seen.begin(), seen.end());
    CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
  }
}

TEST_CASE("a node is the hash of its children's elements or bytes") {
  for (const hash_kind kind : kinds) {
    const std::vector<gl> e = random_elements(8);
    const bytes b = encoded(kind, e);
    const hash256 left = hash256::copy_of(b.data()), right = hash256::copy_of(b.data() + 32);
    CHECK(hash_node(kind, left, right) == hash_elements(kind, e));
    CHECK(hash_node(kind, right, left) != hash_node(kind, left, right));
  }
}

TEST_CASE("bytes are hashed with their number") {
  const bytes data{1, 2, 3, 4, 5, 0, 0, 0, 0};
  for (std::size_t n = 0; n <= data.size(); ++n) {
    const bytes_view some = bytes_view(data).first(n);
    CHECK(hash_bytes(hash_kind::blake3, some) == crypto::blake3(some));
    CHECK(hash_bytes(hash_kind::keccak, some) == crypto::keccak256(some));
    std::vector<gl> e;
    for (std::size_t at = 0; at < n; at += 4) {
      u64 v = 0;
      for (std::size_t k = at; k < std::min(n, at + 4); ++k) v |= u64{data[k]} << (8 * (k - at));
      e.push_back(gl(v));
    }
    e.push_back(gl(u64{n}));
    CHECK(hash_bytes(hash_kind::poseidon2, some) == hash_elements(hash_kind::poseidon2, e));
  }
}

TEST_CASE("a Poseidon2 digest has one form") {
  hash256 d = hash_elements(hash_kind::poseidon2, random_elements(3));
  CHECK(is_digest(hash_kind::poseidon2, d));
  for (unsigned k = 0; k < 4; ++k) {
    hash256 other = d;
    store_le64(other.data() + 8 * k, gl::modulus - 1);
    CHECK(is_digest(hash_kind::poseidon2, other));
    store_le64(other.data() + 8 * k, gl::modulus);
    CHECK_FALSE(is_digest(hash_kind::poseidon2, other));
    CHECK(is_digest(hash_kind::blake3, other));
    CHECK(is_digest(hash_kind::keccak, other));
  }
}

TEST_CASE("elements are read as they are written, and refused from the modulus on") {
  for (const hash_kind kind : kinds) {
    u8 b[24];
    const gl3 e(gl(1u), gl(gl::modulus - 1), gl(0x0102030405060708u));
    store_element(kind, b, e);
    CHECK(load_extension(kind, b) == e);
    CHECK((b[16] == 1) == (kind == hash_kind::keccak));
    store_number(kind, b + 8, gl::modulus);
    CHECK_FALSE(load_element(kind, b + 8).has_value());
    CHECK_FALSE(load_extension(kind, b).has_value());
    CHECK(load_number(kind, b + 8) == gl::modulus);
  }
}

TEST_CASE("rows and nodes by the many are rows and nodes one by one") {
  constexpr std::size_t rows = 45;
  for (const hash_kind kind : kinds)
    for (std::size_t width : {1u, 5u, 8u, 13u, 24u, 130u})
      for (unsigned each : {1u, 2u, 4u, 8u}) {
        INFO(hash_name(kind) << ", " << width << " columns, blocks of " << each);
        const std::vector<gl> cells = random_elements(rows * width);
        std::vector<const u64*> columns;
        for (std::size_t j = 0; j < width; ++j)
          columns.push_back(reinterpret_cast<const u64*>(cells.data() + j * rows));
        for (const auto& [first, n] : {std::pair{0u, 45u}, {3u, 1u}, {5u, 16u}, {8u, 37u}}) {
          std::vector<hash256> out(n);
          hash_rows(kind, {columns, first, n, each, out.data()});
          for (std::size_t i = 0; i < n; ++i) {
            std::vector<gl> row;
            for (std::size_t j = 0; j < width; ++j) row.push_back(cells[j * rows + first + i]);
            REQUIRE(out[i] == hash_elements(kind, row, each));
          }
        }
      }
  for (const hash_kind kind : kinds)
    for (std::size_t n : {1u, 7u, 8u, 9u, 40u}) {
      std::vector<hash256> pairs;
      for (std::size_t i = 0; i < 2 * n; ++i)
        pairs.push_back(hash_elements(kind, random_elements(i + 1)));
      std::vector<hash256> out(n), in_place = pairs;
      hash_nodes(kind, pairs.data(), out.data(), n);
      hash_nodes(kind, in_place.data(), in_place.data(), n);
      for (std::size_t i = 0; i < n; ++i) {
        REQUIRE(out[i] == hash_node(kind, pairs[2 * i], pairs[2 * i + 1]));
        REQUIRE(in_place[i] == out[i]);
      }
    }
}

TEST_CASE("each of Poseidon2's kernels gives the scalar one's bits") {
  struct kernel {
    bool runs;
    std::size_t width;
    void (*rows)(const poseidon2_rows_job&) noexcept;
    void (*nodes)(const u8*, u8*, std::size_t) noexcept;
  };
  const kernel kernels[] = {{has_vector_code(vector_code::avx2), poseidon2_rows_at_once_avx2,
                             poseidon2_rows_avx2, poseidon2_nodes_avx2},
                            {has_vector_code(vector_code::avx512), poseidon2_rows_at_once_avx512,
                             poseidon2_rows_avx512, poseidon2_nodes_avx512}};
  // Cells at the ends of the range, where carries and borrows are, and any.
  constexpr std::size_t rows = 64;
  std::mt19937_64 rng(77);
  const auto cell = [&] {
    const u64 near = rng() % 4;
    switch (rng() % 4) {
      case 0:
        return near;
      case 1:
        return gl::modulus - 1 - near;
      case 2:
        return (near << 32) - (near != 0 && rng() % 2 != 0);
      default:
        return rng() % gl::modulus;
    }
  };
  for (const kernel& k : kernels) {
    if (!k.runs) continue;
    for (std::size_t width : {1u, 3u, 8u, 9u, 24u, 100u})
      for (unsigned each : {1u, 4u, 8u}) {
        std::vector<u64> cells(width * rows);
        for (u64& c : cells) c = cell();
        std::vector<const u64*> columns;
        for (std::size_t j = 0; j < width; ++j) columns.push_back(cells.data() + j * rows);
        std::vector<hash256> one(rows), other(rows);
        poseidon2_rows_job job{columns.data(),
                               width,
                               0,
                               rows,
                               each,
                               first_block(width, each),
                               sponge_start(width, each),
                               one[0].data()};
        poseidon2_rows_scalar(job);
        job.out = other[0].data();
        k.rows(job);
        REQUIRE(one == other);
      }
    std::vector<u64> pairs(8 * rows);
    for (u64& c : pairs) c = cell();
    std::vector<hash256> one(rows), other(rows);
    const u8* const from = reinterpret_cast<const u8*>(pairs.data());
    poseidon2_nodes_scalar(from, one[0].data(), rows);
    k.nodes(from, other[0].data(), rows);
    REQUIRE(one == other);
  }
}

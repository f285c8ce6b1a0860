#include "runtime/stark/deferred/hash_list.hpp"

#include <random>

#include <catch2/catch.hpp>

#include "runtime/base/vector_code.hpp"
#include "runtime/stark/merkle/merkle_proof.hpp"
#include "test/support/few_threads.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

/// A list of random hashes over random bytes, and what each must give, hash by hash.
struct listed {
  bytes data = bytes(8 * 5'000);
  hash_list list;
  std::vector<std::pair<hash_list::number, hash256>> expected;

  bytes_view piece(std::mt19937_64& rng, std::size_t unit, std::size_t count) const {
    const std::size_t from = rng() % ((data.size() - unit * count) / 8);
    return bytes_view(data).subspan(8 * from, unit * count);
  }
  void expect(hash_list::number n, const hash256& digest) { expected.emplace_back(n, digest); }

  listed(hash_kind hash, unsigned queries, u64 seed) : list(hash) {
    std::mt19937_64 rng(seed);
    for (std::size_t at = 0; at < data.size(); at += 8)
      store_number(hash, data.data() + at, rng() % gl::modulus);
    // Few lengths, so that lanes fill, and few siblings, so that pairs come again.
    const bytes_view shared = piece(rng, 32, 12);
    for (unsigned i = 0; i < queries; ++i) {
      const unsigned each = 1 + rng() % hash_block_max;
      const bytes_view row = piece(rng, 8, 1 + rng() % 3 * 40), joined = piece(rng, 8, 5);
      const auto leaf = list.row(row, each), other = list.row(joined, hash_block_max);
      const hash256 leaf_digest = hash_encoded(hash, row, each);
      const hash256 other_digest = hash_encoded(hash, joined);
      const u32 index = static_cast<u32>(rng());
      const bytes_view siblings = shared.first(32 * (rng() % 13)), further = piece(rng, 32, 9);
      const hash256 low_digest = ancestor_of(hash, leaf_digest, index, siblings);
      const auto low = list.climb(leaf, index, siblings);
      const auto both = list.node(low, other), turned = list.node(other, low);
      const hash256 both_digest = hash_node(hash, low_digest, other_digest);
      expect(leaf, leaf_digest);
      expect(other, other_digest);
      expect(low, low_digest);
      expect(both, both_digest);
      expect(turned, hash_node(hash, other_digest, low_digest));
      expect(list.climb(both, index >> 3, further),
             ancestor_of(hash, both_digest, index >> 3, further));
    }
  }
};

constexpr hash_kind kinds[] = {hash_kind::blake3, hash_kind::poseidon2, hash_kind::keccak};

}  // namespace

TEST_CASE("hashes that are put off are those of hash by hash") {
  const vector_code widest = best_vector_code();
  for (const hash_kind hash : kinds)
    for (const vector_code code : {vector_code::scalar, vector_code::avx2, vector_code::avx512}) {
      if (!has_vector_code(code)) continue;
      use_vector_code(code);
      for (const unsigned threads : {0u, 1u, 2u, 5u})
        // 400: enough for several threads.
        for (const unsigned queries : {0u, 1u, 2u, 17u, 400u}) {
          listed l(hash, queries, 100 * threads + queries);
          l.list.run(threads);
          bool same = true;
          for (const auto& [n, digest] : l.expected) same = same && l.list.digest(n) == digest;
          INFO(hash_name(hash) << ", " << threads << " threads, " << queries << " queries");
          CHECK(same);
        }
    }
  use_vector_code(widest);
}

TEST_CASE("hashes that are put off are made where the system gives no threads") {
  // given: more threads than a process gets here
  const int answer = test::where_threads_are_few([] {
    listed l(hash_kind::poseidon2, 400, 3);
    // when
    l.list.run(200);
    // then
    for (const auto& [n, digest] : l.expected)
      if (l.list.digest(n) != digest) return 2;
    return 1;
  });
  CHECK(answer == 1);
}

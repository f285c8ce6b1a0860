#include "runtime/stark/verifier/recording_source.hpp"
#include "test/unit/stark/proof_map.hpp"
#include "test/unit/stark/proving_fixture.hpp"

// What a dishonest prover may do to the query phase: caps, rows, leaves, siblings, their order.

using namespace ashlar;
using namespace ashlar::stark;

namespace {

/// One proof, taken apart: the caps of all trees, then the reads of each query.
struct opened_proof {
  static constexpr unsigned queries = 24;
  static proof_params with_many_queries(proof_params p) {
    p.queries = queries;
    return p;
  }

  proving_fixture f;
  proved honest;
  std::vector<proof_read> reads;
  std::vector<std::vector<proof_read>> cap;    // by tree
  std::vector<std::vector<proof_read>> query;  // its rows, leaves, siblings

  explicit opened_proof(const proof_params& params) : f(with_many_queries(params)) {
    honest = f.prove(toy::make_segments(1, {6, 3, 4, 3}, 31));
    mapping_source source(honest.proofs[0], f.params.hash);
    REQUIRE(answer(source));
    reads = source.finished();
    std::size_t at = 0;
    while (reads[at].kind != read_kind::number) ++at;
    for (++at; reads[at].kind == read_kind::digest; at += cap.back().size()) {
      cap.emplace_back();
      for (std::size_t i = 0; i < (1u << f.params.cap_log2); ++i)
        cap.back().push_back(reads[at + i]);
    }
    const std::size_t each = (reads.size() - at) / queries;
    REQUIRE(each * queries == reads.size() - at);
    for (unsigned q = 0; q < queries; ++q, at += each)
      query.emplace_back(reads.begin() + at, reads.begin() + at + each);
  }

  /// Of a byte_source, hashed together; of any other, hash by hash.
  status<verify_failure> answer(proof_source& source) const {
    const auto commitment = read_commitment(f.key.key, source);
    const auto global = global_challenge_of(f.params, f.key.key, {&commitment, 1}, honest.publics);
    auto r = verify_segment(f.params, f.key.key, {honest.publics[0], global}, commitment, source);
    if (!r) return fail(r.error());
    return nothing{};
  }
  /// The same by both ways.
  verify_failure refusal(const bytes& proof) const {
    byte_source source(proof, f.params.hash);
    mapping_source one_by_one(proof, f.params.hash);
    const auto r = answer(source), same = answer(one_by_one);
    REQUIRE_FALSE(r);
    REQUIRE_FALSE(same);
    CHECK(r.error().what == same.error().what);
    CHECK(r.error().detail == same.error().detail);
    return r.error();
  }
  u8* at(bytes& proof, const proof_read& read) const { return proof.data() + read.offset; }
  std::pair<std::size_t, std::size_t> extent(unsigned q) const {
    return {query[q].front().offset, query[q].back().offset + query[q].back().length};
  }
  bytes piece(unsigned q) const {
    const auto [first, last] = extent(q);
    return bytes(honest.proofs[0].begin() + first, honest.proofs[0].begin() + last);
  }
  bytes with_piece(unsigned q, const bytes& piece) const {
    bytes proof = honest.proofs[0];
    std::copy(piece.begin(), piece.end(), proof.begin() + extent(q).first);
    return proof;
  }
};

/// Private input as the machine would give it: words in order, each read once.
class word_source final : public proof_source {
 public:
  word_source(std::span<const u32> words, hash_kind hash) : words_(words), hash_(hash) {}
  bool at_end() const { return words_.empty(); }

  u8 byte() override {
    const u32 out = word();
    if (out > 255) state_ = source_state::truncated;
    return static_cast<u8>(out);
  }
  u64 number() override {
    const u64 low = word();
    return low | u64{word()} << 32;
  }
  hash256 digest() override {
    hash256 out;
    for (unsigned i = 0; i < 8; ++i) store_le32(out.data() + 4 * i, word());
    return out;
  }
  void extensions(std::span<gl3> out) override {
    for (gl3& e : out)
      for (gl& c : e.c) c = gl(number());
  }
  opened_row row(u32 n, const row_challenge& challenge) override {
    return combined(n, 8, challenge.z, challenge.delta);
  }
  opened_leaf leaf(unsigned fold_log2, gl x, const gl3& beta) override {
    const gl3 delta(gl::zero(), gl::one(), gl::zero());
    const u32 k = 1u << fold_log2;
    const opened_row at_beta = combined(3 * k, k, beta, delta), at_x = combined(3 * k, k, x, delta);
    if (at_beta.digest != at_x.digest) state_ = source_state::truncated;
    return {at_x.digest, at_x.value, at_beta.value};
  }
  void climb(hash256& node, u32 index, unsigned depth) override {
    for (; depth != 0; --depth, index >>= 1) {
      const hash256 sibling = digest();
      node = index & 1 ? hash_node(hash_, sibling, node) : hash_node(hash_, node, sibling);
    }
  }
  source_state state() const noexcept override { return state_; }

 private:
  u32 word() {
    if (words_.empty()) {
      state_ = source_state::truncated;
      return 0;
    }
    const u32 out = words_[0];
    words_ = words_.subspan(1);
    return out;
  }
  // Blocks of `each`, the first one shorter: what the call open_row computes.
  opened_row combined(u32 n, u32 each, const gl3& z, const gl3& delta) {
    bytes encoded;
    gl3 sum, block;
    for (u32 left = n; left-- > 0;) {
      const gl e(number());
      u8 b[8];
      e.encode(b);
      append(encoded, b);
      block = block * z + e;
      if (left % each != 0) continue;
      sum = sum * delta + block;
      block = {};
    }
    return {hash_encoded(hash_, encoded, each), sum};
  }

  std::span<const u32> words_;
  hash_kind hash_;
  source_state state_ = source_state::good;
};

}  // namespace

TEST_CASE("a cap that is not its tree's is refused, tree by tree") {
  const opened_proof p(each_hash());
  REQUIRE(p.cap.size() > tree_count);
  for (u32 tree = 0; tree < p.cap.size(); ++tree)
    for (std::size_t i = 0; i < p.cap[tree].size(); ++i) {
      INFO("tree " << tree << ", node " << i);
      bytes other = p.honest.proofs[0];
      p.at(other, p.cap[tree][i])[31] ^= 0x80;
      verify_failure e = p.refusal(other);
      CHECK(e.what == verify_error::merkle);
      CHECK(e.detail == tree);
      // Two of its nodes exchanged.
      other = p.honest.proofs[0];
      u8 *const a = p.at(other, p.cap[tree][i]), *const b = p.at(
                                                     other,
                                                     p.cap[tree][(i + 1) % p.cap[tree].size()]);
      std::swap_ranges(a, a + 32, b);
      e = p.refusal(other);
      CHECK(e.what == verify_error::merkle);
      CHECK(e.detail == tree);
    }
  // Another tree's whole cap.
  bytes other = p.honest.proofs[0];
  std::copy_n(p.at(other, p.cap[0][0]), p.cap[0].size() * 32, p.at(other, p.cap[1][0]));
  CHECK(p.refusal(other).detail == 1);
}

TEST_CASE("each row, leaf and sibling is bound, of every query") {
  const opened_proof p(each_hash());
  std::mt19937_64 rng(8);
  for (unsigned q = 0; q < p.queries; ++q)
    for (const proof_read& read : p.query[q]) {
      bytes other = p.honest.proofs[0];
      p.at(other, read)[rng() % read.length] ^= static_cast<u8>(1u << (rng() % 8));
      const verify_error e = p.refusal(other).what;
      CHECK((e == verify_error::merkle || e == verify_error::not_canonical));
    }
}

TEST_CASE("of two faults the first is told, however the openings are hashed") {
  const opened_proof p(each_hash());
  std::mt19937_64 rng(9);
  const auto any_read = [&]() -> const proof_read& {
    const auto& query = p.query[rng() % p.queries];
    return query[rng() % query.size()];
  };
  for (unsigned i = 0; i < 200; ++i) {
    bytes other = p.honest.proofs[0];
    for (unsigned fault = 0; fault < 2; ++fault) {
      const proof_read& read = any_read();
      p.at(other, read)[rng() % read.length] ^= static_cast<u8>(1u << (rng() % 8));
    }
    // Beyond the modulus, and an early end.
    if (i % 4 == 1) std::fill_n(p.at(other, any_read()), 8, u8{0xff});
    if (i % 4 == 2) other.resize(any_read().offset);
    if (other != p.honest.proofs[0]) p.refusal(other);
  }
}

TEST_CASE("queries are answered in their order, each by its own rows") {
  const opened_proof p(each_hash());
  unsigned repeated = 0;
  for (unsigned q = 1; q < p.queries; ++q)
    for (unsigned r = 0; r < q; ++r) {
      const bytes first = p.piece(q), second = p.piece(r);
      if (first == second) {
        // The same position twice: the second answer may not differ from the first, though the
        // first alone would do.
        ++repeated;
        for (const unsigned from : {0u, 1u, 2u, 3u}) {
          if (p.piece(from) == first) continue;
          CHECK(p.refusal(p.with_piece(q, p.piece(from))).what == verify_error::merkle);
        }
        continue;
      }
      bytes swapped = p.with_piece(q, second);
      std::copy(first.begin(), first.end(), swapped.begin() + p.extent(r).first);
      CHECK(p.refusal(swapped).what == verify_error::merkle);
    }
  CHECK(repeated > 0);
}

TEST_CASE("a leaf of another layer, or another leaf of the same, is refused") {
  const opened_proof p(each_hash());
  for (unsigned q = 0; q < 4; ++q) {
    std::vector<proof_read> leaves;
    for (const proof_read& read : p.query[q])
      if (read.kind == read_kind::leaf) leaves.push_back(read);
    REQUIRE(leaves.size() >= 2);
    for (std::size_t i = 0; i < leaves.size(); ++i)
      for (std::size_t k = 0; k < leaves.size(); ++k) {
        if (i == k || leaves[i].length != leaves[k].length) continue;
        bytes other = p.honest.proofs[0];
        std::copy_n(p.honest.proofs[0].data() + leaves[k].offset, leaves[k].length,
                    p.at(other, leaves[i]));
        const verify_failure e = p.refusal(other);
        CHECK(e.what == verify_error::merkle);
        CHECK(e.detail == tree_count + i);
      }
  }
}

TEST_CASE("an opened element of p or above is refused as such") {
  const opened_proof p(each_hash());
  for (unsigned q = 0; q < 3; ++q)
    for (const proof_read& read : p.query[q]) {
      if (read.kind != read_kind::row && read.kind != read_kind::leaf) continue;
      for (std::size_t at = 0; at < read.length; at += 8) {
        bytes other = p.honest.proofs[0];
        store_number(p.f.params.hash, p.at(other, read) + at, gl::modulus + at);
        REQUIRE(p.refusal(other).what == verify_error::not_canonical);
      }
    }
}

TEST_CASE("a Poseidon2 digest with an element of p or above is refused in caps and paths") {
  const opened_proof p(insecure_poseidon2);
  std::vector<proof_read> digests;
  for (const auto& cap : p.cap) digests.insert(digests.end(), cap.begin(), cap.end());
  for (unsigned q = 0; q < 3; ++q)
    for (const proof_read& read : p.query[q])
      if (read.kind == read_kind::siblings) digests.push_back(read);
  for (const proof_read& read : digests)
    for (std::size_t at = 0; at < read.length; at += 8) {
      bytes other = p.honest.proofs[0];
      store_le64(p.at(other, read) + at, gl::modulus + at);
      REQUIRE(p.refusal(other).what == verify_error::not_canonical);
    }
}

TEST_CASE("a proof cut before, within or behind any read is truncated, and none may be left out") {
  const opened_proof p(each_hash());
  for (std::size_t i = 0; i < p.reads.size(); ++i) {
    const proof_read& read = p.reads[i];
    // Roots and sums stand before the challenges that their lack would change.
    for (const std::size_t keep : {read.offset, read.offset + read.length - 1}) {
      bytes other = p.honest.proofs[0];
      other.resize(keep);
      REQUIRE(p.refusal(other).what == verify_error::truncated);
    }
    bytes other = p.honest.proofs[0];
    other.erase(other.begin() + read.offset, other.begin() + read.offset + read.length);
    p.refusal(other);
    other = p.honest.proofs[0];
    other.insert(other.begin() + read.offset, p.honest.proofs[0].begin() + read.offset,
                 p.honest.proofs[0].begin() + read.offset + read.length);
    // Bytes that are doubled at the end alone are not refused by what is read before them.
    const auto r =
        verify_segments(p.f.params, p.f.key.key, p.honest.publics, std::vector<bytes_view>{other});
    REQUIRE_FALSE(r.ok());
  }
}

TEST_CASE("the words written down for a guest are verified as the bytes are") {
  // A guest has no call for Keccak, nor its order of bytes.
  const opened_proof p(GENERATE(insecure_test, insecure_poseidon2));
  std::vector<u32> words;
  byte_source from(p.honest.proofs[0], p.f.params.hash);
  recording_source recorder(from, words);
  REQUIRE(p.answer(recorder));
  CHECK(from.rest().empty());

  word_source honest(words, p.f.params.hash);
  REQUIRE(p.answer(honest));
  CHECK(honest.at_end());
  // A bit in any word of the caps and of what follows.
  std::mt19937_64 rng(12);
  const std::size_t first = words.size() - words.size() / 4;
  for (std::size_t at = 0; at < words.size(); at += 1 + rng() % (at < first ? 97 : 31)) {
    std::vector<u32> other = words;
    other[at] ^= 1u << (rng() % 32);
    word_source source(other, p.f.params.hash);
    INFO("word " << at << " of " << words.size());
    REQUIRE_FALSE(p.answer(source));
  }
  words.pop_back();
  word_source cut(words, p.f.params.hash);
  CHECK_FALSE(p.answer(cut));
}

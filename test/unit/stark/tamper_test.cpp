#include "test/unit/stark/proving_fixture.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

const toy::heights small_heights{4, 3, 4, 3};

std::vector<segment_trace> segments(unsigned count = 2) {
  return toy::make_segments(count, small_heights, 99);
}

// Offset of the claimed bus sums: heights, global root, main root, auxiliary root.
constexpr std::size_t sums_offset = 5 + 3 * 32;

}  // namespace

TEST_CASE("a proof with any byte changed is refused") {
  proving_fixture f(each_hash());
  const proved honest = f.prove(segments());
  REQUIRE(f.error_of(honest) == std::nullopt);
  std::mt19937_64 rng(5);
  for (std::size_t s = 0; s < 2; ++s) {
    const std::size_t size = honest.proofs[s].size();
    for (std::size_t at = 0; at < size; at += at < 600 ? 1 : 1 + rng() % 40) {
      proved p = honest;
      p.proofs[s][at] ^= static_cast<u8>(1u << (rng() % 8));
      INFO("segment " << s << ", byte " << at << " of " << size);
      REQUIRE(f.error_of(p).has_value());
    }
  }
}

TEST_CASE("a proof that is cut or extended is refused") {
  proving_fixture f(each_hash());
  const proved honest = f.prove(segments(1));
  const std::size_t size = honest.proofs[0].size();
  for (std::size_t keep = 0; keep < size; keep += keep < 40 || keep > size - 200 ? 1 : 37) {
    proved p = honest;
    p.proofs[0].resize(keep);
    REQUIRE(f.error_of(p).has_value());
  }
  for (std::size_t more : {1u, 8u, 32u}) {
    proved p = honest;
    p.proofs[0].resize(size + more);
    CHECK(f.error_of(p) == verify_error::trailing_bytes);
  }
}

TEST_CASE("field elements that are not canonical are refused") {
  proving_fixture f(each_hash());
  const proved honest = f.prove(segments(1));
  for (std::size_t element = 0; element < 30; ++element) {
    proved p = honest;
    u8* const sums = p.proofs[0].data() + sums_offset;
    store_number(f.params.hash, sums + 8 * element, gl::modulus + element);
    if (element < 15) CHECK(f.error_of(p).has_value());
    store_number(f.params.hash, sums + 15 * 8 + 32 + 8 * element, ~u64{0});
    CHECK(f.error_of(p) == verify_error::not_canonical);
  }
}

TEST_CASE("a Poseidon2 digest with an element that is not canonical is refused") {
  proving_fixture f(insecure_poseidon2);
  const proved honest = f.prove(segments(1));
  // The global, the main and the auxiliary root.
  for (std::size_t root = 0; root < 3; ++root)
    for (std::size_t element = 0; element < 4; ++element) {
      proved p = honest;
      store_le64(p.proofs[0].data() + 5 + 32 * root + 8 * element, gl::modulus);
      CHECK(f.error_of(p) == verify_error::not_canonical);
    }
}

TEST_CASE("a proof of one hash is none of another") {
  const proving_fixture blake3(insecure_test), poseidon2(insecure_poseidon2);
  proving_fixture f(insecure_test);
  const proved p = f.prove(segments(1));
  const auto by = [&](const proving_fixture& with) {
    return verify_segments(with.params, f.key.key, p.publics, p.views()).ok();
  };
  CHECK(by(blake3));
  CHECK_FALSE(by(poseidon2));
}

TEST_CASE("every public value is bound") {
  proving_fixture f;
  const proved honest = f.prove(segments());
  for (std::size_t s = 0; s < 2; ++s)
    for (std::size_t t = 0; t < 5; ++t) {
      for (std::size_t i = 0; i < honest.publics[s][t].size(); ++i) {
        proved p = honest;
        p.publics[s][t][i] += gl::one();
        CHECK(f.error_of(p).has_value());
      }
      proved p = honest;
      p.publics[s][t].push_back(gl());
      // The first segment's statement also feeds the second's global challenge.
      const auto e = f.error_of(p);
      CHECK((s == 0 ? e == verify_error::public_count : e.has_value()));
    }
  proved p = honest;
  p.publics[0].pop_back();
  CHECK(f.error_of(p) == verify_error::table_count);
}

TEST_CASE("segments cannot be dropped, repeated, reordered or mixed") {
  proving_fixture f;
  const proved honest = f.prove(segments(3)),
               other = f.prove(toy::make_segments(3, small_heights, 100));
  const auto with = [&](std::initializer_list<std::size_t> order) {
    proved p;
    for (std::size_t i : order) {
      p.publics.push_back(honest.publics[i]);
      p.proofs.push_back(honest.proofs[i]);
    }
    return f.error_of(p);
  };
  REQUIRE(with({0, 1, 2}) == std::nullopt);
  CHECK(with({0, 1}).has_value());
  CHECK(with({0, 2}).has_value());
  CHECK(with({0, 0, 1, 2}).has_value());
  CHECK(with({1, 0, 2}).has_value());
  CHECK(with({}) == verify_error::segment_count);
  proved mixed = honest;
  mixed.proofs[1] = other.proofs[1];
  mixed.publics[1] = other.publics[1];
  CHECK(f.error_of(mixed).has_value());
}

TEST_CASE("segments that do not link are refused by the global sum") {
  proving_fixture f;
  auto traces = segments(2);
  // The second segment starts from another value than the first left: locally all is well.
  traces[1].main[4].at(0, 2) += gl::one();
  CHECK(f.error_of(f.prove(std::move(traces))) == verify_error::global_sum);
}

TEST_CASE("a change of any column of the trace is refused") {
  proving_fixture f;
  std::size_t cells = 0;
  std::mt19937_64 rng(6);
  for (std::size_t table = 0; table < 5; ++table) {
    const auto honest = segments(2);
    const matrix& m = honest[0].main[table];
    for (std::size_t column = 0; column < m.width(); ++column)
      for (std::size_t row = 0; row < m.height(); ++row) {
        // A dead row of reader or relay may hold anything but in its flag; of writer, but in the
        // flag and the product.
        const bool flagged = table >= 2;
        if (flagged && column != 0 && m.at(row, 0).is_zero()) continue;
        if (m.height() > 8 && row > 2 && row + 2 < m.height() && row % 3 != 0) continue;
        for (const gl delta : {gl::one(), -gl::one(), gl(u64{1} << 32), gl(rng() | 1)}) {
          auto traces = segments(2);
          traces[0].main[table].at(row, column) += delta;
          ++cells;
          INFO("table " << table << " column " << column << " row " << row);
          REQUIRE(f.error_of(f.prove(std::move(traces))).has_value());
        }
      }
  }
  CHECK(cells > 400);
}

TEST_CASE("lookups outside the table and wrong multiplicities are refused") {
  proving_fixture f;
  auto traces = segments(1);
  // x = 16 is in no row of the table; the table's multiplicity follows as if it were.
  matrix& w = traces[0].main[2];
  const u64 x = w.at(0, 1).value();
  traces[0].main[1].at(x, 0) -= gl::one();
  traces[0].main[1].at(0, 0) += gl::one();
  w.at(0, 1) = gl(16u);
  w.at(0, 3) = w.at(0, 1) * w.at(0, 2);
  for (std::size_t i = 0; i < traces[0].main[3].height(); ++i) {
    matrix& r = traces[0].main[3];
    if (i == 3) {  // where the first row went
      r.at(i, 1) = gl(16u);
      r.at(i, 2) = w.at(0, 3) + gl::one();
    }
  }
  CHECK(f.error_of(f.prove(std::move(traces))) == verify_error::local_sum);
}

TEST_CASE("changed bus sums are refused") {
  proving_fixture f;
  const proved honest = f.prove(segments(1));
  // Sums are absorbed, so this would be refused whatever the constraints say of them;
  // lying_backend_test.cpp has a prover who goes on from sums that he made up.
  proved p = honest;
  u8* sums = p.proofs[0].data() + sums_offset;
  const gl3 a = *gl3::decode(sums), b = *gl3::decode(sums + 24);
  (a + gl::one()).encode(sums);
  (b - gl::one()).encode(sums + 24);
  CHECK(f.error_of(p) == verify_error::quotient);
  p = honest;
  (a + gl::one()).encode(p.proofs[0].data() + sums_offset);
  CHECK(f.error_of(p) == verify_error::local_sum);
}

TEST_CASE("heights are bound and bounded") {
  proving_fixture f;
  const proved honest = f.prove(segments(1));
  for (std::size_t t = 0; t < 5; ++t)
    for (u8 h : {0, 1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 64, 255}) {
      proved p = honest;
      if (p.proofs[0][t] == h) continue;
      p.proofs[0][t] = h;
      const auto e = f.error_of(p);
      REQUIRE(e.has_value());
      if (h < 2 || h > 16)
        CHECK(*e == verify_error::height_out_of_range);
      else if (t == 1)
        CHECK(*e == verify_error::height_not_of_key);
    }
  proved p = honest;
  std::swap(p.proofs[0][0], p.proofs[0][2]);
  CHECK(f.error_of(p).has_value());
}

TEST_CASE("swapped tables are refused") {
  proving_fixture f;
  auto traces = segments(1);
  // Reader and relay do not have the same width, so swap what fits: two columns, two tables' rows.
  matrix& w = traces[0].main[2];
  for (std::size_t i = 0; i < w.height(); ++i) std::swap(w.at(i, 1), w.at(i, 2));
  CHECK(f.error_of(f.prove(std::move(traces))).has_value());
}

TEST_CASE("parameters and key come from the verifier alone") {
  proving_fixture f;
  const proved honest = f.prove(segments(1));
  for (auto change :
       {+[](proof_params& p) { p.queries = 5; }, +[](proof_params& p) { p.grinding_bits = 0; },
        +[](proof_params& p) { p.fold_log2 = 1; }, +[](proof_params& p) { p.cap_log2 = 1; },
        +[](proof_params& p) { p.name = "other"; }, +[](proof_params& p) { p.secure = true; },
        +[](proof_params& p) { p.batch_max = 5000; }}) {
    proof_params other = f.params;
    change(other);
    CHECK_FALSE(verify_segments(other, f.key.key, honest.publics, honest.views()).ok());
  }
  proof_params narrow = f.params;
  narrow.batch_max = 10;
  const auto r = verify_segments(narrow, f.key.key, honest.publics, honest.views());
  REQUIRE_FALSE(r.ok());
  CHECK(r.error().what == verify_error::batch_too_large);

  auto fixed = toy::machine::fixed();
  fixed[1].at(3, 0) += gl::one();
  const proving_fixture another(insecure_test, std::move(fixed));
  CHECK(another.error_of(honest).has_value());
  CHECK(another.key.key.digest() != f.key.key.digest());
}

TEST_CASE("the global challenge is not the prover's") {
  proving_fixture f;
  auto traces = segments(1);
  segment_prover prover(f.params, f.key, *f.backend);
  const auto publics = traces[0].publics;
  const auto commitment = prover.begin(std::move(traces[0]));
  REQUIRE(commitment.ok());
  const bus_challenge chosen{gl3(gl(5u)), gl3(gl(7u))};
  proved p;
  p.publics = {publics};
  p.proofs = {prover.finish(chosen).value()};
  // Against the challenge it was made for the proof holds; the execution's check derives its own.
  CHECK(verify_segment(f.params, f.key.key, {publics, chosen}, p.proofs[0]).ok());
  CHECK(f.error_of(p).has_value());
}

TEST_CASE("a missing proof of work is refused") {
  proof_params p = insecure_test;
  p.grinding_bits = 12;
  proving_fixture f(p);
  const proved honest = f.prove(segments(1));
  REQUIRE(f.error_of(honest) == std::nullopt);
  // The nonce stands before the openings of the queries; find it by its effect.
  bool found = false;
  for (std::size_t at = 0; at + 8 <= honest.proofs[0].size() && !found; ++at) {
    proved q = honest;
    q.proofs[0][at] ^= 1;
    found = f.error_of(q) == verify_error::proof_of_work;
  }
  CHECK(found);
}

#include "runtime/base/vector_code.hpp"
#include "test/unit/stark/proving_fixture.hpp"

using namespace ashlar;
using namespace ashlar::stark;

TEST_CASE("an honest execution of one segment is proved and verified") {
  proving_fixture f(each_hash());
  CHECK(f.error_of(f.prove(toy::make_segments(1, {}, 1))) == std::nullopt);
}

TEST_CASE("segments that link by the global bus are proved and verified") {
  proving_fixture f(each_hash());
  CHECK(f.error_of(f.prove(toy::make_segments(3, {}, 2))) == std::nullopt);
}

TEST_CASE("tables of many heights are proved in one FRI") {
  proving_fixture f(each_hash());
  u64 seed = 3;
  for (const toy::heights h :
       {toy::heights{2, 2, 2, 2}, toy::heights{10, 4, 3, 2}, toy::heights{4, 9, 5, 4},
        toy::heights{7, 7, 7, 7}, toy::heights{2, 3, 9, 3}, toy::heights{6, 5, 4, 3}})
    CHECK(f.error_of(f.prove(toy::make_segments(2, h, seed++))) == std::nullopt);
}

TEST_CASE("other rates and folding factors") {
  proof_params p = each_hash();
  for (unsigned blowup = 1; blowup <= 4; ++blowup)
    for (unsigned fold = 1; fold <= 4; ++fold) {
      p.blowup_log2 = blowup;
      p.fold_log2 = fold;
      if (!is_consistent(p)) continue;
      proving_fixture f(p);
      CHECK(f.error_of(f.prove(toy::make_segments(2, {8, 6, 5, 3}, blowup * 10 + fold))) ==
            std::nullopt);
    }
}

TEST_CASE("caps from the root alone to more nodes than the lowest tables have places") {
  proof_params p = insecure_test;
  std::vector<std::size_t> bytes;
  for (p.cap_log2 = 0; p.cap_log2 <= 6; ++p.cap_log2) {
    proving_fixture f(p);
    for (const toy::heights h : {toy::heights{8, 6, 5, 2}, toy::heights{2, 2, 2, 2}}) {
      const proved one = f.prove(toy::make_segments(1, h, 40));
      CHECK(f.error_of(one) == std::nullopt);
      bytes.push_back(one.proofs[0].size());
    }
  }
  // No cap is deeper than the lowest tables of its tree: where all tables are lower than 2^5
  // places, a parameter of 6 asks for what one of 5 does.
  CHECK(bytes[11] == bytes[13]);
  CHECK(bytes[9] != bytes[11]);
}

TEST_CASE("the proof does not depend on the number of threads or on the run") {
  proving_fixture f(each_hash());
  const proved first = f.prove(toy::make_segments(2, {9, 6, 5, 3}, 7));
  CHECK(f.prove(toy::make_segments(2, {9, 6, 5, 3}, 7)).proofs == first.proofs);
  f.backend = make_cpu_backend(1);
  f.key = make_proving_key(f.params, *f.backend, f.machine.list(), toy::machine::fixed());
  CHECK(f.prove(toy::make_segments(2, {9, 6, 5, 3}, 7)).proofs == first.proofs);
}

TEST_CASE("the 128-bit parameters prove end to end") {
  proof_params p = GENERATE(proven128, segment128, join128, outer128);
  std::vector<matrix> fixed = toy::machine::fixed();
  // The smallest table of this set has 32 rows.
  p.height_log2_min = p.final_log2 = 3;
  proving_fixture f(p);
  const proved one = f.prove(toy::make_segments(2, {10, 7, 8, 4}, 11));
  CHECK(f.error_of(one) == std::nullopt);
}

TEST_CASE("the commitment asks only for the columns of tables on global buses") {
  proving_fixture f;
  segment_prover whole(f.params, f.key, *f.backend), cut(f.params, f.key, *f.backend);
  segment_trace trace = std::move(toy::make_segments(1, {9, 6, 5, 3}, 21)[0]), global;
  global.publics = trace.publics;
  std::size_t left_out = 0;
  for (std::size_t i = 0; i < trace.main.size(); ++i) {
    const bool kept = f.key.airs[i]->verifier.shape.uses_global();
    global.main.push_back(kept ? trace.main[i] : matrix(trace.main[i].height(), 0));
    left_out += !kept;
  }
  REQUIRE(left_out > 0);
  REQUIRE(left_out < trace.main.size());
  const auto expected = whole.begin(std::move(trace)), got = cut.begin(std::move(global));
  REQUIRE(expected.ok());
  REQUIRE(got.ok());
  CHECK(*got == *expected);
}

TEST_CASE("the prover refuses traces that do not fit the machine") {
  proving_fixture f;
  const auto error = [&](segment_trace t) {
    std::vector<segment_trace> all;
    all.push_back(std::move(t));
    const auto r = prove_segments(f.params, f.key, *f.backend, std::move(all));
    REQUIRE_FALSE(r.ok());
    return r.error().what;
  };
  auto trace = [] { return std::move(toy::make_segments(1, {}, 1)[0]); };
  auto t = trace();
  t.main.pop_back();
  CHECK(error(std::move(t)) == prove_error::table_count);
  t = trace();
  t.main[0] = matrix(4, 2);
  CHECK(error(std::move(t)) == prove_error::table_shape);
  t = trace();
  t.main[1] = matrix(32, 1);
  CHECK(error(std::move(t)) == prove_error::table_shape);
  t = trace();
  t.main[0] = matrix(2, 3);
  CHECK(error(std::move(t)) == prove_error::table_shape);
  // No columns will do for some tables' commitment, but never for a proof.
  for (std::size_t i = 0; i < f.key.airs.size(); ++i) {
    t = trace();
    t.main[i] = matrix(t.main[i].height(), 0);
    CHECK(error(std::move(t)) == prove_error::table_shape);
  }
  t = trace();
  t.publics[0].pop_back();
  CHECK(error(std::move(t)) == prove_error::public_count);
}

TEST_CASE("scalar, AVX2 and AVX-512 code give the same proof") {
  const proof_params& params = each_hash();
  std::vector<bytes> first;
  for (const vector_code code : {vector_code::scalar, vector_code::avx2, vector_code::avx512}) {
    if (!has_vector_code(code)) continue;
    use_vector_code(code);
    proving_fixture f(params);
    const proved p = f.prove(toy::make_segments(2, {13, 9, 10, 3}, 21));
    CHECK(f.error_of(p) == std::nullopt);
    if (first.empty()) first = p.proofs;
    CHECK((p.proofs == first));
  }
  use_vector_code(best_vector_code());
}

#include <catch2/catch.hpp>

#include "runtime/stark/prover/prover.hpp"
#include "test/unit/chips/mutation.hpp"
#include "test/unit/circuit/circuit_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

// An expression of every kind, over any element type.
template <class E>
E expression(const E& x, const E& y, const E& z) {
  const E root = gl3(gl(), gl::one(), gl());
  E out = (x + gl(3u)) * (y - gl(5u)) - x * y * gl(7u);
  out += root * (x - y) * (z + root);
  out -= (x * y + z * x) * (-z) + gl(11u);
  return out + (x - gl(2u)).squared(3) + (z - y).inverse();
}

}  // namespace

TEST_CASE("circuit: expressions have the value that they have outside", "[circuit]") {
  std::mt19937_64 rng(20261127);
  circuit_builder b;
  const wire x = b.input(), y = b.input(), z = b.input(), claimed = b.input();
  b.assert_equal(expression(x, y, z), claimed);
  const u32 rows = b.rows();
  // The same once more is no more work.
  const wire again = (x * y + z * x) * (-z);
  CHECK(b.rows() == rows);
  b.assert_equal(again, (x * y + z * x) * (-z));
  const circuit c = b.finish(circuit_builder::output::none);
  for (unsigned i = 0; i < 20; ++i) {
    const gl3 v[3] = {random_gl3(rng), random_gl3(rng), random_gl3(rng)};
    std::vector<gl> input;
    for (const gl3& e : v) append(input, e);
    append(input, expression(v[0], v[1], v[2]));
    REQUIRE(run_and_check(c, input) == "");
    input.back() += gl::one();
    CHECK(run_and_check(c, input).starts_with("an assertion does not hold"));
  }
}

TEST_CASE("circuit: constants fold, and one row is a product and a sum", "[circuit]") {
  circuit_builder b;
  const wire x = b.input(), y = b.input();
  const u32 before = b.rows();
  const wire none = (x + gl(1u)) - x - gl(1u);
  CHECK(none.is_constant());
  CHECK(none.constant().is_zero());
  const wire scaled = -(x * gl(6u)) + gl(9u), product = x * y * gl(2u);
  CHECK(b.rows() == before);
  const wire both = scaled + product;
  CHECK(b.rows() == before + 1);
  b.assert_zero(both);
  CHECK(b.rows() == before + 2);
}

TEST_CASE("circuit: numbers have one row of bits, the canonical one", "[circuit]") {
  circuit_builder b;
  b.section("bits");
  const wire x = b.input_base();
  const auto bits = b.bits_of(x);
  const std::span<const bit> all(bits);
  b.assert_equal(b.number_of(all.first(8)), b.input_base());
  b.assert_equal(b.power_of(gl(7u), all.first(8)), b.input_base());
  b.assert_equal(b.select(bits[3], gl(5u), x), b.input_base());
  const circuit c = b.finish(circuit_builder::output::none);
  for (u64 v : {u64{0}, u64{1}, u64{0xfe}, u64{0xffffffff}, u64{0xffffffff00000000},
                u64{0xfffffffeffffffff}, u64{0x123456789abcdef0}}) {
    INFO(v);
    const std::vector<gl> input = {gl(v), gl(v & 255), gl(7u).pow(v & 255),
                                   v >> 3 & 1 ? gl(5u) : gl(v)};
    CHECK(run_and_check(c, input) == "");
  }

  // A number below 2^32 - 1 has a second row of 64 bits, for itself plus p. With any hints but the
  // inverse right it is refused there.
  const u64 small = 5, alias = small + gl::modulus;
  const std::vector<gl> input = {gl(small), gl(small & 255), gl(7u).pow(small & 255), gl(small)};
  const auto w = run_circuit(c, input, {});
  REQUIRE(w.ok());
  auto tables = tables_of(c, *w);
  REQUIRE(why_not(tables) == "");
  auto forged = c;
  std::vector<std::size_t> bit_rows;
  for (std::size_t i = 0; i < c.alu.size(); ++i)
    if (c.alu[i].from.from == hint::source::bit && c.alu[i].a_use == cell_use::written)
      bit_rows.push_back(i);
  REQUIRE(bit_rows.size() == 64);
  // The forger runs the same circuit with constants for hints, of which the fixed columns know
  // nothing: bits of the alias come from a cell that he may choose.
  for (std::size_t k = 0; k < 64; ++k) {
    forged.alu[bit_rows[k]].from = {hint::source::bit, zero_cell, 0};
    if (alias >> k & 1) forged.alu[bit_rows[k]].from.of = cell{3};  // the cell of one
  }
  const auto failed = run_circuit(forged, {&input[0], 4}, {});
  REQUIRE(!failed.ok());
  CHECK(failed.error().what == circuit_error::assertion);
  CHECK(failed.error().section == "bits");
}

TEST_CASE("circuit: packing and unpacking, limbs, public values", "[circuit]") {
  std::mt19937_64 rng(1);
  circuit_builder b;
  const auto words = b.publics();
  for (const wire& w : words) b.assert_equal(w, b.input_base());
  const wire x = b.input(), y = b.input_base();
  const auto lanes = b.unpack(b.pack(x, y));
  b.assert_equal(lanes.first_three, x);
  b.assert_equal(lanes.fourth, y);
  const auto limb = b.limbs_of(x);
  for (const wire& l : limb) b.assert_equal(l, b.input_base());
  const circuit c = b.finish();
  std::array<gl, 8> publics;
  for (gl& p : publics) p = random_gl(rng);
  std::vector<gl> input(publics.begin(), publics.end());
  const gl3 v = random_gl3(rng);
  append(input, v);
  input.push_back(random_gl(rng));
  append(input, v);
  CHECK(run_and_check(c, input, publics) == "");
  for (std::size_t i = 0; i < input.size(); ++i) {
    if (i == 11) continue;  // y alone is free
    auto wrong = input;
    wrong[i] += gl::one();
    CHECK(run_and_check(c, wrong, publics) != "");
  }
  auto more = input;
  more.push_back(gl());
  CHECK(run_circuit(c, more, publics).error().what == circuit_error::input_too_long);
  more.resize(input.size() - 1);
  CHECK(run_circuit(c, more, publics).error().what == circuit_error::input_ends);
}

TEST_CASE("circuit: public values of which nothing is said are found", "[circuit]") {
  // given: a circuit that asks for its public values, and ties all of them but one
  circuit_builder b;
  const auto words = b.publics();
  CHECK_FALSE(b.states_its_output());
  for (unsigned i = 0; i < 8; ++i) {
    if (i != 3) b.assert_equal(words[i], b.input_base());
    CHECK(b.unnoticed_hints().empty());
    CHECK_FALSE(b.states_its_output());
  }
  b.assert_equal(words[3], b.input_base());
  CHECK(b.states_its_output());
}

TEST_CASE("circuit: hints that nothing depends on are found", "[circuit]") {
  circuit_builder b;
  const wire x = b.input();
  b.assert_equal(x, gl(5u));
  CHECK(b.unnoticed_hints().empty());
  const wire y = b.input();
  CHECK(b.unnoticed_hints().size() == 1);
  const wire sum = y * x + x;
  CHECK(b.unnoticed_hints().size() == 1);
  // That a bit is a bit does not say which.
  const bit flag = b.bit_of(x, 0);
  CHECK(b.unnoticed_hints().size() == 2);
  b.assert_zero(b.select(flag, sum, x));
  CHECK(b.unnoticed_hints().empty());
}

namespace {

// Rows of every shape, all reached by assertions.
circuit everything(std::vector<gl>& input, std::array<gl, 8>& publics) {
  std::mt19937_64 rng(3);
  circuit_builder b;
  const wire x = b.input(), y = b.input(), claimed = b.input();
  b.assert_equal(expression(x, y, x * y), claimed);
  const auto words = b.publics();
  b.assert_equal(words[0] + words[5], b.input_base());
  for (unsigned i : {1u, 3u, 4u, 6u, 7u}) b.assert_equal(words[i], b.input_base());
  const auto bits = b.bits_of(b.input_base());
  b.assert_equal(b.power_of(gl(7u), {&bits[3], 9}), b.input_base());
  const auto lanes = b.unpack(b.pack(x, words[2]));
  b.assert_equal(lanes.fourth, words[2]);

  const gl3 u = random_gl3(rng), v = random_gl3(rng);
  append(input, u);
  append(input, v);
  append(input, expression(u, v, u * v));
  for (gl& p : publics) p = random_gl(rng);
  input.push_back(publics[0] + publics[5]);
  for (unsigned i : {1u, 3u, 4u, 6u, 7u}) input.push_back(publics[i]);
  const gl number = random_gl(rng);
  input.push_back(number);
  input.push_back(gl(7u).pow(number.value() >> 3 & 0x1ff));
  return b.finish();
}

}  // namespace

TEST_CASE("circuit: no cell can be changed without a trace", "[circuit][mutation]") {
  std::vector<gl> input;
  std::array<gl, 8> publics;
  const circuit c = everything(input, publics);
  const auto w = run_circuit(c, input, publics);
  REQUIRE(w.ok());
  auto tables = tables_of(c, *w);
  REQUIRE(why_not(tables) == "");
  mutation_run mutations(20261127);
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < tables[0].main.height(); ++i)
    if (i <= c.alu.size() + 1 || i + 1 == tables[0].main.height()) rows.push_back(i);
  mutations.mutate(tables[0], rows);
  for (std::size_t j = 0; j < main_width<alu_chip>; ++j) {
    INFO("column " << j);
    const auto& count = mutations.counts().at({"alu", j});
    CHECK(count.refused > 0);
    CHECK(count.holes == 0);
    // a, of rows that have no use for it: constants, and rows without a use.
    CHECK((count.unseen_live == 0 || j < 3));
  }
}

TEST_CASE("circuit: a proof of a run is accepted, of other public values refused", "[circuit]") {
  std::vector<gl> input;
  std::array<gl, 8> publics;
  const circuit c = everything(input, publics);
  const auto w = run_circuit(c, input, publics);
  REQUIRE(w.ok());
  const prover_air airs[2] = {prover_air_of<alu_chip>(), prover_air_of<sponge_chip>()};
  const auto backend = make_cpu_backend(2);
  const proving_key key =
      make_proving_key(insecure_test, *backend, {&airs[0], &airs[1]}, c.fixed());
  std::vector<segment_trace> traces(1);
  traces[0] = {w->main, w->public_lists()};
  const auto proofs = prove_segments(insecure_test, key, *backend, std::move(traces));
  REQUIRE(proofs.ok());
  const std::vector<bytes_view> views((*proofs).begin(), (*proofs).end());
  std::vector<std::vector<std::vector<gl>>> claims = {w->public_lists()};
  CHECK(verify_segments(insecure_test, key.key, claims, views).ok());
  for (gl& p : claims[0][0]) {
    p += gl::one();
    CHECK(!verify_segments(insecure_test, key.key, claims, views).ok());
    p -= gl::one();
  }

  // A witness that breaks one assertion has no proof.
  auto broken = *w;
  broken.main[0].at(5, 0) += gl::one();
  traces.assign(1, {broken.main, w->public_lists()});
  const auto forged = prove_segments(insecure_test, key, *backend, std::move(traces));
  REQUIRE(forged.ok());
  const std::vector<bytes_view> forged_views((*forged).begin(), (*forged).end());
  CHECK(!verify_segments(insecure_test, key.key, claims, forged_views).ok());
}

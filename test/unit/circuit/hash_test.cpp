#include <catch2/catch.hpp>

#include "runtime/crypto/poseidon2.hpp"
#include "test/unit/chips/mutation.hpp"
#include "test/unit/circuit/circuit_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

using digest = std::array<gl, 4>;

// The sponge as the protocol describes it.
digest reference(std::span<const gl> e, unsigned each) {
  u64 state[12] = {};
  state[8] = e.size() + (u64{each} << 32);
  for (std::size_t at = 0; at < e.size();) {
    const std::size_t block = at == 0 ? (e.size() - 1) % each + 1 : each;
    u64 cells[8] = {};
    for (std::size_t i = 0; i < block; ++i) cells[8 - block + i] = e[at + i].value();
    crypto::poseidon2_absorb(state, cells);
    at += block;
  }
  return {gl(state[0]), gl(state[1]), gl(state[2]), gl(state[3])};
}
digest node_of(const digest& l, const digest& r) {
  gl e[8];
  std::copy(l.begin(), l.end(), e);
  std::copy(r.begin(), r.end(), e + 4);
  return reference(e, 8);
}
void append(std::vector<gl>& to, const digest& d) {
  to.insert(to.end(), d.begin(), d.end());
}
using test::append;

std::vector<gl> random_elements(std::mt19937_64& rng, std::size_t n) {
  std::vector<gl> out(n);
  for (gl& e : out) e = random_gl(rng);
  return out;
}

}  // namespace

TEST_CASE("circuit: opened rows are hashed and combined as outside", "[circuit]") {
  std::mt19937_64 rng(7);
  for (unsigned each : {1u, 2u, 3u, 4u, 8u})
    for (u32 n : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 9u, 13u, 16u, 20u, 24u, 48u}) {
      INFO(n << " in blocks of " << each);
      circuit_builder b;
      const wire z = b.input();
      const auto row = b.open(n, each);
      b.assert_equal(row.digest, b.input_quad());
      if (each == 8) b.assert_equal(b.horner(row.quads, z), b.input());
      // The rest of a row's blocks is no polynomial in one point, but must not be lost either.
      if (each != 8) b.assert_equal(z, b.input());
      const circuit c = b.finish(circuit_builder::output::none);
      const gl3 at = random_gl3(rng);
      const auto e = random_elements(rng, n);
      std::vector<gl> input;
      append(input, at);
      input.insert(input.end(), e.begin(), e.end());
      append(input, reference(e, each));
      gl3 value;
      for (gl x : e) value = value * at + x;
      append(input, each == 8 ? value : at);
      CHECK(run_and_check(c, input) == "");
      auto wrong = input;
      wrong[3 + n / 2] += gl::one();
      CHECK(run_and_check(c, wrong) != "");
      wrong = input;
      wrong[3 + n] += gl::one();
      CHECK(run_and_check(c, wrong) != "");
    }
}

TEST_CASE("circuit: lists of elements are hashed as outside", "[circuit]") {
  std::mt19937_64 rng(8);
  for (unsigned trial = 0; trial < 60; ++trial) {
    circuit_builder b;
    using element = circuit_builder::element;
    std::vector<element> elements;
    std::vector<gl> input, list;
    const unsigned count = 1 + rng() % 9;
    for (unsigned i = 0; i < count; ++i) {
      const unsigned kind = rng() % 4;
      if (kind == 3) {
        const gl c = random_gl(rng);
        elements.push_back(element::base(c));
        list.push_back(c);
        continue;
      }
      const auto e = random_elements(rng, kind == 0 ? 1 : kind == 1 ? 3 : 4);
      elements.push_back(kind == 0   ? element::base(b.input_base())
                         : kind == 1 ? element::extension(b.input())
                                     : element(b.input_quad()));
      input.insert(input.end(), e.begin(), e.end());
      list.insert(list.end(), e.begin(), e.end());
    }
    b.assert_equal(b.hash_elements(elements), b.input_quad());
    const circuit c = b.finish(circuit_builder::output::none);
    append(input, reference(list, 8));
    INFO(trial);
    REQUIRE(run_and_check(c, input) == "");
    for (std::size_t i = 0; i < input.size(); ++i) {
      auto wrong = input;
      wrong[i] += gl::one();
      CHECK(run_and_check(c, wrong) != "");
    }
  }
}

namespace {

// A leaf of five elements, its digest joined with another, and a path of four levels from there.
struct path {
  circuit c;
  std::vector<gl> input;
};
path make_path(u64 index, std::mt19937_64& rng) {
  circuit_builder b;
  const auto bits = b.bits_of(b.input_base());
  quad node = b.open(5, 8).digest;
  node = b.climb(node, {&bits[0], 2});
  node = b.hash_node(node, b.open(11, 8).digest);
  node = b.climb(node, {&bits[2], 2});
  b.assert_equal(node, b.input_quad());
  path p{b.finish(circuit_builder::output::none), {gl(index)}};
  const auto leaf = random_elements(rng, 5), joined = random_elements(rng, 11);
  digest at = reference(leaf, 8);
  p.input.insert(p.input.end(), leaf.begin(), leaf.end());
  const auto climb = [&](u64 bit) {
    digest sibling;
    for (gl& e : sibling) e = random_gl(rng);
    append(p.input, sibling);
    at = bit != 0 ? node_of(sibling, at) : node_of(at, sibling);
  };
  climb(index & 1);
  climb(index >> 1 & 1);
  p.input.insert(p.input.end(), joined.begin(), joined.end());
  at = node_of(at, reference(joined, 8));
  climb(index >> 2 & 1);
  climb(index >> 3 & 1);
  append(p.input, at);
  return p;
}

}  // namespace

TEST_CASE("circuit: a path leads to the root from its own place alone", "[circuit]") {
  std::mt19937_64 rng(9);
  for (u64 index = 0; index < 16; ++index) {
    const path p = make_path(index, rng);
    CHECK(run_and_check(p.c, p.input) == "");
    for (u64 other = 0; other < 16; ++other) {
      auto wrong = p.input;
      wrong[0] = gl(other);
      CHECK((run_and_check(p.c, wrong) == "") == (other == index));
    }
  }
}

TEST_CASE("circuit: no cell of a hash can be changed without a trace", "[circuit][mutation]") {
  std::mt19937_64 rng(10);
  const path p = make_path(6, rng);
  const auto w = run_circuit(p.c, p.input, {});
  REQUIRE(w.ok());
  auto tables = tables_of(p.c, *w);
  REQUIRE(why_not(tables) == "");
  mutation_run mutations(20261127);
  std::vector<std::size_t> rows(p.c.sponge.size() + 1);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i;
  mutations.mutate(tables[1], rows);
  for (std::size_t j = 0; j < main_width<sponge_chip>; ++j) {
    INFO("column " << j);
    const auto& count = mutations.counts().at({"sponge", j});
    CHECK(count.refused > 0);
    CHECK(count.holes == 0);
    CHECK(count.unseen_live == 0);
  }
}

#include "runtime/stark/ntt/ntt.hpp"

#include <random>

#include <catch2/catch.hpp>

#include "runtime/base/vector_code.hpp"
#include "runtime/stark/field/domain.hpp"
#include "runtime/stark/ntt/block_ops.hpp"
#include "runtime/stark/ntt/ntt_kernels.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

std::vector<gl> random_column(std::size_t n, u64 seed) {
  std::mt19937_64 rng(seed);
  std::vector<gl> out(n);
  for (gl& e : out) {
    const u64 r = rng();
    // Often at the edges, where carries happen.
    e = r % 5 == 0 ? gl(gl::modulus - 1 - r % 3) : r % 7 == 0 ? gl(r % 3) : gl(r);
  }
  return out;
}

gl value_at(const std::vector<gl>& coefficients_reversed, unsigned log2, gl x) {
  gl sum;
  for (std::size_t e = coefficients_reversed.size(); e-- > 0;)
    sum = sum * x + coefficients_reversed[reverse_bits(static_cast<u32>(e), log2)];
  return sum;
}

// Runs `body` with each code that this processor has.
template <class Body>
void with_each_code(const Body& body) {
  for (const vector_code code : {vector_code::scalar, vector_code::avx2, vector_code::avx512}) {
    if (!has_vector_code(code)) continue;
    INFO("code " << static_cast<int>(code));
    use_vector_code(code);
    body();
  }
  use_vector_code(best_vector_code());
}

}  // namespace

TEST_CASE("interpolation gives the polynomial of the values, evaluation its values on the coset") {
  with_each_code([] {
    for (unsigned log2 = 0; log2 <= 8; ++log2) {
      const std::size_t n = std::size_t{1} << log2;
      const std::vector<gl> values = random_column(n, log2 + 1);
      std::vector<gl> c = values;
      interpolate(c.data(), log2);
      const gl w = gl::root_of_unity(log2), shift = gl(123456789u);
      std::vector<gl> e(n);
      evaluate_coset(c.data(), e.data(), log2, shift);
      for (std::size_t i = 0; i < n; ++i) {
        REQUIRE(value_at(c, log2, w.pow(i)) == values[i]);
        REQUIRE(value_at(c, log2, shift * w.pow(i)) == e[i]);
      }
    }
  });
}

TEST_CASE("vector transforms give the scalar code's bits") {
  for (unsigned log2 = 4; log2 <= 17; ++log2) {
    const std::size_t n = std::size_t{1} << log2;
    const std::vector<gl> values = random_column(n, 100 + log2);
    std::vector<gl> c = values, e(n);
    ntt::interpolate_scalar(c.data(), log2);
    const gl shift = gl::generator() * gl::root_of_unity(log2 + 1);
    ntt::evaluate_coset_scalar(c.data(), e.data(), log2, shift);
    with_each_code([&] {
      INFO("log2 " << log2);
      std::vector<gl> c2 = values, e2(n);
      interpolate(c2.data(), log2);
      REQUIRE((c2 == c));
      interpolate(values.data(), e2.data(), log2);
      REQUIRE((e2 == c));
      evaluate_coset(c2.data(), e2.data(), log2, shift);
      REQUIRE((e2 == e));
      evaluate_coset(c2.data(), c2.data(), log2, shift);
      REQUIRE((c2 == e));
    });
  }
}

TEST_CASE("the extension holds every coset") {
  with_each_code([] {
    for (unsigned blowup = 1; blowup <= 3; ++blowup) {
      const unsigned log2 = 7;
      std::vector<gl> column = random_column(1u << log2, 7), out(1u << (log2 + blowup));
      extend_column(column.data(), out.data(), log2, blowup, domain_shift);
      for (u32 t = 0; t < out.size(); t += 3)
        REQUIRE(out[storage_of(t, log2)] ==
                value_at(column, log2, domain_shift * domain_point(t, log2, blowup)));
    }
  });
}

TEST_CASE("halving a place squares its point") {
  for (unsigned height = 1; height < 9; ++height)
    for (u32 t = 0; t < (4u << height); ++t)
      REQUIRE(domain_point(t, height, 2).square() == domain_point(t >> 1, height - 1, 2));
}

TEST_CASE("block operations give the scalar code's bits") {
  const block_ops& scalar = scalar_block_ops();
  with_each_code([&] {
    const block_ops& ops = best_block_ops();
    for (std::size_t n : {0u, 1u, 3u, 4u, 7u, 8u, 9u, 64u, 100u, 1000u}) {
      const auto make = [&](u64 seed) { return random_column(n + 1, seed); };
      const std::vector<gl> a = make(1), b = make(2);
      using binary = void (*block_ops::*)(gl*, const gl*, const gl*, std::size_t);
      for (const binary op : {&block_ops::add, &block_ops::sub, &block_ops::mul}) {
        std::vector<gl> x(n + 1, gl(77u)), y(n + 1, gl(77u));
        (scalar.*op)(x.data(), a.data(), b.data(), n);
        (ops.*op)(y.data(), a.data(), b.data(), n);
        REQUIRE((x == y));
      }
      std::vector<gl> p[3] = {make(3), make(4), make(5)}, q[3] = {make(6), make(7), make(8)};
      std::vector<gl> r[3] = {p[0], p[1], p[2]}, s[3] = {p[0], p[1], p[2]};
      gl* const rs[3] = {r[0].data(), r[1].data(), r[2].data()};
      gl* const ss[3] = {s[0].data(), s[1].data(), s[2].data()};
      const gl* const qs[3] = {q[0].data(), q[1].data(), q[2].data()};
      const gl3 c(gl(0x123456789abcdefull), gl(gl::modulus - 1), gl(0xfedcba987654321ull));
      scalar.add_scaled(rs, a.data(), c, n);
      ops.add_scaled(ss, a.data(), c, n);
      for (unsigned k = 0; k < 3; ++k) REQUIRE((r[k] == s[k]));
      // The largest factors and cells, and as many as need to be reduced in between.
      const std::vector<gl> largest(n + 1, gl(gl::modulus - 1));
      for (const std::size_t count : {0u, 1u, 3u, 40u, 256u, 600u}) {
        std::vector<const gl*> columns(count, largest.data());
        std::vector<gl3> factors(count, gl3(gl(gl::modulus - 1), c.c[1], c.c[0]));
        for (std::size_t j = 0; j < count; j += 3) columns[j] = a.data(), factors[j] = c;
        scalar.add_combination(rs, columns.data(), factors.data(), count, n, 0);
        ops.add_combination(ss, columns.data(), factors.data(), count, n, n);
        for (unsigned k = 0; k < 3; ++k) REQUIRE((r[k] == s[k]));
      }
      scalar.mul_ext(rs, rs, qs, n);
      ops.mul_ext(ss, ss, qs, n);
      for (unsigned k = 0; k < 3; ++k) REQUIRE((r[k] == s[k]));
      scalar.mul_base(rs, qs, a.data(), n);
      ops.mul_base(ss, qs, a.data(), n);
      for (unsigned k = 0; k < 3; ++k) REQUIRE((r[k] == s[k]));
      REQUIRE(scalar.dot(a.data(), qs, n, a.data()) == ops.dot(a.data(), qs, n, a.data()));
    }
  });
}

TEST_CASE("values on a coset come from the coefficients, and give them back") {
  with_each_code([] {
    for (const unsigned log2 : {1u, 3u, 4u, 6u, 9u, 12u, 13u, 15u})
      for (const gl shift : {gl::one(), domain_shift, gl(0x123456789abcdull)}) {
        const std::vector<gl> coefficients = random_column(std::size_t{1} << log2, log2);
        std::vector<gl> x(coefficients.size());
        evaluate_coset(coefficients.data(), x.data(), log2, shift);
        CHECK(x[0] == value_at(coefficients, log2, shift));
        interpolate_coset(x.data(), log2, shift);
        REQUIRE((x == coefficients));
      }
  });
}

TEST_CASE("runs of extension elements are inverted") {
  with_each_code([] {
    for (std::size_t n : {1u, 2u, 8u, 32u, 64u, 256u, 1024u}) {
      std::vector<gl> x[3] = {random_column(n, 1), random_column(n, 2), random_column(n, 3)},
                      scratch(inversion_scratch * n);
      const std::vector<gl> before[3] = {x[0], x[1], x[2]};
      gl* const runs[3] = {x[0].data(), x[1].data(), x[2].data()};
      invert_runs(best_block_ops(), runs, n, scratch.data());
      for (std::size_t i = 0; i < n; ++i)
        REQUIRE(gl3(x[0][i], x[1][i], x[2][i]) * gl3(before[0][i], before[1][i], before[2][i]) ==
                gl3::one());
    }
  });
}

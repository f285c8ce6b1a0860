#include "runtime/stark/recursion_prover/circuit_prover.hpp"

#include <catch2/catch.hpp>

#include "runtime/stark/circuit/builder.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

/// The first public value is the product of two inputs, the others are inputs too.
circuit product_circuit() {
  circuit_builder b;
  const auto words = b.publics();
  b.assert_equal(words[0], b.input_base() * b.input_base());
  for (unsigned i = 1; i < 8; ++i) b.assert_equal(words[i], b.input_base());
  return b.finish();
}

struct claim {
  std::vector<gl> input{gl(6u), gl(7u)};
  std::array<gl, 8> publics{gl(42u)};
  claim() {
    for (unsigned i = 1; i < 8; ++i) input.push_back(publics[i] = gl(i));
  }
};

}  // namespace

TEST_CASE("circuit prover: its proofs hold for their public values and no others",
          "[circuit_prover]") {
  const auto backend = make_cpu_backend(2);
  for (const proof_params* params : {&insecure_poseidon2, &insecure_keccak}) {
    circuit_prover prover(*params, product_circuit(), *backend);
    CHECK_FALSE(prover.is_ready());
    const claim c;
    const auto proof = prover.prove(c.input, c.publics);
    REQUIRE(proof.ok());
    CHECK(verify_circuit(*params, prover.key(), c.publics, *proof).ok());
    for (unsigned i = 0; i < 8; ++i) {
      auto other = c.publics;
      other[i] += gl::one();
      CHECK_FALSE(verify_circuit(*params, prover.key(), other, *proof).ok());
    }
    bytes longer = *proof;
    longer.push_back(0);
    CHECK_FALSE(verify_circuit(*params, prover.key(), c.publics, longer).ok());
  }
}

TEST_CASE("circuit prover: what does not hold is named and not proved", "[circuit_prover]") {
  const auto backend = make_cpu_backend(2);
  circuit_prover prover(insecure_poseidon2, product_circuit(), *backend);
  claim c;
  c.publics[0] += gl::one();
  const auto wrong = prover.prove(c.input, c.publics);
  REQUIRE_FALSE(wrong.ok());
  CHECK(std::get<circuit_failure>(wrong.error().what).what == circuit_error::assertion);
  CHECK(wrong.error().text().starts_with("the circuit does not hold: "));
  // It was found before anything was committed to.
  CHECK_FALSE(prover.is_ready());
}

TEST_CASE("circuit prover: a key that was let go of is made again, the same", "[circuit_prover]") {
  const auto backend = make_cpu_backend(2);
  circuit_prover prover(insecure_poseidon2, product_circuit(), *backend);
  const hash256 digest = prover.key().digest();
  const claim c;
  const auto before = prover.prove(c.input, c.publics);
  REQUIRE(before.ok());
  prover.let_go();
  CHECK_FALSE(prover.is_ready());
  CHECK(prover.key().digest() == digest);
  const auto after = prover.prove(c.input, c.publics);
  REQUIRE(after.ok());
  CHECK(*after == *before);
  CHECK(prover.is_ready());
}

TEST_CASE("circuit prover: where its memory is not enough it says so, and loses nothing",
          "[circuit_prover]") {
  const claim c;
  const auto any = make_cpu_backend(2);
  const segment_memory needs = circuit_prover(insecure_poseidon2, product_circuit(), *any).memory();
  REQUIRE(needs.key_bytes < needs.peak_bytes);
  const auto tight = make_cpu_backend(2, needs.peak_bytes / 2);
  circuit_prover starved(insecure_poseidon2, product_circuit(), *tight);
  const auto none = starved.prove(c.input, c.publics);
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().is_out_of_memory());
  const auto enough = make_cpu_backend(2, needs.peak_bytes);
  circuit_prover fed(insecure_poseidon2, product_circuit(), *enough);
  CHECK(fed.prove(c.input, c.publics).ok());
}

#include <iostream>

#include "runtime/stark/circuit/element_source.hpp"
#include "runtime/stark/circuit/recorded_values.hpp"
#include "test/unit/circuit/circuit_fixture.hpp"
#include "test/unit/stark/proving_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

// Whole paths.
constexpr proof_params params_of_test() {
  proof_params p = insecure_poseidon2;
  p.cap_log2 = 0;
  return p;
}

// One segment of the toy machine, and the circuit that verifies its proof. Public values are input.
struct verified_toy {
  proving_fixture fixture{params_of_test()};
  proved honest;
  std::vector<u8> heights;
  circuit made;

  verified_toy() {
    auto traces = toy::make_segments(1, {}, 5);
    honest = fixture.prove(std::move(traces));
    heights = read_commitment(fixture.key.key, honest.proofs[0])->heights_log2;
    made = record();
  }

  circuit record() const {
    const verifying_key& key = fixture.key.key;
    circuit_builder b;
    recorded_values values(
        b, key,
        wire_evaluators<
            chip_list<toy::fibonacci, toy::range_table, toy::writer, toy::reader, toy::relay>>());
    std::vector<std::vector<wire>> publics;
    for (const auto& of : honest.publics[0]) {
      publics.emplace_back();
      for (std::size_t i = 0; i < of.size(); ++i) publics.back().push_back(b.input_base());
    }
    const quad global_root = values.read_digest();

    recorded_transcript global(b, transcript_of_key(fixture.params, key));
    global.absorb_number(transcript_item::segment_count, gl(1u));
    absorb_statement(global, b, heights, global_root, publics);
    const wire alpha = global.challenge(), beta = global.challenge();

    recorded_transcript t(b, transcript_of_key(fixture.params, key));
    absorb_statement(t, b, heights, global_root, publics);
    std::array<gl, 4> fixed_root;
    for (unsigned i = 0; i < 4; ++i) fixed_root[i] = gl(load_le64(key.fixed_root.data() + 8 * i));
    segment_check<recorded_values> check(
        fixture.params, key,
        {publics, {alpha, beta}, heights, b.constant_quad(fixed_root), global_root}, t, values);
    REQUIRE(check.run().ok());
    b.section("global buses");
    b.assert_zero(check.global_sum());
    return b.finish(circuit_builder::output::none);
  }

  // The circuit's input for a proof: what a verifier reads of it, as far as it gets.
  std::vector<gl> input_of(const proved& p) const {
    std::vector<gl> input;
    for (const auto& of : p.publics[0]) input.insert(input.end(), of.begin(), of.end());
    byte_source from(p.proofs[0], hash_kind::poseidon2);
    element_source source(from, input);
    const segment_commitment c = read_commitment(fixture.key.key, source);
    const bus_challenge global =
        global_challenge_of(fixture.params, fixture.key.key, {&c, 1}, p.publics);
    (void)verify_segment(fixture.params, fixture.key.key, {p.publics[0], global}, c, source);
    return input;
  }
};

const verified_toy& toy_circuit() {
  static const verified_toy made;
  return made;
}

}  // namespace

TEST_CASE("circuit: it verifies a proof as the verifier does", "[circuit][verifier]") {
  const verified_toy& v = toy_circuit();
  REQUIRE(!v.fixture.error_of(v.honest));
  const std::vector<gl> input = v.input_of(v.honest);
  CHECK(input.size() == v.made.input_elements);
  CHECK(run_and_check(v.made, input) == "");
  std::cout << "circuit of the toy machine's verifier: " << v.made.alu.size() << " rows of alu, "
            << v.made.sponge.size() << " of sponge\n";
}

TEST_CASE("circuit: no element of a proof can be another", "[circuit][verifier][tamper]") {
  const verified_toy& v = toy_circuit();
  const std::vector<gl> input = v.input_of(v.honest);
  std::mt19937_64 rng(12);
  for (std::size_t i = 0; i < input.size(); ++i) {
    auto wrong = input;
    wrong[i] = i % 3 == 0 ? random_gl(rng) : wrong[i] + gl::one();
    const auto w = run_circuit(v.made, wrong, {});
    INFO("element " << i << " of " << input.size());
    REQUIRE(!w.ok());
    CHECK(w.error().what == circuit_error::assertion);
  }
}

TEST_CASE("circuit: a proof by Keccak that a proof by Poseidon2 was verified",
          "[circuit][verifier]") {
  const verified_toy& v = toy_circuit();
  const auto w = run_circuit(v.made, v.input_of(v.honest), {});
  REQUIRE(w.ok());
  const prover_air airs[2] = {prover_air_of<alu_chip>(), prover_air_of<sponge_chip>()};
  const auto backend = make_cpu_backend(2);
  const proving_key key =
      make_proving_key(insecure_keccak, *backend, {&airs[0], &airs[1]}, v.made.fixed());
  const std::vector<std::vector<std::vector<gl>>> claims = {w->public_lists()};
  const auto is_accepted = [&](const std::vector<matrix>& main) {
    std::vector<segment_trace> traces(1);
    traces[0] = {main, w->public_lists()};
    const auto proofs = prove_segments(insecure_keccak, key, *backend, std::move(traces));
    REQUIRE(proofs.ok());
    const std::vector<bytes_view> views((*proofs).begin(), (*proofs).end());
    return verify_segments(insecure_keccak, key.key, claims, views).ok();
  };
  CHECK(is_accepted(w->main));
  // A sibling of a path, and a value that a row of sums gives.
  auto forged = w->main;
  forged[1].at(v.made.sponge.size() - 1, 5) += gl::one();
  CHECK(!is_accepted(forged));
  forged = w->main;
  forged[0].at(v.made.alu.size(), 10) += gl::one();
  CHECK(!is_accepted(forged));
}

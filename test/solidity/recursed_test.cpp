#include "runtime/stark/solidity/circuit_machine.hpp"
#include "test/solidity/fixture.hpp"
#include "test/solidity/guest_verdict.hpp"
#include "test/unit/recursion/recursion_fixture.hpp"

// What the tests of Solidity have of real recursion: two batches' runs of a small program, proved,
// joined, and proved for L1; at parameters that are not secure.

using namespace ashlar;
using namespace ashlar::test;

namespace {

proved_claim whole_run(const recursion_fixture& f, const base_run& r) {
  proved_claim out = f.wrapped(r, 0);
  for (u32 i = 1; i <= r.run.segments; ++i) out = f.joined(out, f.wrapped(r, i));
  return out;
}

bytes prove_outer(const circuit& outer, const proving_key& key, prover_backend& backend,
                  const outer_input& input) {
  auto w = run_circuit(outer, input.elements, input.publics);
  REQUIRE(w.ok());
  std::vector<segment_trace> traces;
  traces.push_back({std::move(w->main), w->public_lists()});
  auto proofs = prove_segments(insecure_keccak, key, backend, std::move(traces));
  REQUIRE(proofs.ok());
  return std::move((*proofs)[0]);
}

}  // namespace

TEST_CASE("a list of batches, proved by recursion, is written for the tests of Solidity") {
  const recursion_fixture& f = recursion_fixture::shared();
  const auto backend = make_cpu_backend(2);
  // given
  const auto outer = record_outer(f.params());
  REQUIRE(outer.ok());
  const proving_key key =
      make_proving_key(insecure_keccak, *backend, circuit_prover_airs(), outer->fixed());
  const auto for_contracts = outer_key(f.params(), insecure_keccak, *backend);
  REQUIRE(for_contracts.ok());
  CHECK(for_contracts->fixed_root == key.key.fixed_root);
  const circuit_machine l1("Recursed", insecure_keccak, *for_contracts);
  // when
  subject one, two;
  hash256 list;
  std::vector<proved_claim> batches;
  for (unsigned i = 0; i < 2; ++i) {
    const base_run& r = f.run(i);
    batches.push_back(f.completed(whole_run(f, r), r, list));
    list = list_with(list, r.run.output);
    two.inputs.push_back(r.run.output);
    if (i == 0) one.inputs = two.inputs;
  }
  for (const auto& [of, claim] :
       {std::pair(&one, batches[0]), std::pair(&two, f.joined(batches[0], batches[1]))}) {
    of->list = list_digest(of->inputs);
    // then
    CHECK(of->list == l1_form(claim.claim.to.state));
    const auto input = input_of_outer(f.params(), f.set(), claim);
    REQUIRE(input.ok());
    of->proof = prove_outer(*outer, key, *backend, *input);
  }
  const hash256 root = l1_form(f.root());
  const guest_verifier guest(ASHLAR_CIRCUIT_CHECK_ELF, l1.machine(), root);
  write_fixture(ASHLAR_SOLIDITY_DIR, l1.machine(), root, two, one, true, &guest);
}

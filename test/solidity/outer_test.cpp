#include <catch2/catch.hpp>

#include "actors/node/process/whole_file.hpp"
#include "actors/node/proving/outer_proof.hpp"
#include "actors/node/proving/pinned_circuits.hpp"
#include "actors/publisher/run_policy.hpp"
#include "runtime/stark/recursion_prover/secure_plan.hpp"
#include "runtime/stark/solidity/circuit_machine.hpp"
#include "runtime/stark/solidity/verification.hpp"

// The verifier that the build makes for chains: of the outermost circuit, at secure parameters.

using namespace ashlar;
using namespace ashlar::node;

namespace {

const stark::circuit_pin& pin() {
  const auto& pinned = pinned_circuits();
  if (!pinned) FAIL(pinned.error());
  return *pinned;
}

l1::contract_artifacts compiled() {
  auto made = l1::contract_artifacts::load(ASHLAR_VERIFIER_FILE);
  if (!made) FAIL(made.error());
  return std::move(*made);
}

auto open(const stark::circuit_key& outer) {
  return outer_verifier::open(compiled(), stark::recursion_outer_params, outer,
                              pin().keys.set.root());
}

}  // namespace

TEST_CASE("outer verifier: what is compiled is what the generator writes") {
  const std::string source = stark::outer_source(stark::recursion_outer_params, pin().keys.outer);
  const auto built = read_whole(ASHLAR_VERIFIER_SOURCE);
  if (!built) FAIL(built.error());
  CHECK(std::string(built->begin(), built->end()) == source);
  CHECK(source == stark::outer_source(stark::recursion_outer_params, pin().keys.outer));
}

TEST_CASE("outer verifier: L1 takes each contract, and each deployment") {
  constexpr std::size_t code_bytes_max = 24'576;          // EIP-170
  constexpr std::size_t init_code_bytes_max = 49'152;     // EIP-3860
  constexpr std::size_t transaction_bytes_max = 131'072;  // of public mempools
  const auto all = compiled();
  const auto opened = open(pin().keys.outer);
  if (!opened) FAIL(opened.error());
  const verifier_contracts& contracts = (*opened)->contracts();
  REQUIRE(contracts.size() >= 4);
  for (const stark::verifier_contract& one : contracts) {
    INFO(one.symbol);
    const auto* artifact = all.find(std::string(stark::outer_name) + one.symbol);
    REQUIRE(artifact != nullptr);
    CHECK(!artifact->runtime.empty());
    CHECK(artifact->runtime.size() <= code_bytes_max);
    CHECK(one.init_code.size() <= init_code_bytes_max);
    CHECK(one.deployment().size() + 1'000 <= transaction_bytes_max);
  }
  CHECK(contracts.back().symbol == "Verifier");
}

TEST_CASE("outer verifier: a proof and each of its transactions fit into what L1 takes") {
  constexpr std::size_t proof_bytes_max = 400 * 1024;
  constexpr std::size_t transaction_bytes_max = 128 * 1024;  // of public mempools
  constexpr u64 transaction_gas_max = u64{1} << 24;          // EIP-7825
  constexpr u64 gas_max = 15'000'000;
  // given: what follows from the pinned circuit alone
  const auto& params = stark::recursion_outer_params;
  const stark::circuit_machine circuit(std::string(stark::outer_name), params, pin().keys.outer);
  const stark::proof_plan plan(circuit.machine());
  CHECK(plan.proof_bytes(params.queries) <= proof_bytes_max);
  // when: as many batches are concluded as one proof has by default
  const std::size_t batches = publisher::run_policy{}.batches_max;
  const auto conclusion_bytes = [](std::size_t n) { return 4 + 64 + 32 * n; };
  struct call {
    const char* what;
    std::size_t times, bytes;
    std::size_t batches = 0;
  };
  u64 floor = 0;
  for (const call& c : {call{"head", 1, plan.begin_bytes()},
                        call{"rows", plan.rows_batches, plan.open_rows_bytes()},
                        call{"leaves", plan.leaves_calls, plan.open_leaves_bytes(params.queries)},
                        call{"conclude", 1, conclusion_bytes(batches), batches}}) {
    INFO(c.what << ", " << c.times << " of " << c.bytes << " bytes");
    // then: the envelope has room, and what the call may use, too, without being cut
    CHECK(c.bytes + 1'000 <= transaction_bytes_max);
    CHECK(stark::call_gas_limit(c.bytes, c.batches) < transaction_gas_max);
    floor += c.times * (21'000 + 40 * c.bytes);  // EIP-7623, of bytes that are not zero
  }
  CHECK(conclusion_bytes(stark::list_batches_max) + 1'000 <= transaction_bytes_max);
  // What bytes cost; the whole, instructions too, is measured by `./dev bench` and `demo`.
  CHECK(floor <= gas_max);
}

TEST_CASE("outer verifier: contracts of another circuit are refused") {
  stark::circuit_key other = pin().keys.outer;
  other.fixed_root[31] ^= 1;
  const auto opened = open(other);
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().find("another outer circuit") != std::string::npos);
}

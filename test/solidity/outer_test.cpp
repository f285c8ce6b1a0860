#include <catch2/catch.hpp>

#include "actors/node/process/whole_file.hpp"
#include "actors/node/proving/outer_proof.hpp"
#include "actors/node/proving/pinned_circuits.hpp"
#include "runtime/stark/recursion_prover/secure_plan.hpp"

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

TEST_CASE("outer verifier: contracts of another circuit are refused") {
  stark::circuit_key other = pin().keys.outer;
  other.fixed_root[31] ^= 1;
  const auto opened = open(other);
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().find("another outer circuit") != std::string::npos);
}

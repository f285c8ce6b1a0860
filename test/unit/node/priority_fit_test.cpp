#include "actors/node/proving/priority_fit.hpp"

#include <catch2/catch.hpp>

#include "actors/prover/prover_config.hpp"
#include "runtime/evm/cycle_meter.hpp"

using namespace ashlar;
using namespace ashlar::node;

namespace {

const stark::proof_params& params = stark::segment128;
constexpr u64 gib = u64{1} << 30;

}  // namespace

TEST_CASE("an operation's proof is bounded by its gas, whatever it does") {
  const operation_proof one = largest_operation_proof(1'000'000, params);
  CHECK(one.cycles >= evm::operation_cycles_max(1'000'000));
  CHECK(one.cycles < evm::operation_cycles_max(1'000'000) + 1'000'000);
  // some 9 MB a million cycles
  CHECK(one.bytes > one.cycles * 6);
  CHECK(one.bytes < one.cycles * 12);
  CHECK(largest_operation_proof(2'000'000, params).bytes > one.bytes);
}

TEST_CASE("the gas that fits a limit fits, and no more does") {
  for (const u64 most : {gib / 4, 2 * gib, 4 * gib}) {
    const u64 gas = provable_operation_gas(most, params);
    CHECK(gas > 0);
    CHECK(largest_operation_proof(gas, params).bytes <= most);
    if (gas < txn_gas_highest) CHECK(largest_operation_proof(gas + 1, params).bytes > most);
  }
  CHECK(provable_operation_gas(1, params) == 0);
  CHECK(provable_operation_gas(~u64{0}, params) == txn_gas_highest);
}

TEST_CASE("a contract's limit that a worker may not prove, or no block holds, is named") {
  const chain_config chain;
  const u64 fits = provable_operation_gas(2 * gib, params);
  CHECK(check_priority_gas(fits, chain, 2 * gib, params).empty());
  const std::string large = check_priority_gas(16'000'000, chain, 2 * gib, params);
  CHECK_THAT(large, Catch::Contains("up to 16000000 gas (priorityGasMax)"));
  CHECK_THAT(large, Catch::Contains("over prover.proof_bytes_max (2147483648)"));
  CHECK_THAT(large, Catch::Contains("a priorityGasMax of " + std::to_string(fits)));
  // a node that proves nothing has no limit of its own
  CHECK(check_priority_gas(16'000'000, chain, 0, params).empty());
  chain_config narrow;
  narrow.block_gas_limit = 1'000'000;
  CHECK_THAT(check_priority_gas(1'000'001, narrow, 0, params), Catch::Contains("never be taken"));
  CHECK(check_priority_gas(1'000'000, narrow, 0, params).empty());
}

TEST_CASE("the largest operation of new chains is proved by default limits") {
  const u64 bytes = prover::prover_config{}.proof_bytes_max;
  CHECK(priority_gas_max_default <= provable_operation_gas(bytes, params));
}

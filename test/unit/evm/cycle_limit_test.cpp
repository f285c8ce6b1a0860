#include <catch2/catch.hpp>

#include "test/unit/evm/evm_world.hpp"

// A limit of the meter of proving cycles stops an execution soon after it has passed it, whatever
// the execution spends its gas on, in both loops.

using namespace ashlar;
using namespace ashlar::evm;
using test::address_of;
using test::evm_world;

namespace {

constexpr u64 limit = 20'000'000;
/// What may come above the limit: what a loop has not told, and what one operation takes.
constexpr u64 slack = 2 * static_cast<u64>(cycles_untold_max) + 1'000'000;

struct run {
  call_outcome outcome;
  u64 cycles = 0;
};

run run_of(evm_world& w, u64 gas, u64 cycles_max, u32 translate_after_runs) {
  workspace space{{.translate_after_runs = translate_after_runs}};
  state over{w.reader, &space};
  over.meter().set_limit(cycles_max);
  call_request r;
  r.from = w.sender;
  r.to = w.contract;
  r.gas_limit = gas;
  run out{execute_call(over, w.env, r), 0};
  out.cycles = over.meter().cycles();
  return out;
}

/// `gas` is for something more than five times the limit: what the code takes of a block's gas
/// would be up to four hundred times.
void check_stops(evm_world& w, u64 gas) {
  for (const u32 translate : {0u, ~0u}) {
    // given: it takes far more than the limit
    const run whole = run_of(w, gas, ~u64{0}, translate);
    REQUIRE(whole.cycles > 5 * limit);
    // when
    const run stopped = run_of(w, gas, limit, translate);
    // then
    CHECK(stopped.cycles > limit);
    CHECK(stopped.cycles < limit + slack);
    CHECK_FALSE(stopped.outcome.success);
    CHECK(stopped.outcome.reason == halt_reason::proving_limit);
    // and: a limit that it keeps changes nothing
    const run kept = run_of(w, gas, whole.cycles, translate);
    CHECK(kept.cycles == whole.cycles);
    CHECK(kept.outcome.reason == whole.outcome.reason);
    CHECK(kept.outcome.gas_used == whole.outcome.gas_used);
  }
}

/// Runs `body`, which leaves the stack as it was, until the gas is used up.
std::string loop_of(std::string_view body) {
  return "0x5b" + std::string(body) + "5f56";
}

}  // namespace

TEST_CASE("the meter's limit stops arithmetic") {
  evm_world w;
  w.deploy(w.contract, loop_of("3030300950"));
  check_stops(w, 5'000'000);
}

TEST_CASE("the meter's limit stops a loop that jumps on a condition") {
  evm_world w;
  w.deploy(w.contract, "0x5b303030095060015f57");
  check_stops(w, 5'000'000);
}

TEST_CASE("the meter's limit stops powers, hashes and logs") {
  evm_world w;
  w.env.memory = {~u64{0}, ~u64{0}};
  u64 gas = 0;
  SECTION("EXP by the largest exponent") {
    gas = 20'000'000;
    w.deploy(w.contract, loop_of("5f1930"
                                 "0a50"));
  }
  SECTION("KECCAK256 of 30 KiB") {
    gas = 2'500'000;
    w.deploy(w.contract, loop_of("617800"
                                 "5f"
                                 "2050"));
  }
  SECTION("LOG0 of 8 KiB") {
    gas = 50'000'000;
    w.deploy(w.contract, loop_of("612000"
                                 "5f"
                                 "a0"));
  }
  check_stops(w, gas);
}

TEST_CASE("the meter's limit stops calls of precompiles before they run") {
  evm_world w;
  // 30 KiB to SHA-256
  w.deploy(w.contract, loop_of("5f5f6178005f60025afa50"));
  check_stops(w, 400'000);
}

TEST_CASE("the meter's limit counts what the callers took: recursion passes it no further") {
  evm_world w;
  // MULMOD four hundred times, then a call of itself with all gas
  std::string code = "0x";
  for (int i = 0; i < 400; ++i) code += "3030300950";
  code += "5f5f5f5f5f305af1";
  w.deploy(w.contract, code);
  check_stops(w, 100'000'000);
}

TEST_CASE("the meter's limit stops creations and their callers") {
  evm_world w;
  // the initcode is this code: MULMOD a hundred times, then CREATE of all of it
  std::string code = "0x";
  for (int i = 0; i < 100; ++i) code += "3030300950";
  code += "385f5f39385f5ff0505f56";
  w.deploy(w.contract, "0x5b" + code.substr(2));
  check_stops(w, 100'000'000);
}

#include <catch2/catch.hpp>

#include "runtime/stark/machine/run_prover.hpp"
#include "test/support/random_riscv.hpp"
#include "test/support/riscv_oracle.hpp"

using namespace ashlar;
using namespace ashlar::stark;
using namespace ashlar::test;

// Instructions of every kind with corner operands, by the emulator, by an interpreter that shares
// nothing with it, and by a proof that the verifier takes for the interpreter's output and no
// other.
TEST_CASE("random programs are proved to do what an independent interpreter does") {
  const auto backend = make_cpu_backend();
  for (u64 seed = 31; seed < 37; ++seed) {
    CAPTURE(seed);
    const assembly a = random_riscv(seed);
    riscv_oracle oracle(a, {});
    REQUIRE(oracle.run(1'000'000) == riscv_oracle::state::halted);
    REQUIRE(oracle.output);
    const riscv::program program = a.assemble();
    const run_proving_key key = make_run_key(insecure_test, *backend, program);
    run_proof_options options;
    options.segments.cycles = 200 + 150 * static_cast<u32>(seed % 4);

    const auto run = prove_run(insecure_test, key, *backend, program, {}, options);
    REQUIRE(run.ok());
    CHECK(run->run.cycles == oracle.steps);
    CHECK(verify_run(insecure_test, key.verifier(), *oracle.output, run->proof).ok());
    hash256 other = *oracle.output;
    other[seed % 32] ^= 0x10;
    CHECK_FALSE(verify_run(insecure_test, key.verifier(), other, run->proof).ok());
  }
}

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

TEST_CASE("random programs are proved on the recursion machine too, with the calls that hash") {
  const auto backend = make_cpu_backend();
  std::array<u64, 32> calls{};
  for (u64 seed = 131; seed < 136; ++seed) {
    CAPTURE(seed);
    const assembly a = random_riscv(seed, {300, false, true});
    const std::vector<u32> input = random_riscv_input(seed);
    riscv_oracle oracle(a, input);
    REQUIRE(oracle.run(1'000'000) == riscv_oracle::state::halted);
    REQUIRE(oracle.output);
    const riscv::program program = a.assemble();
    const run_proving_key key =
        make_run_key(insecure_test, *backend, program, machine_kind::recursion);
    run_proof_options options;
    options.segments.cycles = 200 + 150 * static_cast<u32>(seed % 4);

    const auto run = prove_run(insecure_test, key, *backend, program, input, options);
    REQUIRE(run.ok());
    CHECK(run->run.cycles == oracle.steps);
    for (std::size_t i = 0; i < calls.size(); ++i) calls[i] += run->run.ecalls[i];
    CHECK(verify_run(insecure_test, key.verifier(), *oracle.output, run->proof).ok());
    hash256 other = *oracle.output;
    other[seed % 32] ^= 0x10;
    CHECK_FALSE(verify_run(insecure_test, key.verifier(), other, run->proof).ok());
    // A key names its machine: the same program's for executions takes no such proof.
    const run_key execution = make_run_key(insecure_test, *backend, program).verifier();
    CHECK(execution.digest() != key.verifier().digest());
    CHECK_FALSE(verify_run(insecure_test, execution, *oracle.output, run->proof).ok());
  }
  for (const u32 call : {1u, 19u, 20u, 21u, 22u, 23u}) CHECK(calls[call] > 0);
}

TEST_CASE("a run with a call that its machine has no chip for has no proof") {
  const auto backend = make_cpu_backend();
  const auto failure = [&](u32 number, machine_kind machine) {
    assembly a;
    a.call(number, {0x1000, 0x1000, 0x1000, 0, 0}).call(2, {0x1000}).halt();
    const riscv::program program = a.assemble();
    const run_proving_key key = make_run_key(insecure_test, *backend, program, machine);
    const auto run = prove_run(insecure_test, key, *backend, program, {});
    return run ? std::string() : run.error().text();
  };
  for (const u32 number : {16u, 17u, 23u}) {
    const bool hashes_proofs = number == 23;
    const std::string refused =
        failure(number, hashes_proofs ? machine_kind::execution : machine_kind::recursion);
    CHECK(refused.find("no chip") != std::string::npos);
    CHECK(failure(number, hashes_proofs ? machine_kind::recursion : machine_kind::execution) == "");
  }
}

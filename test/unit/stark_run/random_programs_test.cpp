#include <catch2/catch.hpp>

#include "runtime/stark/chips/machines.hpp"
#include "runtime/stark/machine/run_prover.hpp"
#include "test/support/random_riscv.hpp"
#include "test/support/riscv_oracle.hpp"

using namespace ashlar;
using namespace ashlar::stark;
using namespace ashlar::test;

namespace {

/// Which instructions were executed and which calls made, in programs that were proved.
struct proved_parts {
  std::array<u64, riscv::operation_count> operations{};
  std::array<u64, 32> calls{};

  /// The oracle's run to its end, counted; how it ends is the caller's to check.
  riscv_oracle::state follow(riscv_oracle& oracle, const riscv::program& program) {
    auto state = riscv_oracle::state::running;
    for (u64 steps = 0; state == riscv_oracle::state::running && steps < 1'000'000; ++steps) {
      const std::size_t at = (oracle.pc - program.base) / 4;
      if (at < program.code.size()) ++operations[static_cast<std::size_t>(program.code[at].op)];
      state = oracle.step();
    }
    return state;
  }
  void add(const riscv::run_result& run) {
    for (std::size_t i = 0; i < calls.size(); ++i) calls[i] += run.ecalls[i];
  }
  /// Every operation there is, and every call that the machine has a chip for.
  void check_complete(riscv::ecall_set machine) const {
    for (std::size_t op = 0; op < operations.size(); ++op) {
      CAPTURE(op);
      CHECK((operations[op] > 0) == (op != static_cast<std::size_t>(riscv::operation::illegal)));
    }
    for (u32 call = 0; call < calls.size(); ++call) {
      CAPTURE(call);
      CHECK((calls[call] > 0) ==
            (riscv::is_ecall(call) && machine.has(static_cast<riscv::ecall>(call))));
    }
  }
};

}  // namespace

// Instructions of every kind with corner operands, by the emulator, by an interpreter that shares
// nothing with it, and by a proof that the verifier takes for the interpreter's output and no
// other.
TEST_CASE("random programs are proved to do what an independent interpreter does") {
  const auto backend = make_cpu_backend();
  proved_parts proved;
  for (u64 seed = 31; seed < 37; ++seed) {
    CAPTURE(seed);
    const assembly a = random_riscv(seed, {400, seed % 2 == 0});
    const std::vector<u32> input = random_riscv_input(seed);
    const riscv::program program = a.assemble();
    riscv_oracle oracle(a, input);
    REQUIRE(proved.follow(oracle, program) == riscv_oracle::state::halted);
    REQUIRE(oracle.output);
    const run_proving_key key = make_run_key(insecure_test, *backend, program);
    run_proof_options options;
    options.segments.cycles = 200 + 150 * static_cast<u32>(seed % 4);

    const auto run = prove_run(insecure_test, key, *backend, program, input, options);
    REQUIRE(run.ok());
    CHECK(run->run.cycles == oracle.steps);
    proved.add(run->run);
    CHECK(verify_run(insecure_test, key.verifier(), *oracle.output, run->proof).ok());
    hash256 other = *oracle.output;
    other[seed % 32] ^= 0x10;
    CHECK_FALSE(verify_run(insecure_test, key.verifier(), other, run->proof).ok());
  }
  proved.check_complete(calls_of<execution_chips>());
}

TEST_CASE("random programs are proved on the recursion machine too, with the calls that hash") {
  const auto backend = make_cpu_backend();
  proved_parts proved;
  for (u64 seed = 131; seed < 136; ++seed) {
    CAPTURE(seed);
    const assembly a = random_riscv(seed, {300, false, true});
    const std::vector<u32> input = random_riscv_input(seed);
    const riscv::program program = a.assemble();
    riscv_oracle oracle(a, input);
    REQUIRE(proved.follow(oracle, program) == riscv_oracle::state::halted);
    REQUIRE(oracle.output);
    const run_proving_key key =
        make_run_key(insecure_test, *backend, program, machine_kind::recursion);
    run_proof_options options;
    options.segments.cycles = 200 + 150 * static_cast<u32>(seed % 4);

    const auto run = prove_run(insecure_test, key, *backend, program, input, options);
    REQUIRE(run.ok());
    CHECK(run->run.cycles == oracle.steps);
    proved.add(run->run);
    CHECK(verify_run(insecure_test, key.verifier(), *oracle.output, run->proof).ok());
    hash256 other = *oracle.output;
    other[seed % 32] ^= 0x10;
    CHECK_FALSE(verify_run(insecure_test, key.verifier(), other, run->proof).ok());
    // A key names its machine: the same program's for executions takes no such proof.
    const run_key execution = make_run_key(insecure_test, *backend, program).verifier();
    CHECK(execution.digest() != key.verifier().digest());
    CHECK_FALSE(verify_run(insecure_test, execution, *oracle.output, run->proof).ok());
  }
  proved.check_complete(calls_of<recursion_chips>());
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
  for (const u32 number : {16u, 17u, 20u, 23u}) {
    const bool hashes_proofs = number == 20 || number == 23;
    const std::string refused =
        failure(number, hashes_proofs ? machine_kind::execution : machine_kind::recursion);
    CHECK(refused.find("no chip") != std::string::npos);
    CHECK(failure(number, hashes_proofs ? machine_kind::recursion : machine_kind::execution) == "");
  }
}

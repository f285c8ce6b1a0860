#include <catch2/catch.hpp>

#include "runtime/riscv/machine.hpp"
#include "runtime/stark/machine/run_prover.hpp"
#include "runtime/types/batch.hpp"
#include "test/support/batch_workload.hpp"
#include "test/support/guest_file.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

/// insecure_test with room for the program's table.
stark::proof_params roomy() {
  stark::proof_params p = stark::insecure_test;
  p.height_log2_max = p.narrow_log2_max = 20;
  return p;
}

/// The program, with one key for all batches.
struct stf_prover {
  stark::proof_params params = roomy();
  riscv::program program = guest_program(ASHLAR_STF_ELF);
  std::unique_ptr<stark::prover_backend> backend = stark::make_cpu_backend();
  stark::run_proving_key proving = stark::make_run_key(params, *backend, program);
  stark::run_key key = proving.verifier();
};

}  // namespace

TEST_CASE("ten of the thousand random batches are proved, each as the native function has it") {
  stf_prover stf;
  for (u64 seed = 1'000; seed < 1'010; ++seed) {
    // given
    batch_workload work(seed);
    const auto sealed = next_of_thousand(work, seed, 0);
    const hash256 expected = public_input_hash(sealed.native.input);
    // when
    const auto proved =
        stark::prove_run(stf.params, stf.proving, *stf.backend, stf.program,
                         riscv::input_words(stf::encode_batch_witness(sealed.witness)));
    // then
    INFO("seed " << seed << (proved.ok() ? std::string() : proved.error().text()));
    REQUIRE(proved.ok());
    CHECK(proved->output == expected);
    CHECK(stark::verify_run(stf.params, stf.key, expected, proved->proof).ok());
    // and for no other public input
    hash256 other = expected;
    other[seed % 32] ^= 1;
    CHECK_FALSE(stark::verify_run(stf.params, stf.key, other, proved->proof).ok());
  }
}

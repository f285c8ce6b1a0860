#pragma once

#include <memory>

#include "actors/prover/proof_engine.hpp"
#include "runtime/store/batch_store.hpp"
#include "runtime/types/batch.hpp"

namespace ashlar::test {

/// What a tiny engine proves: that its program ran on this witness. The program reads the batch's
/// public input hash, works for some rounds, and commits to the hash.
bytes tiny_witness(const hash256& public_input_hash, u32 rounds);

/// Real proofs of a program of some twenty instructions with the insecure_test parameters, some
/// tenths of a second each: for tests of what is around proofs. A round is four cycles. `salt`
/// makes it another program.
std::unique_ptr<prover::proof_engine> make_tiny_engine(u32 salt = 0, u32 segment_cycles = 64);

/// Engines that say they prove what a tiny engine proves, and do not.
enum class lie : u8 {
  random_bytes,
  another_state,    ///< a proof that holds, of a batch that ends in another state
  another_chain,    ///< a proof that holds, of this batch on another chain
  another_program,  ///< a proof of this public input by a program that is not ours
};
/// `batch`: the public input that a witness of its is for, whichever that witness is.
std::unique_ptr<prover::proof_engine> make_liar(lie what, const public_input& batch);

}  // namespace ashlar::test

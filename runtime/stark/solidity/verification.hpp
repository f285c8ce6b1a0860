#pragma once

#include "runtime/stark/solidity/batch_list.hpp"
#include "runtime/stark/solidity/proof_plan.hpp"

// A proof as its verification on L1 takes it: the data of every call, in order. All of it follows
// from the proof, so nothing is asked of L1 before a call is sent.
namespace ashlar::stark {

struct verification_call {
  enum class receiver : u8 { head, rows, verifier };
  receiver to = receiver::head;
  bytes calldata;
  u64 gas_limit = 0;  ///< of the whole transaction: call_gas_limit
};

/// More gas than a call can use that has so many bytes of data and concludes so many batches, but
/// no more than a transaction may have.
u64 call_gas_limit(std::size_t data_bytes, std::size_t batches = 0) noexcept;

struct verification {
  hash256 list;    ///< list_digest of the batches
  hash256 output;  ///< list_output: recorded by the last call
  /// begin, the batches of rows, the calls for leaves, conclude.
  std::vector<verification_call> calls;
  /// A view of the verifier: how many of the calls are done, one word.
  bytes progress_call;
};

/// The calls that verify `proof` and conclude the list of batches with these public inputs. The
/// proof is verified natively first. Precondition: 1 to list_batches_max inputs, a canonical root.
result<verification, verify_failure> verification_of(const l1_machine& machine,
                                                     const hash256& set_root,
                                                     std::span<const hash256> inputs,
                                                     bytes_view proof);

}  // namespace ashlar::stark

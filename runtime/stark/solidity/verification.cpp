#include "runtime/stark/solidity/verification.hpp"

#include <algorithm>

#include "runtime/base/u256.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/stark/solidity/call_contexts.hpp"
#include "runtime/stark/solidity/verifier_source.hpp"

namespace ashlar::stark {

namespace {

// No call uses more: a byte costs 40, or 16 and the work that it causes; the rest is what tables of
// powers and the evaluation of all constraints take (README.md, Gas).
constexpr u64 gas_per_byte = 48, gas_per_call = 1'200'000, gas_per_batch = 60'000;
constexpr u64 transaction_gas_max = u64{1} << 24;

bytes call_of(std::string_view signature) {
  const hash256 h =
      crypto::keccak256({reinterpret_cast<const u8*>(signature.data()), signature.size()});
  return to_bytes(bytes_view(h.data(), 4));
}

void append_number(bytes& to, u64 v) {
  append(to, u256(v).to_be());
}

hash256 hash_of(const bytes& text) {
  return crypto::keccak256(text);
}

}  // namespace

u64 call_gas_limit(std::size_t data_bytes, std::size_t batches) noexcept {
  return std::min(gas_per_call + gas_per_byte * data_bytes + gas_per_batch * batches,
                  transaction_gas_max);
}

result<verification, verify_failure> verification_of(const l1_machine& machine,
                                                     const hash256& set_root,
                                                     std::span<const hash256> inputs,
                                                     bytes_view proof) {
  ensure(!inputs.empty() && inputs.size() <= list_batches_max);
  verification out;
  out.list = list_digest(inputs);
  out.output = list_output(set_root, inputs);
  const std::vector<std::vector<gl>> publics[] = {publics_of(machine, out.list, set_root)};
  const bytes_view proofs[] = {proof};
  ASHLAR_CHECK(verify_segments(machine.params, machine.key.key, publics, proofs));

  const proof_plan plan(machine);
  const proof_pieces pieces = cut_proof(machine, plan, proof);
  const call_contexts contexts = contexts_of(machine, plan, out.list, set_root, proof);
  const hash256 leaves_hash = hash_of(contexts.leaves);
  const auto call = [&](verification_call::receiver to, bytes data, std::size_t batches = 0) {
    const u64 gas = call_gas_limit(data.size(), batches);
    out.calls.push_back({to, std::move(data), gas});
  };

  bytes begin = call_of("begin()");
  append(begin, out.list);
  append(begin, pieces.head);
  call(verification_call::receiver::head, std::move(begin));
  for (std::size_t i = 0; i < pieces.rows.size(); ++i) {
    bytes rows = call_of("openRows()");
    append_number(rows, i);
    for (bytes_view part : {bytes_view(leaves_hash), bytes_view(contexts.rows),
                            bytes_view(pieces.tree_caps), bytes_view(pieces.rows[i])})
      append(rows, part);
    call(verification_call::receiver::rows, std::move(rows));
  }
  for (std::size_t i = 0; i < pieces.leaves.size(); ++i) {
    bytes leaves = call_of("openLeaves()");
    append_number(leaves, i);
    for (bytes_view part :
         {bytes_view(contexts.leaves), bytes_view(pieces.layer_caps), bytes_view(pieces.leaves[i])})
      append(leaves, part);
    call(verification_call::receiver::verifier, std::move(leaves));
  }
  bytes conclude = call_of("conclude(bytes32[])");
  append_number(conclude, 32);
  append_number(conclude, inputs.size());
  for (const hash256& input : inputs) append(conclude, input);
  call(verification_call::receiver::verifier, std::move(conclude), inputs.size());

  out.progress_call = call_of("progress(bytes32,bytes32,bytes32,bytes32)");
  for (const hash256& word : {hash_of(contexts.rows), leaves_hash, out.list, out.output})
    append(out.progress_call, word);
  return out;
}

}  // namespace ashlar::stark

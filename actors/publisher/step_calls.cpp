#include <algorithm>

#include "actors/publisher/settlement_engine.hpp"
#include "runtime/crypto/keccak.hpp"

namespace ashlar::publisher {

using store::intent_kind;

namespace {

/// Calldata at its dearest (EIP-7623's floor: 10 gas a zero byte, 40 any other), its hashing, and
/// the execution. Not an estimate by L1: behind a commit in flight that would revert.
u64 gas_limit_for(bytes_view calldata, u64 execution) {
  constexpr u64 intrinsic = 21'000, zero_byte = 10, other_byte = 40;
  const u64 zeros = static_cast<u64>(std::count(calldata.begin(), calldata.end(), u8{0}));
  return intrinsic + zeros * zero_byte + (calldata.size() - zeros) * other_byte + calldata.size() +
         execution;
}

}  // namespace

/// None where a batch, or the proof, is not at hand (any more).
sure<std::optional<settlement_engine::step_call>> settlement_engine::call_of(
    const step_id& step) const {
  const u64 count = step.last.value - step.first.value + 1;
  const auto to_chain = [&](bytes calldata, u64 execution) {
    const u64 gas = gas_limit_for(calldata, execution);
    const hash256 content = crypto::keccak256(calldata);
    return std::optional(step_call{config_.contract, std::move(calldata), gas, content});
  };
  switch (step.kind) {
    case intent_kind::commit: {
      auto batch = batches_.get(step.first);
      if (!batch.ok() && batch.error().code == store::error_code::not_found) break;
      if (!batch.ok()) return fail(trouble(batch.error()));
      return to_chain(l1::encode_commit_batch(batch->input, batch->pubdata),
                      config_.commit_gas_execution);
    }
    case intent_kind::verify: {
      if (!proofs_) break;
      const auto run = proofs_->begun_from(step.first);
      if (!run || run->last != step.last) break;
      const auto proof = proofs_->finished(*run);
      if (!proof || step.stage >= proof->stages.size()) break;
      const verification_stage& stage = proof->stages[step.stage];
      bytes what = to_bytes(bytes_view(stage.to));
      append(what, stage.calldata);
      return std::optional(
          step_call{stage.to, stage.calldata, stage.gas_limit, crypto::keccak256(what)});
    }
    case intent_kind::prove:
      return to_chain(l1::encode_prove_batches(step.first, step.last),
                      config_.prove_gas_execution + count * config_.prove_gas_a_batch);
    case intent_kind::execute: {
      ASHLAR_TRY(const auto headers, headers_of(step.first, step.last));
      if (!headers) break;
      return to_chain(l1::encode_execute_batches(*headers),
                      config_.execute_gas_execution + count * config_.execute_gas_a_batch);
    }
    case intent_kind::escape: {
      std::vector<l1::commit_call> replaced;
      for (batch_number n = step.first; n <= step.last; n = n.next()) {
        auto batch = batches_.get(n);
        if (!batch.ok() && batch.error().code == store::error_code::not_found)
          return std::optional<step_call>{};
        if (!batch.ok()) return fail(trouble(batch.error()));
        replaced.push_back({batch->input, std::move(batch->pubdata)});
      }
      return to_chain(l1::encode_escape_settle(replaced),
                      config_.prove_gas_execution +
                          count * (config_.commit_gas_execution + config_.execute_gas_execution));
    }
    case intent_kind::revert:
      return to_chain(l1::encode_revert_batches(step.first), config_.commit_gas_execution);
  }
  return std::optional<step_call>{};
}

sure<std::optional<std::vector<public_input>>> settlement_engine::headers_of(
    batch_number first, batch_number last) const {
  std::vector<public_input> headers;
  for (batch_number n = first; n <= last; n = n.next()) {
    auto batch = batches_.get(n);
    if (!batch.ok() && batch.error().code == store::error_code::not_found)
      return std::optional<std::vector<public_input>>{};
    if (!batch.ok()) return fail(trouble(batch.error()));
    headers.push_back(batch->input);
  }
  return std::optional(std::move(headers));
}

}  // namespace ashlar::publisher

#pragma once

#include <map>

#include "actors/publisher/proof_source.hpp"
#include "net/l1/abi.hpp"
#include "runtime/store/batch_store.hpp"
#include "runtime/types/batch.hpp"
#include "test/support/simulated_l1.hpp"

namespace ashlar::test {

/// Stands for whoever makes proofs for L1: its "proofs" are stages for the verifier double, which
/// checks nothing. What was begun lives in this object, which outlives the publishers of a test as
/// a prover's archive outlives a process.
class proof_double final : public publisher::proof_source {
 public:
  address verifier = simulated_l1::verifier_address();
  hash256 root = simulated_l1::program_set_root();
  u64 ready = ~u64{0};  ///< batches up to this one are proved singly
  u32 stages = 3;       ///< transactions of a verification
  std::size_t blob_bytes = 40;
  u64 gas_limit = 1'000'000;
  /// Where the stages go that are not the last, and the last: the verifier, where it is none.
  std::optional<address> first_to, last_to;
  bool is_finished = true;
  u64 begins = 0;
  std::map<batch_number, publisher::batch_run> begun;
  std::vector<publisher::layer_time> layers;

  std::optional<batch_number> ready_to(batch_number first) override {
    return first.value > ready ? std::nullopt : std::optional(batch_number{ready});
  }
  std::optional<publisher::batch_run> begun_from(batch_number first) override {
    const auto at = begun.find(first);
    return at == begun.end() ? std::nullopt : std::optional(at->second);
  }
  void begin(const publisher::batch_run& run) override {
    ++begins;
    begun.insert_or_assign(run.first, run);
  }
  std::shared_ptr<const publisher::run_proof> finished(const publisher::batch_run& run) override {
    if (!is_finished) return nullptr;
    auto proof = std::make_shared<publisher::run_proof>();
    proof->run = run;
    proof->verifier = verifier;
    proof->output = chain_public_input(root, run.accumulator);
    for (u32 i = 0; i < stages; ++i)
      proof->stages.push_back(
          {(i + 1 == stages ? last_to : first_to).value_or(verifier),
           simulated_l1::stage_calldata(proof->output, i, stages, bytes(blob_bytes, u8(i + 1))),
           gas_limit});
    proof->progress_call = l1::abi_encoder().word(proof->output).call("staged(bytes32)");
    return proof;
  }
  std::string doing(const publisher::batch_run&) override { return "joining segment 4 of 9"; }
  std::vector<publisher::layer_time> last_layers() override { return layers; }
};

}  // namespace ashlar::test

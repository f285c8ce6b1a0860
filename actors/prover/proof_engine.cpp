#include "actors/prover/proof_engine.hpp"

namespace ashlar::prover {
namespace {

class batch_engine final : public proof_engine {
 public:
  batch_engine(std::unique_ptr<batch_prover> prover, std::string params_name)
      : prover_(std::move(prover)),
        program_commitment_(prover_->program_commitment()),
        params_name_(std::move(params_name)) {}

  hash256 program_commitment() const override { return program_commitment_; }
  std::string params_name() const override { return params_name_; }
  status<std::string> check(const hash256& public_input_hash, bytes_view proof) const override {
    return prover_->check(public_input_hash, proof);
  }

  result<engine_proof, std::string> prove(
      bytes_view witness, const std::function<void(const proving_progress&)>& progress,
      const std::atomic<bool>& cancelled) override {
    u32 segments = 0;  // known when the first pass has ended
    const auto go_on = [&](stark::run_pass pass, u32 done) {
      if (pass == stark::run_pass::commit) segments = done + 1;
      const bool proving = pass == stark::run_pass::prove;
      if (progress) progress({proving ? 2u : 1u, done, proving ? segments : 0, 0});
      return !cancelled.load();
    };
    const auto told = [&](const stark::run_progress& p) {
      if (progress) progress({2, p.segments_done, p.segments, p.cycles});
    };
    ASHLAR_TRY(batch_proof proof, prover_->prove(witness, told, go_on));
    return engine_proof{std::move(proof.file), proof.cycles, proof.segments};
  }
  u64 expected_bytes(u32 segments) const override {
    return expected_proof_bytes(*find_params(params_name_), segments);
  }

 private:
  std::unique_ptr<batch_prover> prover_;
  hash256 program_commitment_;  // asked for with every batch
  std::string params_name_;
};

}  // namespace

std::unique_ptr<proof_engine> make_batch_engine(std::unique_ptr<batch_prover> prover,
                                                std::string params_name) {
  return std::make_unique<batch_engine>(std::move(prover), std::move(params_name));
}

}  // namespace ashlar::prover

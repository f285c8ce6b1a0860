#include "actors/prover/proof_engine.hpp"

namespace ashlar::prover {
namespace {

class batch_checker final : public proof_checker {
 public:
  explicit batch_checker(batch_key key) : key_(std::move(key)), commitment_(key_.commitment()) {}

  hash256 program_commitment() const override { return commitment_; }
  std::string params_name() const override { return std::string(key_.params.name); }
  status<std::string> check(const hash256& public_input_hash, bytes_view proof) const override {
    return key_.check(public_input_hash, proof);
  }

 private:
  batch_key key_;
  hash256 commitment_;  // asked for with every batch
};

class batch_engine final : public proof_engine {
 public:
  explicit batch_engine(std::unique_ptr<batch_prover> prover)
      : prover_(std::move(prover)), checker_(prover_->key()) {}

  hash256 program_commitment() const override { return checker_.program_commitment(); }
  std::string params_name() const override { return checker_.params_name(); }
  status<std::string> check(const hash256& public_input_hash, bytes_view proof) const override {
    return checker_.check(public_input_hash, proof);
  }

  status<std::string> prepare() override { return prover_->prepare(); }
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
    return expected_proof_bytes(prover_->key().params, segments);
  }

 private:
  std::unique_ptr<batch_prover> prover_;
  batch_checker checker_;
};

}  // namespace

std::unique_ptr<proof_checker> make_batch_checker(batch_key key) {
  return std::make_unique<batch_checker>(std::move(key));
}

std::unique_ptr<proof_engine> make_batch_engine(std::unique_ptr<batch_prover> prover) {
  return std::make_unique<batch_engine>(std::move(prover));
}

}  // namespace ashlar::prover

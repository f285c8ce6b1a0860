#include "actors/node/escape/proving.hpp"

#include <mutex>

#include <fmt/format.h>

#include "actors/node/proving/engine_config.hpp"
#include "actors/node/proving/outer_prover.hpp"
#include "actors/prover/proof_archive.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/stark/recursion_prover/secure_plan.hpp"

namespace ashlar::node {
namespace {

using progress = prover::l1_prover::progress;

class pinned_prover final : public escape_prover {
 public:
  pinned_prover(const escape_proving_config& config, std::string folder,
                const store::batch_store& batches, std::function<void(const std::string&)> say)
      : config_(config), folder_(std::move(folder)), batches_(batches), say_(std::move(say)) {}

  status<std::string> open();
  status<std::string> check(const address& verifier, const hash256& program_set_root) override;
  status<std::string> prove(const store::sealed_batch& batch, bytes_view witness,
                            const std::function<bool()>& is_wanted) override;
  publisher::proof_source& source() override { return outer_->prover(); }

 private:
  engine_config engine_of() const;
  status<std::string> open_outer();
  status<std::string> prove_batch(const store::sealed_batch& batch, bytes_view witness,
                                  const std::function<bool()>& is_wanted);
  bool has_proof(const store::sealed_batch& batch) const;

  escape_proving_config config_;
  std::string folder_;
  const store::batch_store& batches_;
  std::function<void(const std::string&)> say_;
  std::unique_ptr<prover::proof_archive> archive_;
  std::shared_ptr<const prover::proof_checker> checker_;
  std::unique_ptr<outer_prover> outer_;
};

engine_config pinned_prover::engine_of() const {
  engine_config out;
  out.guest = config_.guest;
  out.params = stark::recursion_base_params.name;
  out.threads = config_.threads;
  out.memory_bytes_max = config_.memory_bytes_max;
  return out;
}

/// What is wrong with program or memory is said before anything is looked up on L1.
status<std::string> pinned_prover::open() {
  ASHLAR_TRY(const engine_plan plan, plan_engine(engine_of(), memory_percent_alone));
  (void)plan;
  auto archive = prover::proof_archive::open(folder_ + "/proofs");
  if (!archive) return fail(store::to_text(archive.error()));
  archive_ = std::move(*archive);
  return open_outer();
}

/// Anew: without the circuits that the last one had prepared.
status<std::string> pinned_prover::open_outer() {
  outer_.reset();
  ASHLAR_TRY(outer_,
             outer_prover::open(config_.contracts,
                                {config_.guest, config_.threads, config_.memory_bytes_max},
                                folder_ + "/l1_proofs",
                                {batches_, *archive_, [this] { return checker_; }, {}, {}, {}}));
  return nothing{};
}

status<std::string> pinned_prover::check(const address& verifier, const hash256& program_set_root) {
  const outer_verifier& own = outer_->verifier();
  if (own.set_root() != program_set_root)
    return fail(fmt::format(
        "the verifier on L1 takes proofs of the programs {}, this build's are {}: use the build "
        "that belongs to the chain's protocol version",
        to_hex(program_set_root), to_hex(own.set_root())));
  if (own.at() != verifier)
    return fail(fmt::format("the chain asks the verifier {}, --contracts has the one at {}",
                            to_hex(verifier), to_hex(own.at())));
  return nothing{};
}

bool pinned_prover::has_proof(const store::sealed_batch& batch) const {
  const auto record = archive_->find(batch.number);
  return record && record->public_input_hash == public_input_hash(batch.input) &&
         record->program_commitment == checker_->program_commitment() &&
         record->params == checker_->params_name();
}

status<std::string> pinned_prover::prove_batch(const store::sealed_batch& batch, bytes_view witness,
                                               const std::function<bool()>& is_wanted) {
  ASHLAR_TRY(engine_plan plan, plan_engine(engine_of(), memory_percent_alone));
  say_("proving the batch: " + plan.memory_text());
  ASHLAR_TRY(const auto engine, open_engine(std::move(plan)));
  std::atomic<bool> cancelled = false;
  std::mutex asking;  // the engine may tell of its progress on any thread of its
  const auto proof = engine->prove(
      witness,
      [&](const prover::proving_progress& p) {
        if (p.pass == 2)
          say_(fmt::format("batch {}: {} of {} segments proved", batch.number.value,
                           p.segments_done, p.segments));
        else
          say_(fmt::format("batch {}: {} segments run", batch.number.value, p.segments_done));
        std::lock_guard lock(asking);
        if (!is_wanted()) cancelled = true;
      },
      cancelled);
  if (!proof) return fail(proof.error());
  const hash256 input = public_input_hash(batch.input);
  if (const auto held = engine->check(input, proof->file); !held)
    return fail("the batch's own proof does not hold: " + held.error());
  prover::proof_record record;
  record.batch = batch.number;
  record.public_input_hash = input;
  record.program_commitment = engine->program_commitment();
  record.params = engine->params_name();
  record.cycles = proof->cycles;
  record.segments = proof->segments;
  record.worker = "escape";
  const auto kept = archive_->keep(record, proof->file);
  if (!kept) return fail(store::to_text(kept.error()));
  return nothing{};
}

status<std::string> pinned_prover::prove(const store::sealed_batch& batch, bytes_view witness,
                                         const std::function<bool()>& is_wanted) {
  if (!checker_) {
    ASHLAR_TRY(const engine_plan plan, plan_checker(engine_of()));
    ASHLAR_TRY(checker_, open_checker(plan));
  }
  if (!has_proof(batch)) {
    // The circuits' keys make room for the batch's tables.
    ASHLAR_CHECK(open_outer());
    ASHLAR_CHECK(prove_batch(batch, witness, is_wanted));
  }
  const publisher::batch_run run{batch.number, batch.number,
                                 chain_public_input({}, public_input_hash(batch.input))};
  prover::l1_prover& prover = outer_->prover();
  prover.begin(run);
  std::string told;
  const auto tell = [&] {
    const std::string doing = prover.doing(run);
    if (doing != told) say_("proof for L1: " + doing);
    told = doing;
    return is_wanted();
  };
  while (!prover.finished(run)) {
    const progress how = prover.step(tell);
    if (!is_wanted()) return fail(std::string("the proof is not wanted any more"));
    if (how != progress::made && !prover.finished(run))
      return fail("there is no proof for L1: " + prover.doing(run));
  }
  return nothing{};
}

}  // namespace

result<std::unique_ptr<escape_prover>, std::string> open_escape_prover(
    const escape_proving_config& config, const std::string& folder, store::batch_store& batches,
    std::function<void(const std::string&)> say) {
  auto out = std::make_unique<pinned_prover>(config, folder, batches, std::move(say));
  ASHLAR_CHECK(out->open());
  return std::unique_ptr<escape_prover>(std::move(out));
}

}  // namespace ashlar::node

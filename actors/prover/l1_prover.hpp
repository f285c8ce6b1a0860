#pragma once

#include <array>
#include <functional>
#include <map>
#include <mutex>

#include "actors/api/event_log.hpp"
#include "actors/prover/proof_archive.hpp"
#include "actors/prover/proof_engine.hpp"
#include "actors/prover/proof_folder.hpp"
#include "actors/publisher/proof_source.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/stark/recursion_prover/recursion_prover.hpp"
#include "runtime/store/batch_store.hpp"

namespace ashlar::prover {

/// A prover of recursion, with the backend that it works on.
struct opened_recursion {
  std::unique_ptr<stark::prover_backend> backend;
  std::unique_ptr<stark::recursion_prover> prover;
};
/// Opens it over a shelf that outlives it; takes seconds, or a minute. The error is a sentence.
using recursion_opener =
    std::function<result<opened_recursion, std::string>(stark::proof_shelf& shelf)>;

/// From a proof for L1 to the transactions that verify it there. `inputs`: the batches' public
/// inputs. The error is a sentence.
using stage_maker = std::function<result<publisher::run_proof, std::string>(
    const publisher::batch_run& run, const stark::outer_proof& proof,
    std::span<const hash256> inputs)>;

/// What an l1_prover is made of. The references outlive it.
struct l1_prover_parts {
  const store::batch_store& batches;
  const proof_archive& archive;
  /// Whose proofs of batches count: the archive may hold those of another program. Null while that
  /// is not known yet; then none counts. Thread-safe.
  std::function<std::shared_ptr<const proof_checker>()> checker;
  recursion_opener open;
  stage_maker stages;
  api::event_log log;
  const clock* time = nullptr;  ///< null: nobody asks how long layers take
};

/// Makes proofs for L1 out of the archive's proofs of batches, each of which it turns into one
/// claim ahead of time. What was begun and what is made lies in its folder, so a process that ends
/// costs one proof of a circuit. Proving is done by whoever calls `step`, on one thread, which also
/// calls `close` in the end: what was opened lives there, as a GPU wants it. Everything else may be
/// called from another one.
class l1_prover final : public publisher::proof_source {
 public:
  /// Batches that a run has at most: what the contract on L1 takes.
  static constexpr u64 batches_max = 256;
  /// Runs that are remembered: L1 may take back what it has proved.
  static constexpr std::size_t runs_kept_max = 16;

  /// The error is a sentence for the operator.
  static result<std::unique_ptr<l1_prover>, std::string> open(const std::string& folder,
                                                              l1_prover_parts parts);

  std::optional<batch_number> ready_to(batch_number first) override;
  std::optional<publisher::batch_run> begun_from(batch_number first) override;
  void begin(const publisher::batch_run& run) override;
  std::shared_ptr<const publisher::run_proof> finished(const publisher::batch_run& run) override;
  std::string doing(const publisher::batch_run& run) override;
  std::vector<publisher::layer_time> last_layers() override;
  /// What is being done for whatever batch or run; empty: nothing.
  std::string doing() const;

  enum class progress : u8 {
    made,    ///< something: there may be more to do
    idle,    ///< there is nothing to do
    failed,  ///< `doing` says why; it is worth trying again later
  };
  /// Does one piece of work: the run that was begun and asked for last, or one batch ahead.
  /// `go_on` is asked before each proof of a circuit; false ends the step. A backend that fails
  /// (any exception but std::bad_alloc) costs the proof at hand and is closed; the next step opens
  /// another.
  progress step(const std::function<bool()>& go_on);
  /// Ends prover and backend; another step would open them again.
  void close() noexcept { recursion_.reset(); }

 private:
  struct begun_run {
    publisher::batch_run run;
    std::shared_ptr<const publisher::run_proof> proof;
  };
  l1_prover(std::string folder, std::unique_ptr<proof_folder> shelf, l1_prover_parts parts)
      : folder_(std::move(folder)), shelf_(std::move(shelf)), parts_(std::move(parts)) {}

  std::string path_of(batch_number first) const;
  void read_runs();
  void forget_old_runs();
  void forget(const publisher::batch_run& run);
  std::optional<proof_record> record_of(batch_number number, const hash256& input) const;
  std::optional<publisher::batch_run> unfinished() const;
  bool is_begun(const publisher::batch_run& run) const;
  result<std::vector<hash256>, std::string> inputs_of(const publisher::batch_run& run) const;
  progress failed(const stark::recursion_failure& why);
  progress work(const std::function<bool()>& go_on);
  progress prove(const publisher::batch_run& run, const std::function<bool()>& go_on);
  progress prove_ahead(const std::function<bool()>& go_on);
  status<stark::recursion_failure> prove_batch(batch_number number, const hash256& input,
                                               const std::function<bool()>& go_on);
  /// By kind of step (stark::step_kind), from leaf on.
  using layer_times = std::array<clock::duration, 6>;
  stark::recursion_calls calls(std::string what, layer_times& times,
                               const std::function<bool()>& go_on);
  void note_layers(std::span<const hash256> inputs, const layer_times& of_the_list);
  void say(std::string doing);

  const std::string folder_;
  const std::unique_ptr<proof_folder> shelf_;
  const l1_prover_parts parts_;
  // Of the thread that proves.
  std::optional<opened_recursion> recursion_;
  batch_number ahead_;                          // every batch up to it was looked at
  std::map<hash256, layer_times> batch_times_;  // by public input, until a run with it is finished

  mutable std::mutex mutex_;  // of what follows
  std::map<batch_number, begun_run> runs_;
  std::optional<batch_number> wanted_;  // where the run starts that was asked for last
  std::vector<publisher::batch_run> to_forget_;
  std::string doing_;
  std::vector<publisher::layer_time> last_layers_;
};

}  // namespace ashlar::prover

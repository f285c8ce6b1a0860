#pragma once

#include <functional>
#include <future>

#include "runtime/stark/recursion_prover/recursion_keys.hpp"
#include "runtime/stark/recursion_prover/schedule.hpp"

namespace ashlar::stark {

enum class recursion_error : u8 {
  refused,  ///< a proof that it was to start from does not hold, or not for what it was given as
  shape,    ///< a part of a run has tables of heights that no circuit is made for
  not_at_hand,    ///< a batch whose run is not proved as one claim yet
  called_off,     ///< the caller wanted no more of it
  out_of_memory,  ///< with more memory it may be tried again
  stale_keys,  ///< kept keys were not those of the circuits; they are made anew at the next start
  not_pinned,  ///< a circuit has another key than the pinned one: this is another build's
  not_kept,    ///< the result cannot be put on the shelf
  failed,      ///< a circuit cannot be recorded or does not hold: this program errs
};
struct recursion_failure {
  recursion_error what;
  std::string text;  ///< a sentence for people
};

/// How far a schedule is, told after each proof.
struct recursion_progress {
  step_kind kind;
  u32 layer, layers;  ///< layers count from 0
  u32 done, steps;    ///< of those of this layer that were not on the shelf
};

struct recursion_calls {
  std::function<void(const recursion_progress&)> progress;  ///< may be empty
  std::function<bool()> go_on;  ///< asked before each proof; false ends it. May be empty
};

/// A step, by which circuit it is proved, and what that states then.
struct planned_step {
  proof_step step;
  std::size_t circuit = 0;
  std::array<gl, 8> publics{};
};

/// What the steps are proved with. All outlive the provers.
struct step_parts {
  const circuit_catalog& catalog;
  const recursion_keys& keys;
  prover_pool& pool;
  proof_shelf& shelf;
  bool witness_ahead = false;  ///< as of recursion_options
};

/// Proves the last step of a schedule, and of the others what it takes: what is on the shelf under
/// its name, and verifies, is taken from there with all below it left alone.
class step_prover {
 public:
  /// What the step's circuit is run with. Asked when the proofs that it verifies are there
  /// (`proof`), on another thread where witnesses are made ahead.
  using input_maker = std::function<result<std::vector<gl>, recursion_failure>(u32 step)>;

  step_prover(const step_parts& parts, std::vector<planned_step> steps) noexcept
      : parts_(parts), steps_(std::move(steps)), proofs_(steps_.size()) {}

  /// The proof of a `given` step.
  void give(u32 step, bytes proof) { proofs_[step] = std::move(proof); }
  /// Of a step that is verified by the one whose input is made.
  const bytes& proof(u32 step) const { return *proofs_[step]; }

  /// The last step's proof, which is also on the shelf; all that it was made of is not any longer.
  result<bytes, recursion_failure> run(const input_maker& input, const recursion_calls& calls);

 private:
  const circuit_key& key_of(std::size_t circuit) const;
  hash256 name_of(u32 step) const;
  bool find(u32 step);
  void want(u32 step, std::vector<u32>& wanted);
  std::vector<u32> wanted_in_order();
  using made_witness = result<circuit_witness, recursion_failure>;
  recursion_failure failure(u32 step, recursion_error what, const std::string& why) const;
  made_witness witness_of(u32 step, const input_maker& input, const circuit_prover& prover) const;
  result<std::future<made_witness>, recursion_failure> begin(u32 step, const input_maker& input,
                                                             std::launch how);
  status<recursion_failure> prove(u32 step, circuit_witness witness);

  step_parts parts_;
  std::vector<planned_step> steps_;
  std::vector<std::optional<bytes>> proofs_;
};

/// The name of a proof on the shelf: of the circuit and of what it states.
hash256 proof_name(const circuit_key& key, const std::array<gl, 8>& publics);

}  // namespace ashlar::stark

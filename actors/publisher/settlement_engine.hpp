#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/api/messages.hpp"
#include "actors/publisher/proof_source.hpp"
#include "actors/publisher/publisher_config.hpp"
#include "actors/publisher/signing_policy.hpp"
#include "actors/publisher/trouble.hpp"
#include "net/l1/chain_contract.hpp"
#include "net/l1/client.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/store/batch_store.hpp"
#include "runtime/store/intent_journal.hpp"

namespace ashlar::publisher {

/// Takes sealed batches to L1, in order, each exactly once. Blocking calls; one thread at a time;
/// knows nothing of actors. What it wants is in the journal before anything is sent, so an object
/// made anew over the same stores goes on where the last one ended, wherever that was.
///
/// Commit, verify (the stages of a run's proof), prove, execute; or, where the configuration says
/// so, the escape: verify, and all the rest in one. That each happens once is the
/// contracts' doing (numbers are consecutive, and a verifier counts its stages); that gas is not
/// wasted on reverts, and that nothing waits forever, is this class's.
class settlement_engine {
 public:
  /// All references must outlive the engine. Without `proofs` no batch is proved by this engine;
  /// what others proved is executed.
  settlement_engine(publisher_config config, l1::client& l1, const l1::signer& operator_account,
                    const clock& time, store::batch_store& batches, store::intent_journal& journal,
                    proof_source* proofs = nullptr);

  /// One round: look at L1, follow what was sent, send what is due. Answers how long nothing is
  /// worth doing. Errors of L1 are kept for `status` and answered by back-off; an error is given
  /// only where the process must end (a store that cannot be trusted).
  result<clock::duration, store::error> step();

  /// None where no such batch is sealed.
  std::optional<api::batch_progress> progress_of(batch_number number) const;
  api::role_status status() const;

 private:
  /// An intent that is neither settled nor given up.
  struct flight {
    store::intent record;
    clock::duration sent_at{};  ///< steady; the last time its bytes were sent
    clock::duration
        front_at{};  ///< since when it is the lowest that is not mined, or its last bump
    bool at_front = false;
    bool outbid = false;  ///< a node asks for a better fee now
    u32 missing_polls = 0;
  };
  enum class fate : u8 { open, closed, closed_with_all_behind };

  /// What an intent is for, without the intent.
  struct step_id {
    store::intent_kind kind;
    batch_number first, last;
    u32 stage = 0;
  };
  static step_id step_of(const store::intent& i) { return {i.kind, i.first, i.last, i.stage}; }
  /// A step as a transaction.
  struct step_call {
    address to;
    bytes calldata;
    u64 gas_limit = 0;
    hash256 content;
  };
  /// After a revert: nothing of that kind is planned for a while.
  struct setback {
    clock::duration not_before{};
    u32 failures = 0;
    std::string why;
    batch_number about;
  };
  /// The run that is being proved, and how far L1 is with it.
  struct proving_run {
    batch_run run;
    unix_seconds oldest_sealed_at;
    std::shared_ptr<const run_proof> proof;  ///< null: not finished
    u32 stages_done = 0;
    bool verified = false;
    std::string refused;  ///< why the proof cannot be sent
  };

  // settlement_engine.cpp: the round
  outcome round();
  outcome start();
  outcome observe();
  outcome check_tip();
  sure<batch_number> own_prefix() const;
  bool escapes() const noexcept { return config_.way == settlement_way::escapes; }
  /// Behind which batch L1's own is what this engine's batches go on from, and up to which it can
  /// prove.
  batch_number base() const noexcept { return escapes() ? progress_.executed : progress_.proved; }
  batch_number provable_to() const;
  void note_trouble(const trouble& t, clock::duration now);

  // proving.cpp: which run is proved, and how far L1 is with it
  outcome observe_proving();
  outcome observe_verifier(u32 protocol_version);
  outcome choose_run(batch_number first);
  sure<bool> is_ours(const batch_run& run) const;
  sure<hash256> accumulator_of(batch_number first, batch_number last) const;
  sure<run_outlook> outlook_from(batch_number first, batch_number last) const;
  outcome observe_verification();
  std::string refusal_of(const run_proof& proof) const;
  outcome plan_proving();
  sure<bool> was_mined_in_vain(const proving_run& p, u32 stage);
  u64 age_s(unix_seconds since) const;

  // flights.cpp: what was sent
  outcome follow_all();
  sure<fate> follow(flight& f, bool is_front);
  sure<fate> on_mined(flight& f, const hash256& txn, const l1::l1_receipt& r);
  sure<fate> on_missing(flight& f);
  sure<fate> on_gap(flight& f);
  sure<fate> lose(flight& f, const std::string& why);
  static std::string step_text(const flight& f);
  outcome keep_alive(flight& f);
  std::chrono::milliseconds patience(const flight& f) const;
  outcome bump(flight& f);
  outcome resend(flight& f);
  l1::fee_offer to_outbid(const flight& f) const;
  outcome sign_and_send(flight& f, const l1::fee_offer& offer);
  txn txn_of(const step_call& call, u64 nonce, const l1::fee_offer& offer) const;
  bool may_sign(const step_id& step, const txn& t, bool outbids);
  void note_signatures(const store::intent& i);
  outcome transmit(flight& f);
  outcome settle(flight& f);
  outcome give_up(flight& f, std::string why);
  outcome remember(store::intent settled);
  bool is_done_on_l1(const store::intent& i) const;
  sure<std::string> cause_of_revert(const store::intent& i);

  // planning.cpp: what comes next
  outcome plan();
  outcome plan_commits();
  outcome plan_escape(const batch_run& run);
  outcome plan_execution();
  sure<bool> plan_step(const step_id& step);
  sure<bool> rehearse(const step_id& step, const step_call& call);
  sure<std::optional<l1::fee_offer>> affordable_offer(const step_id& step, u64 gas_limit);
  sure<bool> reopen(const step_id& step, const hash256& content);
  u64 free_nonce() const;
  bool is_covered(store::intent_kind kind, batch_number number) const;
  bool is_stage_covered(const batch_run& run, u32 stage) const;
  bool may_send_more() const;
  u32 unmined() const;
  setback& setback_of(store::intent_kind kind);
  bool is_set_back(store::intent_kind kind);
  void set_back(const step_id& step, std::string why);

  // step_calls.cpp: what a step sends
  sure<std::optional<step_call>> call_of(const step_id& step) const;
  sure<std::optional<std::vector<public_input>>> headers_of(batch_number first,
                                                            batch_number last) const;

  // reporting.cpp
  void log_blocked();
  void block(batch_number about, std::string why);
  std::string what_proving_waits_for() const;

  publisher_config config_;
  l1::client& l1_;
  const l1::signer& signer_;
  const clock& time_;
  store::batch_store& batches_;
  store::intent_journal& journal_;
  proof_source* proofs_;
  supervision::jitter_source jitter_;

  bool started_ = false;
  std::vector<flight> flights_;        ///< by nonce
  std::vector<store::intent> recent_;  ///< closed ones with their bytes, oldest first
  signing_book signed_;
  bool hour_is_full_ = false;  ///< the limit held something back in the last round

  // What L1 said last.
  std::optional<l1::l1_block> head_;
  u64 nonce_ = 0;
  l1::chain_progress progress_;
  hash256 executed_state_;  ///< of an escape alone
  bool head_moved_ = true;  ///< since the last round, or that one failed
  bool tip_is_ours_ = true;
  u32 tip_mismatches_ = 0;
  batch_number ours_to_;  ///< where the tip is not: L1's are ours up to this one, 0 while not known

  /// Whether L1's batch of this number, where there is one, is known to be ours.
  bool is_ours_on_l1(batch_number n) const noexcept { return tip_is_ours_ || n <= ours_to_; }

  // What is proved now.
  address verifier_;  ///< of the first batch that is not proved; zero: none, or not asked
  u32 verifier_version_ = 0;
  bytes verifier_code_;
  hash256 program_set_root_;
  std::optional<proving_run> proving_;
  std::string no_run_yet_;  ///< what the policy waits for

  // Why things wait.
  clock::duration not_before_{};  ///< back-off after errors of the endpoint
  u32 endpoint_failures_ = 0;
  std::array<setback, 3> setbacks_;  ///< of commits, proving, executions
  std::string endpoint_trouble_;
  std::map<batch_number, std::string> blocked_;
  std::string logged_blocked_;
  std::string last_lost_;  ///< for the status, since this role started

  struct counters {
    u64 sent = 0, resent = 0, bumped = 0, mined = 0, settled = 0, given_up = 0, reverted = 0;
    u64 vanished = 0, nonce_taken = 0, endpoint_errors = 0;
  } counters_;
};

}  // namespace ashlar::publisher

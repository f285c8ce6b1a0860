#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/api/messages.hpp"
#include "actors/publisher/publisher_config.hpp"
#include "actors/publisher/trouble.hpp"
#include "net/l1/chain_contract.hpp"
#include "net/l1/client.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/store/batch_store.hpp"
#include "runtime/store/intent_journal.hpp"

namespace ashlar::publisher {

/// Where proofs come from. Nothing implements it yet: without one no batch is proved.
class proof_source {
 public:
  virtual ~proof_source() = default;
  /// A verified proof of the run that starts at `first`: its last batch and the bytes.
  virtual std::optional<std::pair<batch_number, bytes>> proof_from(batch_number first) = 0;
};

/// Takes sealed batches to L1, in order, each exactly once. Blocking calls; one thread at a time;
/// knows nothing of actors. What it wants is in the journal before anything is sent, so an object
/// made anew over the same stores goes on where the last one ended, wherever that was.
///
/// That a batch is committed once is the contract's doing (a commit of another number reverts);
/// that gas is not wasted on reverts, and that nothing waits forever, is this class's.
class settlement_engine {
 public:
  /// All references must outlive the engine. `proofs` may be null.
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
    u256 cost;  ///< gas limit * fee cap of the last attempt
  };
  enum class fate : u8 { open, closed, closed_with_all_behind };

  // settlement_engine.cpp: the round
  outcome round();
  outcome start();
  outcome observe();
  outcome check_tip();
  void note_trouble(const trouble& t, clock::duration now);

  // flights.cpp: what was sent
  outcome follow_all();
  sure<fate> follow(flight& f, bool is_front);
  sure<fate> on_mined(flight& f, const hash256& txn, const l1::l1_receipt& r);
  sure<fate> on_missing(flight& f);
  sure<fate> on_gap(flight& f);
  outcome keep_alive(flight& f);
  outcome bump(flight& f);
  l1::fee_offer to_outbid(const flight& f) const;
  outcome sign_and_send(flight& f, const l1::fee_offer& offer);
  outcome transmit(flight& f);
  outcome settle(flight& f);
  outcome give_up(flight& f, std::string why);
  outcome remember(store::intent settled);
  bool is_done_on_l1(const store::intent& i) const;
  sure<std::string> cause_of_revert(const store::intent& i);

  // planning.cpp: what comes next
  outcome plan();
  sure<bool> plan_step(store::intent_kind kind, batch_number first, batch_number last);
  sure<std::optional<bytes>> calldata_of(store::intent_kind kind, batch_number first,
                                         batch_number last);
  sure<bool> reopen(store::intent_kind kind, batch_number first, const hash256& content);
  u64 free_nonce() const;
  bool is_covered(store::intent_kind kind, batch_number number) const;
  u64 gas_limit_for(bytes_view calldata) const;
  u32 unmined() const;
  void log_blocked();
  void block(batch_number about, std::string why);

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

  // What L1 said last.
  std::optional<l1::l1_block> head_;
  u64 nonce_ = 0;
  l1::chain_progress progress_;
  bool has_verifier_ = false;
  bool head_moved_ = true;
  bool tip_is_ours_ = true;
  u32 tip_mismatches_ = 0;

  // Why things wait.
  clock::duration not_before_{};       ///< back-off after errors of the endpoint
  clock::duration plan_not_before_{};  ///< back-off after a revert
  u32 endpoint_failures_ = 0;
  u32 plan_failures_ = 0;
  std::string endpoint_trouble_;
  std::map<batch_number, std::string> blocked_;
  std::string logged_blocked_;
  std::string plan_trouble_;
  batch_number plan_trouble_about_;

  struct counters {
    u64 sent = 0, resent = 0, bumped = 0, mined = 0, settled = 0, given_up = 0, reverted = 0;
    u64 vanished = 0, nonce_taken = 0, endpoint_errors = 0;
  } counters_;
};

}  // namespace ashlar::publisher

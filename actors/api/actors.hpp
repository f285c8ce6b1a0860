#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/fwd.hpp>
#include <caf/replies_to.hpp>

#include "actors/api/inspect.hpp"
#include "actors/api/messages.hpp"

// In-process only: CAF refuses to send these to another node.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ashlar::api::submission_list_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ashlar::api::submit_answer_list_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ashlar::api::priority_list_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ashlar::api::pool_lookup_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ashlar::api::soft_confirmation_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ashlar::api::proof_offer_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ashlar::api::fleet_report_ptr)

/// Every typed interface between roles. Cheap to include: handles are declared, not defined; a
/// file that sends or spawns includes <caf/typed_actor.hpp> and what it needs besides.
namespace ashlar::api {

// Atoms hold at most 10 characters and are known to other nodes by their text.
using submit_atom = caf::atom_constant<caf::atom("submit")>;
using priority_atom = caf::atom_constant<caf::atom("priority")>;
using lookup_atom = caf::atom_constant<caf::atom("lookup")>;
using nonce_atom = caf::atom_constant<caf::atom("nonce")>;
using censor_atom = caf::atom_constant<caf::atom("censor")>;
using totals_atom = caf::atom_constant<caf::atom("totals")>;
using head_atom = caf::atom_constant<caf::atom("head")>;
using batch_atom = caf::atom_constant<caf::atom("batch")>;
using stage_atom = caf::atom_constant<caf::atom("stage")>;
using seal_atom = caf::atom_constant<caf::atom("seal")>;
using follow_atom = caf::atom_constant<caf::atom("follow")>;
using status_atom = caf::atom_constant<caf::atom("status")>;
using confirm_atom = caf::atom_constant<caf::atom("confirm")>;
using heads_atom = caf::atom_constant<caf::atom("heads")>;
using hello_atom = caf::atom_constant<caf::atom("hello")>;
using lease_atom = caf::atom_constant<caf::atom("lease")>;
using renew_atom = caf::atom_constant<caf::atom("renew")>;
using finish_atom = caf::atom_constant<caf::atom("finish")>;
using giveup_atom = caf::atom_constant<caf::atom("giveup")>;
using fleet_atom = caf::atom_constant<caf::atom("fleet")>;
using drain_atom = caf::atom_constant<caf::atom("drain")>;
using children_atom = caf::atom_constant<caf::atom("children")>;
using restart_atom = caf::atom_constant<caf::atom("restart")>;
using tick_atom = caf::atom_constant<caf::atom("tick")>;

/// Anything that follows the chain's head.
using head_follower_actor = caf::typed_actor<
    // The head moved. The answer is the credit for the next event: one is in flight at a time,
    // and what happened meanwhile is one later event.
    caf::replies_to<head_atom, head_event>::with<ack>>;

/// Anything that acts on sealed batches.
using batch_follower_actor = caf::typed_actor<
    // A batch was sealed and lies in the batch store. Answered when noted; offered again until
    // then, so it must be idempotent.
    caf::replies_to<batch_atom, batch_sealed>::with<ack>>;

/// Anything that acts on what L1 says of batches.
using stage_follower_actor = caf::typed_actor<
    // L1 shows a batch at a stage, or took it back. Idempotent, in L1 order.
    caf::replies_to<stage_atom, l1_batch_event>::with<ack>>;

/// Orders, executes, makes durable, answers.
using sequencer_actor = caf::typed_actor<
    // Offers transactions; see submit_wait for when the answer comes. Errors: busy, not_ready,
    // shutting_down.
    caf::replies_to<submit_atom, submission_list_ptr>::with<submit_answer_list_ptr>,
    // Operations of the L1 queue, consecutive. Answers the next id that is due; those below it
    // are ignored. Errors: priority_gap when the first is above it.
    caf::replies_to<priority_atom, priority_list_ptr>::with<priority_id>,
    // The next priority id that is due.
    caf::replies_to<priority_atom>::with<priority_id>,
    // Where a transaction is that is in no block, or why it was dropped.
    caf::replies_to<lookup_atom, hash256>::with<pool_lookup_ptr>,
    // The signed confirmation of a transaction in a published block. Errors: not_found.
    caf::replies_to<confirm_atom, hash256>::with<soft_confirmation_ptr>,
    // The account's nonce behind all its executable pooled transactions ("pending").
    caf::replies_to<nonce_atom, address>::with<u64>,
    // Replaces the list of refused senders. For tests and the demo.
    caf::replies_to<censor_atom, censor_list>::with<ack>,
    // How full the pool is.
    caf::replies_to<totals_atom>::with<pool_totals>,
    // Sends head events to the follower from now on, the present head first.
    caf::replies_to<follow_atom, head_follower_actor>::with<head_event>,
    // Refuses new transactions, makes a block of what is pending, answers all who wait.
    caf::replies_to<drain_atom>::with<ack>,
    // One line for people and machines.
    caf::replies_to<status_atom>::with<role_status>>;

/// Lays blocks into batches.
using batch_actor = caf::typed_actor<
    // The head moved (see head_follower_actor).
    caf::replies_to<head_atom, head_event>::with<ack>,
    // L1's view of batches (see stage_follower_actor).
    caf::replies_to<stage_atom, l1_batch_event>::with<ack>,
    // Seals what is open now. Errors: nothing_to_seal.
    caf::replies_to<seal_atom>::with<batch_sealed>,
    // Offers sealed batches to the follower from the given number on, in order.
    caf::replies_to<follow_atom, batch_follower_actor, batch_number>::with<ack>,
    // One line for people and machines.
    caf::replies_to<status_atom>::with<role_status>>;

/// Takes batches to L1 through its journal of intents.
using publisher_actor = caf::typed_actor<
    // A batch to commit (see batch_follower_actor).
    caf::replies_to<batch_atom, batch_sealed>::with<ack>,
    // L1's view of batches: confirms, or puts back, what was sent.
    caf::replies_to<stage_atom, l1_batch_event>::with<ack>,
    // Where a batch is and what it waits for. Errors: not_found.
    caf::replies_to<status_atom, batch_number>::with<batch_progress>,
    // One line for people and machines.
    caf::replies_to<status_atom>::with<role_status>>;

/// Brings back what L1 says.
using l1_listener_actor = caf::typed_actor<
    // Sends batch events to the follower, from the first batch that is not final on.
    caf::replies_to<follow_atom, stage_follower_actor>::with<ack>,
    // What `safe` and `finalized` mean now.
    caf::replies_to<heads_atom>::with<settled_heads>,
    // One line for people and machines.
    caf::replies_to<status_atom>::with<role_status>>;

/// Coordinates proof jobs, one a batch. Workers register and ask; each job is leased under an epoch
/// and given to another worker when its lease runs out. A worker is its connection: the sender of
/// these messages, which is monitored; what it holds is another's when it ends.
using prover_actor = caf::typed_actor<
    // A batch to prove (see batch_follower_actor).
    caf::replies_to<batch_atom, batch_sealed>::with<ack>,
    // The sender is a worker. Errors: invalid_argument (its name, or another program or
    // parameters), busy (the name is connected, or too many are), not_ready.
    caf::replies_to<hello_atom, worker_hello>::with<ack>,
    // A job for the sender. Errors: no_job (also while it is suspended), invalid_argument (it has
    // not registered).
    caf::replies_to<lease_atom>::with<proof_lease>,
    // The sender is alive, and how far it is. Answers the new remaining time in ms. Errors:
    // stale_epoch.
    caf::replies_to<renew_atom, proof_progress>::with<u32>,
    // The sender has a proof; answered when it was verified natively, and as a rule kept. Errors:
    // stale_epoch, failed (it does not verify: counted), busy (it could not be checked).
    caf::replies_to<finish_atom, proof_offer_ptr>::with<ack>,
    // The sender cannot; why. Errors: stale_epoch.
    caf::replies_to<giveup_atom, batch_number, epoch, std::string>::with<ack>,
    // An operator's word that a cause is mended: the batch's failures are forgotten, and workers
    // that rest or are suspended are given jobs again. Errors: not_found (it is not to be proved).
    caf::replies_to<restart_atom, batch_number>::with<ack>,
    // Whether a batch is proved here, and what it waits for. Errors: not_found.
    caf::replies_to<status_atom, batch_number>::with<batch_proof_status>,
    // Who proves what.
    caf::replies_to<fleet_atom>::with<fleet_report_ptr>,
    // One line for people and machines.
    caf::replies_to<status_atom>::with<role_status>>;

/// The edge: HTTP and WebSocket in front of the roles above.
using gateway_actor = caf::typed_actor<
    // The head moved: subscriptions and filters are fed from the store.
    caf::replies_to<head_atom, head_event>::with<ack>,
    // L1's view of batches: `safe` and `finalized`.
    caf::replies_to<stage_atom, l1_batch_event>::with<ack>,
    // Takes no new connection, finishes the requests in flight.
    caf::replies_to<drain_atom>::with<ack>,
    // One line for people and machines.
    caf::replies_to<status_atom>::with<role_status>>;

/// Starts, watches and ends its children (actors/supervision).
using supervisor_actor = caf::typed_actor<
    // Direct children in start order.
    caf::replies_to<children_atom>::with<std::vector<child_status>>,
    // Ends the named child and starts it again; not counted as a failure. Errors: not_found.
    caf::replies_to<restart_atom, std::string>::with<ack>>;

}  // namespace ashlar::api

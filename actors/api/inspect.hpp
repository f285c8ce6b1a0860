#pragma once

#include <caf/detail/type_traits.hpp>
#include <caf/meta/type_name.hpp>

#include "actors/api/messages.hpp"

/// How the small messages are written to another node. The type names are the wire format.
namespace caf {
class actor_system_config;

namespace detail {
// A range without a value_type is more than CAF's trait can look at; these have an `inspect`.
template <std::size_t N>
struct is_serializable_impl<ashlar::fixed_bytes<N>, true, false> : std::true_type {};
}  // namespace detail
}  // namespace caf

namespace ashlar {

template <class Inspector, std::size_t N>
typename Inspector::result_type inspect(Inspector& f, fixed_bytes<N>& x) {
  return f(x.data_);
}

namespace api {

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ack&) {
  return f(caf::meta::type_name("ack"));
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, head_event& x) {
  return f(caf::meta::type_name("head_event"), x.number, x.hash, x.timestamp, x.txns_total);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, pool_totals& x) {
  return f(caf::meta::type_name("pool_totals"), x.pending_txns, x.queued_txns, x.bytes,
           x.priority_txns);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, censor_list& x) {
  return f(caf::meta::type_name("censor_list"), x.senders);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, batch_sealed& x) {
  return f(caf::meta::type_name("batch_sealed"), x.number, x.first_block, x.last_block);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, l1_batch_event& x) {
  return f(caf::meta::type_name("l1_batch_event"), x.number, x.stage, x.l1_block, x.l1_txn,
           x.reorged, x.final);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, settled_heads& x) {
  return f(caf::meta::type_name("settled_heads"), x.safe, x.finalized);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, batch_progress& x) {
  return f(caf::meta::type_name("batch_progress"), x.number, x.stage, x.waits_for, x.commit_txn,
           x.prove_txn, x.execute_txn, x.commit_gas, x.prove_gas, x.execute_gas);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, role_status& x) {
  return f(caf::meta::type_name("role_status"), x.role, x.healthy, x.doing, x.waits_for,
           x.counters);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, worker_hello& x) {
  return f(caf::meta::type_name("worker_hello"), x.name, x.program_commitment, x.params, x.threads);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, proof_lease& x) {
  return f(caf::meta::type_name("proof_lease"), x.batch, x.lease_epoch, x.witness_hash, x.lease_ms);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, proof_progress& x) {
  return f(caf::meta::type_name("proof_progress"), x.batch, x.lease_epoch, x.pass, x.segments_done,
           x.segments, x.cycles);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, batch_proof_status& x) {
  return f(caf::meta::type_name("batch_proof_status"), x.proved, x.proof_hash, x.doing);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, child_status& x) {
  return f(caf::meta::type_name("child_status"), x.name, x.phase, x.restarts, x.last_reason,
           x.is_supervisor);
}

/// Registers every inspectable message under its wire name. Call once per system, before it is
/// made.
void register_messages(caf::actor_system_config& config);

}  // namespace api
}  // namespace ashlar

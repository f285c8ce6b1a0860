#pragma once

#include <memory>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/api/actors.hpp"
#include "actors/prover/proof_archive.hpp"
#include "actors/prover/proof_engine.hpp"
#include "actors/supervision/spawn.hpp"

namespace ashlar::prover {

/// A delivered proof, and what it is held to.
struct check_order {
  proof_record record;  ///< all but proof_hash and proof_bytes
  api::proof_offer_ptr offer;
  bool verified = false;  ///< it was checked before, and could not be kept then
};
using check_order_ptr = std::shared_ptr<const check_order>;

struct check_verdict {
  enum class kind : u8 { kept, refused, not_kept };
  kind what = kind::refused;
  proof_record record;  ///< whole where it was kept
  std::string why;
};
using check_verdict_ptr = std::shared_ptr<const check_verdict>;

using check_atom = caf::atom_constant<caf::atom("check")>;
using audit_atom = caf::atom_constant<caf::atom("audit")>;
using drop_atom = caf::atom_constant<caf::atom("drop")>;

/// Verifies and keeps proofs, one at a time, on a thread of its own: what takes seconds and blocks,
/// so that the coordinator hears its workers meanwhile. Messages:
///
///   (check_atom, check_order_ptr) -> check_verdict_ptr
///   (audit_atom, u64 batch) -> bool: whether the batch's proof is whole on disk; one that is
///       missing or damaged is forgotten. errc::busy: it cannot be read now
///   (drop_atom, u64 batch): its proof is not needed any longer
caf::actor spawn_checker(caf::actor_system& system, supervision::spawn_policy policy,
                         std::shared_ptr<const proof_checker> checker, proof_archive& archive);

}  // namespace ashlar::prover

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ashlar::prover::check_order_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ashlar::prover::check_verdict_ptr)

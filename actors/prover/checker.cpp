#include "actors/prover/checker.hpp"

#include <caf/event_based_actor.hpp>

#include "actors/supervision/fault_point.hpp"

namespace ashlar::prover {
namespace {

check_verdict_ptr check(const proof_checker& checker, proof_archive& archive,
                        const check_order& order) {
  auto verdict = std::make_shared<check_verdict>();
  verdict->record = order.record;
  if (!order.verified) {
    const auto held = checker.check(order.record.public_input_hash, order.offer->file);
    if (!held) {
      verdict->why = held.error();
      return verdict;
    }
  }
  supervision::fault_point("prover.verified");
  auto kept = archive.keep(order.record, order.offer->file);
  verdict->what = kept.ok() ? check_verdict::kind::kept : check_verdict::kind::not_kept;
  if (kept.ok())
    verdict->record = std::move(*kept);
  else
    verdict->why = store::to_text(kept.error());
  return verdict;
}

caf::result<bool> audit(proof_archive& archive, batch_number batch) {
  const auto busy = [](const store::error& e) {
    return api::make_error(api::errc::busy, store::to_text(e));
  };
  const auto record = archive.look_up(batch);
  if (!record) return busy(record.error());
  if (!*record) return false;
  const auto whole = archive.inspect(**record);
  if (whole) return true;
  // What cannot be read now may be read later: a proof is hours of work.
  if (whole.error().code == store::error_code::read_failed) return busy(whole.error());
  archive.drop(**record);
  return false;
}

void drop(proof_archive& archive, batch_number batch) {
  if (const auto record = archive.find(batch)) archive.drop(*record);
}

caf::behavior check_proofs(caf::event_based_actor* self,
                           const std::shared_ptr<const proof_checker>& checker,
                           proof_archive* archive) {
  supervision::name_exceptions(self);
  return {
      [checker, archive](check_atom, const check_order_ptr& order) {
        return check(*checker, *archive, *order);
      },
      [archive](audit_atom, u64 batch) { return audit(*archive, batch_number{batch}); },
      [archive](drop_atom, u64 batch) { drop(*archive, batch_number{batch}); },
  };
}

}  // namespace

caf::actor spawn_checker(caf::actor_system& system, supervision::spawn_policy policy,
                         std::shared_ptr<const proof_checker> checker, proof_archive& archive) {
  return supervision::spawn_blocking(system, policy, check_proofs, std::move(checker), &archive);
}

}  // namespace ashlar::prover

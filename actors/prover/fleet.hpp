#pragma once

#include <deque>
#include <map>

#include "actors/api/messages.hpp"
#include "actors/prover/job_table.hpp"
#include "actors/prover/proof_archive.hpp"
#include "actors/prover/proof_engine.hpp"

namespace ashlar::prover {

/// What the role tells of itself: a view of its state, valid during the call.
struct fleet_view {
  const job_table& table;
  const std::map<worker_number, u32>& threads;
  const proof_checker& checker;
  batch_number scanned, sealed;
  const std::deque<proof_record>& proved;
  u64 taken_up = 0;
  u64 damaged = 0;
  std::string trouble;
  clock::duration now{};
};

/// "leased to gpu-1: segment 2 of 5", "queued", "stuck: the guest trapped".
std::string text_of(const job_table& table, const job& j);

api::fleet_report_ptr report_of(const fleet_view& v);
api::role_status status_of(const fleet_view& v);

/// The same while there is nothing to hold proofs to: it is made, or cannot be for this reason.
std::string preparing_text(const std::string& trouble);
api::fleet_report_ptr preparing_report(const std::string& trouble);
api::role_status preparing_status(const std::string& trouble);

}  // namespace ashlar::prover

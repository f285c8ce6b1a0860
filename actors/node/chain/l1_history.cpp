#include "actors/node/chain/l1_history.hpp"

#include <fmt/format.h>

#include "net/l1/log_scan.hpp"
#include "runtime/base/hex.hpp"

namespace ashlar::node {
namespace {

/// False where an operation does not follow the last one.
bool take(l1_history& history, const l1::l1_log& log) {
  auto event = l1::decode_chain_event(log.entry);
  if (!event) return true;
  if (const auto* commit = std::get_if<l1::batch_committed>(&*event))
    history.commits[commit->number.value] = {log.txn_hash, commit->public_input_hash};
  if (const auto* revert = std::get_if<l1::batches_reverted>(&*event))
    history.commits.erase(history.commits.upper_bound(revert->last_kept.value),
                          history.commits.end());
  if (auto* asked = std::get_if<l1::priority_requested>(&*event)) {
    if (asked->id.value != history.queue.size()) return false;
    history.queue.push_back({std::move(*asked), log.block});
  }
  return true;
}

}  // namespace

std::string l1_text(const l1::l1_error& e) {
  return fmt::format("L1: {}: {}", to_text(e.code), e.text);
}

result<l1_history, std::string> read_l1_history(l1::client& c, const chain_spec& spec) {
  l1_history out;
  bool follows = true;
  const auto read = l1::scan_logs(c, l1::l1_block_number{spec.l1_start_block}, spec.contracts.chain,
                                  l1::chain_event_topics(),
                                  [&](const l1::l1_log& log) { return follows = take(out, log); });
  if (!read) return fail(l1_text(read.error()));
  if (!follows)
    return fail(fmt::format("L1: operation {} of the queue is missing; L1 moved meanwhile",
                            out.queue.size()));
  return out;
}

result<l1::commit_call, std::string> read_commit(l1::client& c, const chain_spec& spec,
                                                 batch_number number,
                                                 const l1_history::commit_place& place) {
  const auto input = c.txn_input(place.txn);
  if (!input) return fail(l1_text(input.error()));
  if (!*input)
    return fail(
        fmt::format("batch {}: L1 does not have transaction {}", number.value, to_hex(place.txn)));
  for (l1::commit_call& call : l1::decode_commits(**input)) {
    if (call.header.number != number) continue;
    call.header.chain_id = spec.config.chain_id;
    call.header.l1_chain_id = spec.config.l1_chain_id;
    call.header.chain_contract = spec.contracts.chain;
    if (public_input_hash(call.header) != place.public_input_hash)
      return fail(
          fmt::format("batch {}: the calldata is not what the contract recorded", number.value));
    return std::move(call);
  }
  return fail(fmt::format("batch {}: transaction {} is not a plain call that commits it",
                          number.value, to_hex(place.txn)));
}

}  // namespace ashlar::node

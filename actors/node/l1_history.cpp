#include "actors/node/l1_history.hpp"

#include <fmt/format.h>

#include "runtime/base/hex.hpp"

namespace ashlar::node {
namespace {

constexpr u64 log_range_blocks_max = 1'000;

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
  const auto head = c.latest();
  if (!head) return fail(l1_text(head.error()));
  l1_history out;
  for (u64 from = spec.l1_start_block; from <= head->number.value; from += log_range_blocks_max) {
    const u64 to = std::min(from + log_range_blocks_max - 1, head->number.value);
    const auto logs = c.logs(l1::l1_block_number{from}, l1::l1_block_number{to},
                             spec.contracts.chain, l1::chain_event_topics());
    if (!logs) return fail(l1_text(logs.error()));
    for (const l1::l1_log& log : *logs)
      if (!take(out, log))
        return fail(fmt::format("L1: operation {} of the queue is missing; L1 moved meanwhile",
                                out.queue.size()));
  }
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

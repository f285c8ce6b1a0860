#include "actors/node/restore.hpp"

#include <map>

#include <fmt/format.h>

#include "net/l1/chain_contract.hpp"
#include "runtime/base/hex.hpp"

namespace ashlar::node {
namespace {

constexpr u64 log_range_blocks_max = 1'000;

struct commit_place {
  hash256 txn;
  hash256 public_input_hash;
};

std::string text(const l1::l1_error& e) {
  return fmt::format("L1: {}: {}", to_text(e.code), e.text);
}

/// Where each batch that is committed now was committed. Reverted ones are forgotten.
result<std::map<u64, commit_place>, std::string> find_commits(l1::client& c,
                                                              const chain_spec& spec) {
  const auto head = c.latest();
  if (!head) return fail(text(head.error()));
  std::map<u64, commit_place> out;
  for (u64 from = spec.l1_start_block; from <= head->number.value; from += log_range_blocks_max) {
    const u64 to = std::min(from + log_range_blocks_max - 1, head->number.value);
    const auto logs = c.logs(l1::l1_block_number{from}, l1::l1_block_number{to},
                             spec.contracts.chain, l1::chain_event_topics());
    if (!logs) return fail(text(logs.error()));
    for (const l1::l1_log& log : *logs) {
      const auto event = l1::decode_chain_event(log.entry);
      if (!event) continue;
      if (const auto* commit = std::get_if<l1::batch_committed>(&*event))
        out[commit->number.value] = {log.txn_hash, commit->public_input_hash};
      if (const auto* revert = std::get_if<l1::batches_reverted>(&*event))
        out.erase(out.upper_bound(revert->last_kept.value), out.end());
    }
  }
  return out;
}

}  // namespace

result<restored, std::string> restore_from_l1(l1::client& c, const chain_spec& spec,
                                              batch_number last_batch_max,
                                              const std::function<void(batch_number)>& progress) {
  ASHLAR_TRY(const auto commits, find_commits(c, spec));
  const genesis_state genesis = make_genesis(spec);
  stf::rebuilt_chain chain(genesis.diff, genesis.block);
  for (const auto& [number, place] : commits) {
    if (number > last_batch_max.value) break;
    const auto input = c.txn_input(place.txn);
    if (!input) return fail(text(input.error()));
    auto call = *input ? l1::decode_commit_batch(**input) : std::nullopt;
    if (!call)
      return fail(fmt::format("batch {}: transaction {} is not a plain commitBatch call", number,
                              to_hex(place.txn)));
    call->header.chain_id = spec.config.chain_id;
    call->header.l1_chain_id = spec.config.l1_chain_id;
    call->header.chain_contract = spec.contracts.chain;
    if (public_input_hash(call->header) != place.public_input_hash)
      return fail(fmt::format("batch {}: the calldata is not what the contract recorded", number));
    if (const auto done = chain.apply(call->header, call->pubdata); !done)
      return fail(fmt::format("batch {}: {}", number, to_text(done.error().code)));
    if (progress) progress(batch_number{number});
  }
  return restored{chain.last_batch(), chain.state(), chain.account_count(), chain.ether()};
}

}  // namespace ashlar::node

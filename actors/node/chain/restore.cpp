#include "actors/node/chain/restore.hpp"

#include <fmt/format.h>

namespace ashlar::node {

result<stf::rebuilt_chain, std::string> rebuild_from_l1(
    l1::client& c, const chain_spec& spec, const l1_history& history, batch_number last_batch_max,
    const std::function<void(const l1::commit_call&, const stf::rebuilt_chain&)>& each) {
  const genesis_state genesis = make_genesis(spec);
  stf::rebuilt_chain chain(genesis.diff, genesis.block);
  for (const auto& [number, place] : history.commits) {
    if (number > last_batch_max.value) break;
    ASHLAR_TRY(const auto call, read_commit(c, spec, batch_number{number}, place));
    if (const auto done = chain.apply(call.header, call.pubdata); !done)
      return fail(fmt::format("batch {}: {}", number, to_text(done.error().code)));
    if (each) each(call, chain);
  }
  return chain;
}

result<restored, std::string> restore_from_l1(l1::client& c, const chain_spec& spec,
                                              batch_number last_batch_max,
                                              const std::function<void(batch_number)>& progress) {
  ASHLAR_TRY(const l1_history history, read_l1_history(c, spec));
  ASHLAR_TRY(const stf::rebuilt_chain chain,
             rebuild_from_l1(c, spec, history, last_batch_max,
                             [&](const l1::commit_call& call, const stf::rebuilt_chain&) {
                               if (progress) progress(call.header.number);
                             }));
  return restored{chain.last_batch(), chain.state(), chain.account_count(), chain.ether()};
}

}  // namespace ashlar::node
